// Everything dies in the middle of the work, and Wix repeats what it got no answer for: every payment and refund happens
// once, and Wix hears of it once.

import Foundation
import Glibc
import Testing
import TestStack

@Suite("Crashes", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct CrashTests {
    /// Sends all of them, kills everything in the midst, starts again, and repeats until each is answered.
    private func survive(
        _ stack: Stack, _ endpoint: Endpoint, _ bodies: [JSON], afterEffects count: Int, signal: CInt
    ) async throws -> [Answer] {
        let before = try stack.effects().count
        let lost = Task {
            await withTaskGroup(of: Void.self) { group in
                for body in bodies { group.addTask { _ = try? await stack.call(endpoint, body) } }
            }
        }
        let begun: Void? = try await poll(within: 30, everyMilliseconds: 1) {
            try stack.effects().count >= before + count ? () : nil
        }
        #expect(begun != nil)
        for process in stack.pspdProcesses() { kill(process.pid, signal) }
        let gone: Void? = try await poll(within: 20) { stack.pspdProcesses().isEmpty ? () : nil }
        #expect(gone != nil)
        await lost.value
        try await stack.startPspd()
        return try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (index, body) in bodies.enumerated() {
                group.addTask {
                    let answer = try await poll(within: 60, everyMilliseconds: 200) {
                        let answer = try await stack.call(endpoint, body)
                        return answer.status == 200 && answer.reason != 5009 ? answer : nil
                    }
                    return (index, try #require(answer))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    @Test("Payments", arguments: [SIGKILL, SIGTERM])
    func payments(_ signal: CInt) async throws {
        try await Stack.with(Stack.Options(config: ["log.level": "info"])) { stack in
            for round in 0..<3 {
                let payments = try (0..<40).map { _ in try Sample.payment() }
                let answers = try await survive(
                    stack, .create, payments, afterEffects: 5 + 10 * round, signal: signal)
                for (payment, answer) in zip(payments, answers) {
                    #expect(answer.reason == nil, "\(answer)")
                    #expect(try stack.effects(answer.pluginID).map { $0["kind"] } == ["payment"])
                    let events = try await stack.events(payment.paymentID, count: 1)
                    // At least once: a delivery whose record was lost is made again, byte for byte.
                    #expect(Set(events.told) == [transactionEvent(payment, answer)])
                    #expect(try await stack.storedEvents(payment.paymentID).count == 1)
                }
            }
        }
    }

    @Test("Refunds of one payment, together all of it")
    func refunds() async throws {
        try await Stack.with(Stack.Options(config: ["log.level": "info"])) { stack in
            let (payment, id) = try await stack.approved(amount: 400)
            let refunds = try (0..<40).map { _ in try Sample.refund(of: payment, id, 10) }
            let answers = try await survive(stack, .refund, refunds, afterEffects: 10, signal: SIGKILL)
            for answer in answers {
                #expect(answer.reason == nil, "\(answer)")
                #expect(try stack.effects(answer.json["pluginRefundId"]?.text).map { $0["kind"] } == ["refund"])
            }
            // At least once: among the first 41 deliveries one may be a repeat.
            let told = try await poll(within: 60) {
                let told = Set(try await stack.events(payment.paymentID, count: 41).told)
                return told.count >= 41 ? told : nil
            }
            #expect(told?.count == 41)
            #expect(try await stack.call(.refund, try Sample.refund(of: payment, id, 1)).reason == 3023)
        }
    }

    @Test("An outcome that the store refuses: 5009, the worker stops in time all the same, the next courier settles it")
    func refusedOutcome() async throws {
        let options = Stack.Options(config: ["answer-deadline-seconds": 1, "stop-grace-seconds": 2])
        try await Stack.with(options) { stack in
            func change(_ sql: String) async throws {
                #expect(try await Outcome.of(["sqlite3", stack.storePath, ".timeout 10000", sql]).status == 0)
            }
            try await change(
                """
                CREATE TRIGGER refusal BEFORE UPDATE OF settled_at ON operations \
                BEGIN SELECT RAISE(ABORT, 'refused by the test'); END
                """)
            let payment = try Sample.payment()
            let answer = try await stack.call(.create, payment)
            #expect(answer.reason == 5009)
            let pspd = try stack.program("pspd")
            pspd.signal(SIGTERM)
            #expect(try await pspd.end(within: 10) == 0)
            try await change("DROP TRIGGER refusal")
            try await stack.startPspd()
            let events = try await stack.events(payment.paymentID, count: 2)
            #expect(events.map { $0.payload["reasonCode"]?.int } == [5009, nil])
            #expect(try stack.effects(answer.pluginID).timeless.count == 1)
        }
    }

    @Test("A disk without room: 503 before any claim, and nothing is done")
    func noRoom() async throws {
        try await Stack.with(Stack.Options(config: ["min-free-megabytes": 1_000_000])) { stack in
            let payment = try Sample.payment()
            let answer = try await stack.call(.create, payment)
            #expect(answer.status == 503)
            #expect(answer.json["errorCode"]?.text?.isEmpty == false)
            #expect(answer.reason == nil)
            #expect(answer.header("Retry-After").count == 1)
            #expect(try stack.effects().isEmpty)
            #expect(!(try await stack.storeDump().contains(payment.paymentID)))
        }
    }
}
