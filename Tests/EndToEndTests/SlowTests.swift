// A processor that is slower than Wix waits (design rule 7): pending 5009 at the deadline, the outcome by event.

import Testing
import TestStack

@Suite("Slow payments", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct SlowTests {
    /// Takes 20 s.
    static let slowCard = "4000000000006975"

    @Test("At the deadline 5009 and its event, then the approval by event", arguments: [false, true])
    func slow(_ authorizeOnly: Bool) async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let payment = try Sample.payment(Self.slowCard).setting("authorizeOnly", .bool(authorizeOnly))
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.reason == 5009)
        #expect(answer.json.names.isSuperset(of: ["pluginTransactionId", "reasonCode"]))
        #expect(try await milliseconds(stack, answer) >= 1_000)
        let id = try #require(answer.pluginID)
        #expect(try await stack.events(payment.paymentID, count: 1).told == [transactionEvent(payment, answer)])
        #expect(try stack.effects(id).isEmpty)

        // Repeats are answered at once while the work goes on.
        let again = try await stack.call(.create, payment)
        #expect(again.text == answer.text)
        #expect(try await milliseconds(stack, again) < 1_000)

        let events = try await stack.events(payment.paymentID, count: 2, within: 60)
        #expect(events.last?.payload.names == ["wixTransactionId", "pluginTransactionId"])
        let kind = authorizeOnly ? "authorization" : "payment"
        #expect(try stack.effects(id).timeless == [effect(kind, id, 4250)])
        #expect(try await stack.call(.create, payment).text == #"{"pluginTransactionId":"\#(id)"}"#)
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
    }

    /// How long pspd took for an answer, as its log tells.
    private func milliseconds(_ stack: Stack, _ answer: Answer) async throws -> Double {
        let record = try await stack.logged { $0["request"]?.text == answer.requestID && $0["ms"] != nil }
        return try #require(record["ms"]?.text.flatMap(Double.init))
    }

    @Test("Twenty at once of a slow payment: all 5009, one effect, two events")
    func twenty() async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let payment = try Sample.payment(Self.slowCard)
        let answers = try await stack.calls(20, .create, payment)
        #expect(Set(answers.map(\.status)) == [200])
        #expect(Set(answers.map(\.reason)) == [5009])
        #expect(Set(answers.map(\.pluginID)).count == 1)
        let events = try await stack.events(payment.paymentID, count: 2, within: 60)
        #expect(events.map { $0.payload["reasonCode"]?.int } == [5009, nil])
        #expect(try stack.effects(answers.first?.pluginID).timeless.count == 1)
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
    }

    @Test("A repeat waits for the first call, and both answer its outcome")
    func waiting() async throws {
        // The usual deadlines: the processor answers after 20 s, nginx waits 40.
        try await Stack.with(Stack.Options(config: ["answer-deadline-seconds": 30, "in-flight-wait-seconds": 30])) {
            stack in
            let payment = try Sample.payment(Self.slowCard)
            let answers = try await stack.calls(4, .create, payment)
            #expect(Set(answers.map(\.description)).count == 1)
            #expect(answers.first?.status == 200)
            #expect(answers.first?.reason == nil)
            #expect(try stack.effects(answers.first?.pluginID).count == 1)
            #expect(try await stack.events(payment.paymentID, count: 1).count == 1)
            #expect(try await stack.storedEvents(payment.paymentID).count == 1)
        }
    }

    @Test("A refund of a payment that still runs is refused, and does not disturb it")
    func refundMeanwhile() async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let payment = try Sample.payment(Self.slowCard)
        let id = try await stack.call(.create, payment).pluginID
        #expect(try await stack.call(.refund, try Sample.refund(of: payment, id, 100)).reason == 3022)
        #expect(try await stack.call(.capture, try Sample.action(.capture, of: payment, id, 4250)).reason == 1006)
        _ = try await stack.events(payment.paymentID, count: 3, within: 60)
        #expect(try await stack.call(.refund, try Sample.refund(of: payment, id, 100)).reason == nil)
    }

    @Test(
        "Beyond the calls that may run, payments are pending at once and run later; beyond that 503, before any claim")
    func overload() async throws {
        let options = Stack.Options(config: ["workers": 1, "max-waiting-requests": 2])
        try await Stack.with(options) { stack in
            let payments = try (0..<12).map { _ in try Sample.payment(Self.slowCard) }
            let answers = try await stack.calls(.create, payments)
            let taken = zip(payments, answers).filter { $1.status == 200 }
            let refused = zip(payments, answers).filter { $1.status == 503 }
            #expect(taken.count == 4)
            #expect(refused.count == 8)
            #expect(taken.allSatisfy { $1.reason == 5009 })
            let dump = try await stack.storeDump()
            #expect(refused.allSatisfy { !dump.contains($0.0.paymentID) })
            for (payment, answer) in taken {
                _ = try await stack.events(payment.paymentID, count: 2, within: 90)
                #expect(try stack.effects(answer.pluginID).count == 1)
            }
        }
    }
}
