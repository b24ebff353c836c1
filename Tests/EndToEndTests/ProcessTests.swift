// Processes that die and processes that are stopped (issue 2): what is killed comes back, what is stopped leaves
// nothing, and no payment is lost or made twice.

import Foundation
import Glibc
import Testing
import TestStack

@Suite("Processes", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct ProcessTests {
    /// Takes 20 s.
    static let slowCard = "4000000000006975"

    private static func pids(_ stack: Stack, _ role: String) -> [pid_t] {
        stack.pspdProcesses().filter { $0.role == role }.map(\.pid)
    }

    @Test("There is one master, as many workers as configured, and one courier")
    func shape() async throws {
        try await Stack.with(Stack.Options(config: ["workers": 3])) { stack in
            let roles = try await poll(within: 30) {
                let roles = stack.pspdProcesses().map(\.role).sorted()
                return roles.count == 5 ? roles : nil
            }
            #expect(roles == ["courier", "serve", "worker", "worker", "worker"])
        }
    }

    @Test("A worker killed with SIGKILL is started again, and service goes on meanwhile")
    func killedWorker() async throws {
        try await Stack.with { stack in
            let before = Self.pids(stack, "worker")
            let victim = try #require(before.first)
            kill(victim, SIGKILL)
            // The other worker shares the socket. What the dead one had accepted is lost; Wix repeats it.
            for _ in 0..<10 {
                let payment = try Sample.payment()
                let answer = try await poll(within: 10) {
                    let answer = try await stack.call(.create, payment)
                    return answer.status == 200 ? answer : nil
                }
                #expect(try stack.effects(answer?.pluginID).count == 1)
            }
            let after = try await poll(within: 30) {
                let pids = Self.pids(stack, "worker")
                return pids.count == before.count && !pids.contains(victim) ? pids : nil
            }
            #expect(after != nil)
        }
    }

    @Test("A courier killed with SIGKILL is started again and delivers what was left")
    func killedCourier() async throws {
        try await Stack.with { stack in
            let victim = try #require(
                try await poll(within: 30) { Self.pids(stack, "courier").first })
            kill(victim, SIGKILL)
            let (payment, _) = try await stack.approved()
            #expect(try await stack.events(payment.paymentID, count: 1).count == 1)
        }
    }

    @Test("All workers killed at once: nginx answers in JSON meanwhile, then service goes on")
    func killedWorkers() async throws {
        try await Stack.with { stack in
            for pid in Self.pids(stack, "worker") { kill(pid, SIGKILL) }
            try await stack.waitForPspd()
            let (payment, id) = try await stack.approved()
            #expect(try stack.effects(id).count == 1)
            #expect(try await stack.events(payment.paymentID, count: 1).count == 1)
        }
    }

    @Test("SIGTERM and SIGINT stop all with status 0, and nothing is left", arguments: [SIGTERM, SIGINT])
    func stop(_ signal: CInt) async throws {
        try await Stack.with { stack in
            let (payment, _) = try await stack.approved()
            let first = try await stack.call(.create, payment)
            let program = try stack.program("pspd")
            program.signal(signal)
            #expect(try await program.end(within: 10) == 0)
            #expect(stack.pspdProcesses().isEmpty)
            let down = try await stack.call(.create, payment)
            #expect(down.status == 502)
            #expect(down.json["errorCode"]?.text == "UNAVAILABLE")

            // What was stored is there after a start.
            try await stack.startPspd()
            #expect(try await stack.call(.create, payment).text == first.text)
            #expect(try stack.effects(first.pluginID).count == 1)
            #expect(try await stack.events(payment.paymentID, count: 1).count == 1)
        }
    }

    @Test("A call that runs when SIGTERM comes is answered first")
    func busyStop() async throws {
        let options = Stack.Options(config: ["answer-deadline-seconds": 1, "stop-grace-seconds": 10])
        try await Stack.with(options) { stack in
            let payment = try Sample.payment(Self.slowCard)
            async let answering = stack.call(.create, payment)
            let claimed = try await poll(within: 30) {
                try await stack.rows("SELECT 1 FROM payments WHERE wix_transaction_id = '\(payment.paymentID)'").first
            }
            #expect(claimed != nil)
            let program = try stack.program("pspd")
            program.signal(SIGTERM)
            let answer = try await answering
            #expect(answer.status == 200)
            #expect(answer.reason == 5009)
            #expect(try await program.end(within: 20) == 0)
            #expect(stack.pspdProcesses().isEmpty)
        }
    }

    @Test("A master killed with SIGKILL leaves no orphan")
    func killedMaster() async throws {
        try await Stack.with { stack in
            #expect(stack.pspdProcesses().count == 4)
            try stack.program("pspd").signal(SIGKILL)
            let gone: Void? = try await poll(within: 10) { stack.pspdProcesses().isEmpty ? () : nil }
            #expect(gone != nil, "\(stack.pspdProcesses())")
            // And the socket it left is taken over.
            try await stack.startPspd()
            _ = try await stack.approved()
        }
    }

    @Test("A worker that dies with a claim: Wix's repeat runs the payment, once")
    func repeatAfterDeath() async throws {
        // Room for the 20 s of the card, within the 40 s of nginx.
        let options = Stack.Options(config: ["workers": 1, "answer-deadline-seconds": 35])
        try await Stack.with(options) { stack in
            let payment = try await Self.claimedByDeadWorker(stack)
            let answer = try #require(
                try await poll(within: 60) {
                    let answer = try await stack.call(.create, payment)
                    return answer.status == 200 && answer.reason != 5009 ? answer : nil
                })
            #expect(answer.reason == nil)
            let events = try await stack.events(payment.paymentID, count: 1, within: 60)
            #expect(events.told == [transactionEvent(payment, answer)])
            #expect(try stack.effects(answer.pluginID).map { $0["kind"] } == ["payment"])
        }
    }

    @Test("A worker that dies with a claim that nobody repeats: canceled, declined 1003, told to Wix")
    func lostPayment() async throws {
        try await Stack.with(Stack.Options(config: ["workers": 1, "answer-deadline-seconds": 35])) { stack in
            let payment = try await Self.claimedByDeadWorker(stack)
            let events = try await stack.events(payment.paymentID, count: 1, within: 60)
            #expect(events.map { $0.payload["reasonCode"]?.int } == [1003])
            let answer = try await stack.call(.create, payment)
            #expect(answer.reason == 1003)
            #expect(events.told == [transactionEvent(payment, answer)])
            #expect(try stack.effects(answer.pluginID).map { $0["kind"] } == ["cancel"])
        }
    }

    /// A payment whose only worker was killed while the processor worked.
    private static func claimedByDeadWorker(_ stack: Stack) async throws -> JSON {
        let payment = try Sample.payment(slowCard)
        let lost = Task { try await stack.call(.create, payment) }
        let claimed = try await poll(within: 30) {
            try await stack.rows("SELECT 1 FROM payments WHERE wix_transaction_id = '\(payment.paymentID)'").first
        }
        #expect(claimed != nil)
        for pid in pids(stack, "worker") { kill(pid, SIGKILL) }
        #expect(try await lost.value.status == 502)
        return payment
    }
}
