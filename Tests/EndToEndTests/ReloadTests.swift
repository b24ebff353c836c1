// Reloads, and restarts behind a socket that stays open, while calls come in without a pause: not one fails (issue 7).
// RELOAD_TEST=long makes 50 reloads and 10 restarts with 64 connections, and prints the longest answer; with
// TESTS_PROGRAMS=$PWD/.build/release of the programs as they are installed.

import Foundation
import Glibc
import Synchronization
import Testing
import TestStack

@Suite("Reloads", .timeLimit(.minutes(10)), .inTurn, .keepingLogs)
struct ReloadTests {
    private static let isLong = ProcessInfo.processInfo.environment["RELOAD_TEST"] == "long"

    /// What came of the calls.
    private final class Tally: Sendable {
        let isOver = Atomic<Bool>(false)
        private let state = Mutex<(payments: Int, longest: Duration, failures: [String])>((0, .zero, []))

        func add(_ payment: String, took: Duration, failure: String?) {
            state.withLock {
                $0.payments += 1
                $0.longest = max($0.longest, took)
                if let failure { $0.failures.append("\(payment): \(failure)") }
            }
        }

        var payments: Int { state.withLock { $0.payments } }
        var longest: Duration { state.withLock { $0.longest } }
        var failures: [String] { state.withLock { $0.failures } }
    }

    /// Pays on `connections` at once until `body` has ended.
    private func underLoad(_ stack: Stack, connections: Int, _ body: (Tally) async throws -> Void) async throws -> Tally
    {
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<connections {
                group.addTask {
                    while !tally.isOver.load(ordering: .relaxed) {
                        let payment = try Sample.payment()
                        let began = ContinuousClock.now
                        let failure: String?
                        do {
                            let answer = try await stack.call(.create, payment)
                            failure = answer.status == 200 && answer.reason == nil ? nil : "\(answer)"
                        } catch {
                            failure = "\(error)"
                        }
                        tally.add(payment.paymentID, took: .now - began, failure: failure)
                    }
                }
            }
            do {
                try await body(tally)
            } catch {
                tally.isOver.store(true, ordering: .relaxed)
                throw error
            }
            tally.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        return tally
    }

    private func reloads(_ stack: Stack) throws -> Int {
        try String(contentsOfFile: "\(stack.folder)/pspd.log", encoding: .utf8)
            .components(separatedBy: "reloaded: new processes serve").count - 1
    }

    /// Reloads and waits until the new processes serve and the old ones are gone.
    private func reload(_ stack: Stack) async throws {
        let before = try reloads(stack)
        try stack.program("pspd").signal(SIGHUP)
        let isDone: Void? = try await poll(within: 60) { try reloads(stack) > before ? () : nil }
        try #require(isDone != nil, "no reload")
        let isAlone: Void? = try await poll(within: 60) { stack.pspdProcesses().count == 4 ? () : nil }
        try #require(isAlone != nil, "\(stack.pspdProcesses())")
    }

    /// Waits until calls were answered since now.
    private func someAnswers(_ tally: Tally) async throws {
        let before = tally.payments
        let came: Void? = try await poll(within: 60) { tally.payments >= before + 20 ? () : nil }
        try #require(came != nil, "no answers")
    }

    @Test("Under load no call fails through reloads and through restarts behind a passed socket")
    func underLoad() async throws {
        // Restarts wait for the calls that run, on any machine.
        let options = Stack.Options(
            config: ["log.level": "info", "stop-grace-seconds": 30, "answer-deadline-seconds": 30],
            hasCourier: false, isSocketActivated: true)
        try await Stack.with(options) { stack in
            // A service of its own, as with systemd: it stays when the workers are started again.
            try await stack.start(
                "courier", [BuiltProgram.pspd, "courier", "--config", "\(stack.folder)/pspd.yaml"])
            let rounds = Self.isLong ? 10 : 1
            let tally = try await underLoad(stack, connections: Self.isLong ? 64 : 16) { tally in
                for _ in 0..<rounds {
                    for _ in 0..<(Self.isLong ? 5 : 3) {
                        try await reload(stack)
                        try await someAnswers(tally)
                    }
                    let program = try stack.program("pspd")
                    program.signal(SIGTERM)
                    #expect(try await program.end(within: 60) == 0)
                    try await stack.startPspd()
                    try await someAnswers(tally)
                }
            }
            print(
                "reloads: \(tally.payments) calls, \(tally.failures.count) failed; longest \(tally.longest) for the",
                "client, \(stack.longestAnswerSeconds()) seconds for nginx")
            #expect(tally.failures == [])
            #expect(try stack.effects().count == tally.payments)
        }
    }

    @Test("A call that runs when a reload comes is answered, although it takes longer than the grace")
    func slowCall() async throws {
        let options = Stack.Options(config: ["stop-grace-seconds": 0, "answer-deadline-seconds": 4])
        try await Stack.with(options) { stack in
            let payment = try Sample.payment(ProcessTests.slowCard)
            async let answering = stack.call(.create, payment)
            let claimed = try await poll(within: 30) {
                try await stack.rows("SELECT 1 FROM payments WHERE wix_transaction_id = '\(payment.paymentID)'").first
            }
            #expect(claimed != nil)
            try stack.program("pspd").signal(SIGHUP)
            let answer = try await answering
            #expect(answer.status == 200)
            #expect(answer.reason == 5009)
        }
    }

    @Test("A changed public key counts from the reload on")
    func keys() async throws {
        try await Stack.with { stack in
            _ = try await stack.approved()
            let usual = try JSON(parsing: Array(Data(contentsOf: URL(filePath: "\(stack.folder)/pspd.yaml"))))
            func configure(_ names: [String]) throws {
                let files = JSON.array(names.map { .string(stack.keys.path($0)) })
                let text = usual.setting("wix.public-key-files", files)
                try stack.write("pspd.yaml", String(decoding: text.bytes, as: UTF8.self))
            }
            try configure(["stranger-public.pem"])
            try await reload(stack)
            #expect(try await stack.call(.create, try Sample.payment()).status == 401)
            try configure(["stranger-public.pem", "wix-public.pem"])
            try await reload(stack)
            _ = try await stack.approved()
        }
    }

    @Test("Counters go on where they were, through killed workers, a reload and a restart")
    func counters() async throws {
        try await Stack.with(Stack.Options(config: ["log.level": "info"], isSocketActivated: true)) { stack in
            let name = "pspd_requests_total{endpoint=\"create-transaction\",outcome=\"approved\"} "
            func read() async throws -> Int? {
                let answer = try await stack.send("GET", stack.baseURL + "/metrics")
                let page = String(decoding: answer.body, as: UTF8.self)
                return page.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap {
                    Int($0.dropFirst(name.count))
                }
            }
            // A call is counted after its answer.
            func counted(_ number: Int) async throws {
                let isCounted: Void? = try await poll(within: 10) { try await read() == number ? () : nil }
                #expect(isCounted != nil, "\(number)")
            }
            _ = try await stack.approved()
            try await counted(1)
            for worker in stack.pspdProcesses() where worker.role == "worker" { kill(worker.pid, SIGKILL) }
            try await stack.waitForPspd()
            _ = try await stack.approved()
            try await counted(2)
            try await reload(stack)
            _ = try await stack.approved()
            try await counted(3)
            let program = try stack.program("pspd")
            program.signal(SIGTERM)
            #expect(try await program.end(within: 60) == 0)
            try await stack.startPspd()
            try await counted(3)
        }
    }
}
