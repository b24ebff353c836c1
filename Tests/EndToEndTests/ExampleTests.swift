// Every request example of the specification, sent as it is written but for its id, to its expected answer and event.

import Testing
import TestStack

@Suite("Examples", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct ExampleTests {
    enum Expected: Sendable {
        case approved, redirect
        case wallet(bin: String, lastFour: String)
        case storedCard
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let expected: Expected

        init(_ name: String, _ expected: Expected) {
            self.name = "create-transaction.request.\(name)"
            self.expected = expected
        }

        var testDescription: String { name }
    }

    static let creates = [
        Row("apple-pay.inferred", .wallet(bin: "476134", lastFour: "0039")), Row("authorize-only", .approved),
        Row("card", .approved), Row("google-pay.cryptogram-3ds", .wallet(bin: "476134", lastFour: "0039")),
        Row("google-pay.pan-only", .wallet(bin: "411111", lastFour: "1111")), Row("hosted-page", .redirect),
        Row("ideal", .redirect), Row("installments", .approved), Row("minimal", .redirect), Row("moto", .approved),
        Row("offline-voucher", .redirect), Row("recurring-charge.network-reference", .approved),
        Row("recurring-charge.token", .approved), Row("recurring-setup", .storedCard), Row("redirect-apm", .redirect),
        Row("sca-requested", .redirect), Row("three-decimal-kwd", .approved), Row("zero-decimal-jpy", .approved),
    ]

    @Test("There is a row for every example of a payment")
    func complete() throws {
        #expect(try Example.names(startingWith: "create-transaction.request.") == Self.creates.map(\.name).sorted())
    }

    @Test("A payment's example gets its answer and its event", arguments: creates)
    func create(_ row: Row) async throws {
        let stack = try await Stack.usual()
        let id = newID()
        let bytes = try Example.bytes(row.name, wixTransactionId: id)
        let request = try JSON(parsing: bytes)
        let answer = try await stack.call(.create, bytes: bytes)
        #expect(answer.status == 200)
        #expect(answer.reason == nil, "\(answer)")
        let pluginID = try #require(answer.pluginID)
        let description = request["order"]?["description"]
        let amount = try #require(description?["totalAmount"]?.int)
        let currency = try #require(description?["currency"]?.text)

        switch row.expected {
        case .redirect:
            #expect(answer.json.names == (try Example.json("create-transaction.response.redirect")).names)
            #expect(answer.json["redirectUrl"]?.text?.hasPrefix("\(stack.baseURL)/sandbox/checkout/") == true)
            #expect(try stack.effects(pluginID).isEmpty)
            #expect(try await stack.storedEvents(id).isEmpty)
            return
        case .approved:
            #expect(answer.json.names == (try Example.json("create-transaction.response.approved")).names)
        case .wallet(let bin, let lastFour):
            #expect(answer.json.names == (try Example.json("create-transaction.response.approved-wallet")).names)
            #expect(answer.json["cardDetails"] == ["bin": .string(bin), "lastFour": .string(lastFour)])
        case .storedCard:
            #expect(answer.json.names == ["pluginTransactionId", "credentialsOnFile"])
            let reference = answer.json["credentialsOnFile"]?["cardReference"]
            #expect(reference?["networkTransactionId"]?.text?.isEmpty == false)
        }
        let kind = request["authorizeOnly"] == true ? "authorization" : "payment"
        #expect(try stack.effects(pluginID).timeless == [effect(kind, pluginID, amount, currency)])
        #expect(try await stack.events(id, count: 1).told == [transactionEvent(request, answer)])
    }

    @Test("A refund's example gets its answer and its event", arguments: ["full", "partial"])
    func refund(_ name: String) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let request = try Example.json("refund-transaction.request.\(name)")
            .setting("wixTransactionId", payment["wixTransactionId"]).setting("pluginTransactionId", .string(id))
            .setting("wixRefundId", .string(newID()))
        let answer = try await stack.call(.refund, request)
        #expect(answer.json.names == (try Example.json("refund-transaction.response.success")).names)
        let amount = try #require(request["refundAmount"]?.int)
        let told = try #require(try await stack.events(payment.paymentID, count: 2).told.last)
        #expect(told == refundEvent(request, answer, amount: amount))
        let file = name == "full" ? "success" : "partial"
        let example = try Example.json("submit-event.refund.wix-initiated.\(file)")
        #expect(told.payload.names == example["event"]?["refund"]?.names)
    }

    @Test("The refund examples as they are name a payment that is unknown: 6000")
    func unknownRefund() async throws {
        let stack = try await Stack.usual()
        let request = try Example.json("refund-transaction.request.full").setting("wixTransactionId", .string(newID()))
            .setting("wixRefundId", .string(newID()))
        let answer = try await stack.call(.refund, request)
        #expect(answer.status == 200)
        #expect(answer.reason == 6000)
        #expect(
            answer.json["errorCode"]
                == (try Example.json("refund-transaction.response.failure-unknown-transaction"))["errorCode"])
    }

    @Test("The capture and void examples get their answers and events", arguments: [Endpoint.capture, .void])
    func action(_ endpoint: Endpoint) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved(authorizeOnly: true)
        let request = try Sample.action(endpoint, of: payment, id, 4250)
        let answer = try await stack.call(endpoint, request)
        #expect(answer.status == 200)
        let kind = endpoint == .capture ? "capture" : "void"
        #expect(answer.json == (try Example.json("\(kind)-transaction.response.success.inferred")))
        let told = try #require(try await stack.events(payment.paymentID, count: 2).told.last)
        let example = try #require(try Example.json("submit-event.\(kind).success")["event"]?[kind])
        #expect(told == Told(kind: kind, payload: example.setting("wixTransactionId", .string(payment.paymentID))))
    }
}
