// What must not stand anywhere: after calls of every kind, good and bad, no file of the run holds a card number, a CVV,
// a credential, a secret, a token or a buyer's data (design rule 13). nginx's logs and pspd's at level trace included.

import Foundation
import Testing
import TestStack

@Suite("Secrecy", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct SecrecyTests {
    static let card = "4929123456781236"
    static let declinedCard = "4000000000000002"
    static let oddCard = "4929-1234-5678-1236"
    static let cvv = "91726354"
    static let secret = "merchant-secret-Zq81"
    static let addedSecret = "added-secret-Zq82"
    static let cryptogram = "AgAAAAAABk4DWZ4C28yUQAAZq83="
    static let token = "stored-reference-Zq84"
    static let holder = "Zq85 Holder"
    static let email = "zq86@example.org"
    static let ip = "203.0.113.186"

    private func payment(_ card: String = card) throws -> JSON {
        try Sample.payment(card).setting("paymentMethodData.card.cvv", .string(Self.cvv))
            .setting("paymentMethodData.card.holderName", .string(Self.holder))
            .setting("merchantCredentials", ["merchant_secret": .string(Self.secret)])
            .setting("order.description.billingAddress.email", .string(Self.email))
            .setting("fraudInformation.remoteIp", .string(Self.ip))
    }

    @Test("No secret stands in any log, store or other file")
    func nowhere() async throws {
        let options = Stack.Options(
            config: ["log.level": "trace", "courier.retry-schedule-seconds": [1]],
            emulator: ["--fault", #"{"kind":"status","status":500,"count":3}"#])
        try await Stack.with(options) { stack in
            try await makeCalls(stack)
            try await stack.program("pspd").endGracefully()
            let secrets = [
                Self.card, Self.declinedCard, Self.oddCard, Self.cvv, Self.secret, Self.addedSecret, Self.cryptogram,
                Self.token, Self.holder, Self.email, Self.ip, stack.keys.appSecret, "OAUTH2.", "JWT=", "4929123456",
            ]
            let files = stack.files()
            #expect(files.contains { $0.path == "pspd.log" && $0.bytes.count > 10_000 })
            #expect(files.contains { $0.path == "state/pspd.db" })
            for file in files {
                for secret in secrets where file.bytes.range(of: Data(secret.utf8)) != nil {
                    Issue.record("\(secret) stands in \(file.path)")
                }
            }
        }
    }

    private func makeCalls(_ stack: Stack) async throws {
        let connect: JSON = [
            "wixMerchantId": "m", "credentials": ["key": .string(Self.secret), "other": .string(Self.addedSecret)],
        ]
        #expect(try await stack.call(.connect, connect).status == 200)
        _ = try await stack.call(.connect, connect.setting("credentials.account", "invalid"))
        _ = try await stack.call(.connect, connect.setting("currency", "XXX"))

        let good = try payment()
        let id = try await stack.call(.create, good).pluginID
        #expect(id != nil)
        _ = try await stack.call(.create, try payment(Self.declinedCard))
        _ = try await stack.call(.create, try payment(Self.oddCard))
        _ = try await stack.call(.create, try payment().setting("order.description.totalAmount", "x"))
        _ = try await stack.call(.create, good.setting("order.description.totalAmount", 1))
        _ = try await stack.call(.create, try payment().setting("paymentMethodData.card.month", 99))
        // The card where another field belongs.
        _ = try await stack.call(.create, try payment().setting("order.description.currency", .string(Self.card)))
        _ = try await stack.call(.create, bytes: Array(try payment().bytes.dropLast()))
        _ = try await stack.call(
            .create,
            try payment().setting(
                "paymentMethodData",
                [
                    "googlePay": [
                        "pan": .string(Self.card), "expirationYear": 2031, "expirationMonth": 1,
                        "authenticationMethod": "CRYPTOGRAM_3DS", "cryptogram": .string(Self.cryptogram),
                    ]
                ]
            ).setting("paymentMethod", "googlePay").setting("wixTransactionId", .string(newID())))
        _ = try await stack.call(
            .create,
            try payment().setting("paymentMethodData", ["reference": ["token": .string(Self.token)]])
                .setting("offSession", true))
        let unsigned = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue,
            headers: [("Content-Type", "application/json"), ("Digest", "JWT=a.b.c")], body: try payment().bytes)
        #expect(unsigned.status == 401)
        let large = try payment().bytes + [UInt8](repeating: 0x20, count: 240_000)
        #expect(try await stack.call(.create, bytes: large).status == 200)
        let tooLarge = try payment().bytes + [UInt8](repeating: 0x20, count: 300_000)
        #expect(try await stack.call(.create, bytes: tooLarge).status == 413)

        let refund = try Sample.refund(of: good, id, 100)
            .setting("merchantCredentials", ["merchant_secret": .string(Self.secret)])
        #expect(try await stack.call(.refund, refund).reason == nil)
        _ = try await stack.call(.refund, refund.setting("refundAmount", "x").setting("wixRefundId", .string(newID())))
        let events = try await stack.events(good.paymentID, count: 2)
        #expect(events.count >= 2)
    }
}

extension Program {
    /// SIGTERM, and the wait for status 0.
    fileprivate func endGracefully() async throws {
        signal(15)
        #expect(try await end(within: 20) == 0)
    }
}
