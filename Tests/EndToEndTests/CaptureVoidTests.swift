// Capture and Void (spec §5, design rule 9): one of the two, once; repeats and crossed calls with configured codes.

import Testing
import TestStack

@Suite("Capture and void", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct CaptureVoidTests {
    static let both = [Endpoint.capture, .void]

    private static func kind(_ endpoint: Endpoint) -> String { endpoint == .capture ? "capture" : "void" }

    private func act(_ stack: Stack, _ endpoint: Endpoint, _ payment: JSON, _ id: String?, _ amount: Int64 = 4250)
        async throws -> Answer
    {
        let answer = try await stack.call(endpoint, try Sample.action(endpoint, of: payment, id, amount))
        #expect(answer.status == 200)
        return answer
    }

    /// An authorization whose event Wix has.
    private func authorized(_ stack: Stack) async throws -> (payment: JSON, pluginID: String) {
        let (payment, id) = try await stack.approved(authorizeOnly: true)
        #expect(try await stack.events(payment.paymentID, count: 1).count == 1)
        #expect(try stack.effects(id).timeless == [effect("authorization", id, 4250)])
        return (payment, id)
    }

    @Test("Repeated and crossed calls get the configured code and change nothing", arguments: both, both)
    func repeats(_ first: Endpoint, _ second: Endpoint) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await authorized(stack)
        #expect(try await act(stack, first, payment, id).text == "{}")
        let again = try await act(stack, second, payment, id)
        #expect(again.reason == 3031)
        #expect(again.json.names == (try Example.json("capture-transaction.response.failure-fallback-6000")).names)
        let events = try await stack.events(payment.paymentID, count: 2)
        let expected: JSON = ["wixTransactionId": .string(payment.paymentID), "amount": "4250"]
        #expect(events.told.last == Told(kind: Self.kind(first), payload: expected))
        #expect(try stack.effects(id).timeless.last == effect(Self.kind(first), id, 4250))
        #expect(try stack.effects(id).count == 2)
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
        // A repeated Create still answers success.
        #expect(try await stack.call(.create, payment).text == #"{"pluginTransactionId":"\#(id)"}"#)
    }

    static let configured: [(Endpoint, Endpoint, Int64?)] = [
        (.capture, .capture, nil), (.capture, .void, nil), (.void, .void, 3043), (.void, .capture, 3043),
    ]

    @Test("The codes are the configuration's; null answers success", arguments: configured)
    func configuredCodes(_ first: Endpoint, _ second: Endpoint, _ reason: Int64?) async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let (payment, id) = try await authorized(stack)
        #expect(try await act(stack, first, payment, id).text == "{}")
        let again = try await act(stack, second, payment, id)
        #expect(again.reason == reason)
        if reason == nil { #expect(again.text == "{}") }
        #expect(try stack.effects(id).count == 2)
    }

    @Test("The codes for a wrong amount and for no authorization are the configuration's")
    func configuredFailures() async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let (payment, id) = try await authorized(stack)
        #expect(try await act(stack, .capture, payment, id, 4251).reason == 3002)
        #expect(try await act(stack, .void, payment, id, 4249).reason == 3002)
        #expect(try await act(stack, .void, try Sample.payment(), id).reason == 1006)
    }

    static let misfits: [(Endpoint, Int64)] = [(.capture, 4251), (.void, 4249), (.void, 4251)]

    @Test("An amount that does not fit is 3001, told to Wix, and the next call is a new attempt", arguments: misfits)
    func misfit(_ endpoint: Endpoint, _ amount: Int64) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await authorized(stack)
        let answer = try await act(stack, endpoint, payment, id, amount)
        #expect(answer.reason == 3001)
        let told = try #require(try await stack.events(payment.paymentID, count: 2).told.last)
        let payload = answer.json.setting("wixTransactionId", .string(payment.paymentID))
            .setting("amount", .string("\(amount)"))
        #expect(told == Told(kind: Self.kind(endpoint), payload: payload))
        #expect(try stack.effects(id).count == 1)
        #expect(try await act(stack, endpoint, payment, id).text == "{}")
        #expect(try await stack.events(payment.paymentID, count: 3).last?.payload["reasonCode"] == nil)
        #expect(try stack.effects(id).count == 2)
    }

    @Test("Less than was authorized may be captured")
    func partialCapture() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await authorized(stack)
        #expect(try await act(stack, .capture, payment, id, 1).text == "{}")
        #expect(try stack.effects(id).timeless.last == effect("capture", id, 1))
        #expect(try await stack.events(payment.paymentID, count: 2).last?.payload["amount"] == "1")
        #expect(try await act(stack, .capture, payment, id, 4249).reason == 3031)
    }

    @Test("Another payment's plugin id is 6000, and so is a payment that is not there", arguments: both)
    func foreign(_ endpoint: Endpoint) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await authorized(stack)
        let (_, other) = try await stack.approved(authorizeOnly: true)
        #expect(try await act(stack, endpoint, payment, other).reason == 6000)
        #expect(try await act(stack, endpoint, payment, "psp_txn_01HZX3K8Q2").reason == 6000)
        #expect(try await act(stack, endpoint, try Sample.payment(), id).reason == 6000)
        #expect(try stack.effects(id).count == 1)
        #expect(try await act(stack, endpoint, payment, id).text == "{}")
    }

    @Test(
        "A payment without an open authorization is refused", arguments: both,
        [Sample.approvedCard, "4000000000000002", "4000000000003220", "4000000000009235"])
    func notAuthorized(_ endpoint: Endpoint, _ card: String) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment(card)
        let id = try await stack.call(.create, payment).pluginID
        let answer = try await act(stack, endpoint, payment, id)
        #expect(answer.reason != nil)
        #expect(try stack.effects(id).allSatisfy { $0["kind"] != "capture" && $0["kind"] != "void" })
    }

    @Test("A pending payment that is then authorized can be captured, and mode and currency are the authorization's")
    func pendingAuthorization() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment("4000000000009235").setting("authorizeOnly", true)
            .setting("order.description.currency", "JPY").setting("mode", "sandbox")
        let id = try #require(try await stack.call(.create, payment).pluginID)
        #expect(
            try await stack.events(payment.paymentID, count: 2).map { $0.payload["reasonCode"]?.int } == [5005, nil])
        #expect(try await act(stack, .capture, payment, id).text == "{}")
        #expect(
            try stack.effects(id).timeless == [
                effect("authorization", id, 4250, "JPY"), effect("capture", id, 4250, "JPY"),
            ])
    }

    @Test("Twenty captures at once: one takes the money, all the others hear how it stands")
    func twenty() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await authorized(stack)
        let answers = try await stack.calls(20, .capture, try Sample.action(.capture, of: payment, id, 4250))
        #expect(Set(answers.map(\.status)) == [200])
        #expect(answers.allSatisfy { $0.text == "{}" || $0.reason == 3031 })
        #expect(answers.contains { $0.text == "{}" })
        #expect(try stack.effects(id).timeless == [effect("authorization", id, 4250), effect("capture", id, 4250)])
        #expect(try await stack.events(payment.paymentID, count: 2).map(\.kind) == ["transaction", "capture"])
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
    }

    @Test("Captures and voids at once: one of the two happens, and Wix hears of that one")
    func crossed() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await authorized(stack)
        async let captures = stack.calls(10, .capture, try Sample.action(.capture, of: payment, id, 4250))
        async let voids = stack.calls(10, .void, try Sample.action(.void, of: payment, id, 4250))
        let answers = try await captures + voids
        #expect(answers.allSatisfy { $0.status == 503 || $0.text == "{}" || $0.reason == 3031 })
        let kinds = try stack.effects(id).compactMap { $0["kind"]?.text }
        #expect(kinds == ["authorization", "capture"] || kinds == ["authorization", "void"])
        #expect(try await stack.events(payment.paymentID, count: 2).map(\.kind).last == kinds.last)
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
        let winners = try await kinds.last == "capture" ? voids : captures
        #expect(winners.allSatisfy { $0.text != "{}" })
    }
}
