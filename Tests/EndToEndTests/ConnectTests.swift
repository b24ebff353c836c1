// Connect Account (spec §3): a stable account, all credentials back, refusals with 2xxx, and no event.

import Testing
import TestStack

@Suite("Connect", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct ConnectTests {
    private func merchant() -> JSON { .string("merchant-\(newID())") }

    @Test(
        "The examples connect: account, name, and every credential as a string",
        arguments: [
            "connect-account.request", "connect-account.request.minimal", "connect-account.request.sandbox",
        ])
    func examples(_ name: String) async throws {
        let stack = try await Stack.usual()
        let request = try Example.json(name).setting("wixMerchantId", merchant())
        let answer = try await stack.call(.connect, request)
        #expect(answer.status == 200)
        #expect(answer.json.names == (try Example.json("connect-account.response.success")).names)
        #expect(answer.json["accountId"]?.text?.isEmpty == false)
        let credentials = answer.json["credentials"]?.members ?? [:]
        #expect(credentials.values.allSatisfy { $0.text != nil })
        for (key, value) in request["credentials"]?.members ?? [:] { #expect(credentials[key] == value) }
    }

    @Test("One account a merchant and mode, however often it connects and with whatever keys")
    func stable() async throws {
        let stack = try await Stack.usual()
        let request = try Example.json("connect-account.request").setting("wixMerchantId", merchant())
        let live = try await stack.call(.connect, request).json["accountId"]
        for again in [
            request, request.setting("mode", nil), request.setting("mode", "undefined"),
            request.setting("credentials", ["key": "new"]), request.setting("currency", "USD"),
        ] {
            #expect(try await stack.call(.connect, again).json["accountId"] == live)
        }
        let sandbox = try await stack.call(.connect, request.setting("mode", "sandbox")).json["accountId"]
        #expect(sandbox?.text != nil)
        #expect(sandbox != live)
        let other = try await stack.call(.connect, request.setting("wixMerchantId", merchant())).json["accountId"]
        #expect(other != live)
    }

    @Test("Twenty connections of one merchant at once are one account")
    func twenty() async throws {
        let stack = try await Stack.usual()
        let request = try Example.json("connect-account.request").setting("wixMerchantId", merchant())
        let answers = try await stack.calls(20, .connect, request)
        #expect(Set(answers.map(\.status)) == [200])
        #expect(Set(answers.map(\.text)).count == 1)
        let id = try #require(request["wixMerchantId"]?.text)
        #expect(try await stack.rows("SELECT 1 AS n FROM accounts WHERE wix_merchant_id = '\(id)'").count == 1)
    }

    @Test(
        "An account that is not usable is refused",
        arguments: [("inactive", 2000), ("blocked", 2001), ("invalid", 2002)] as [(String, Int64)])
    func refused(_ account: String, _ reason: Int64) async throws {
        let stack = try await Stack.usual()
        let request = try Example.json("connect-account.request").setting("wixMerchantId", merchant())
            .setting("credentials.account", .string(account))
        let answer = try await stack.call(.connect, request)
        #expect(answer.status == 200)
        #expect(answer.reason == reason)
        #expect(answer.json.names == (try Example.json("connect-account.response.failure-credentials")).names)
    }

    @Test("A currency that is not enabled is refused with 2009")
    func currency() async throws {
        let stack = try await Stack.strict()
        let request = try Example.json("connect-account.request").setting("wixMerchantId", merchant())
        #expect(try await stack.call(.connect, request.setting("currency", "USD")).reason == 2009)
        #expect(try await stack.call(.connect, request).json["accountId"]?.text != nil)
    }

    @Test("A payment of a merchant that has not connected is declined 3041, with its event")
    func unknownMerchant() async throws {
        let stack = try await Stack.strict()
        let stranger = merchant()
        let payment = try Sample.payment().setting("wixMerchantId", stranger)
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.reason == 3041)
        #expect(try await stack.events(payment.paymentID, count: 1).told == [transactionEvent(payment, answer)])
        #expect(try stack.effects(answer.pluginID).isEmpty)

        // Connected for the sandbox is not connected for live.
        let connect = try Example.json("connect-account.request.sandbox").setting("wixMerchantId", stranger)
        #expect(try await stack.call(.connect, connect).json["accountId"]?.text != nil)
        let live = try Sample.payment().setting("wixMerchantId", stranger)
        #expect(try await stack.call(.create, live).reason == 3041)
        #expect(
            try await stack.call(
                .create, try Sample.payment().setting("wixMerchantId", stranger).setting("mode", "sandbox")
            ).reason == nil)
        // What was declined stays so after the merchant has connected.
        #expect(try await stack.call(.connect, connect.setting("mode", "live")).json["accountId"]?.text != nil)
        #expect(try await stack.call(.create, live).reason == 3041)
        #expect(try await stack.call(.create, try Sample.payment().setting("wixMerchantId", stranger)).reason == nil)
    }

    @Test("A merchant that was refused has not connected")
    func refusedIsUnknown() async throws {
        let stack = try await Stack.strict()
        let id = merchant()
        let connect = try Example.json("connect-account.request").setting("wixMerchantId", id)
        #expect(try await stack.call(.connect, connect.setting("credentials.account", "blocked")).reason == 2001)
        #expect(try await stack.call(.create, try Sample.payment().setting("wixMerchantId", id)).reason == 3041)
    }
}
