// The kill storm: signed load with many repeats through real nginx, while worker, courier and master are killed with
// SIGKILL at random instants and at the named points inside them. After each round the money, the store, what was
// answered and what Wix was told have to agree.
//
// TESTS_LONG=1 is the long form, STORM_KILLS says how many kills, TESTS_SEED repeats a run's choices.

import Foundation
import Glibc
import Synchronization
import TestChance
import Testing
import TestStack

@Suite("Kill storm", .timeLimit(.minutes(90)), .inTurn, .keepingLogs)
struct StormTests {
    @Test("Whatever dies whenever: one effect an id, its outcome kept, its events in order, every answer true")
    func storm() async throws {
        let environment = ProcessInfo.processInfo.environment
        let killsMax = environment["STORM_KILLS"].flatMap { Int($0) } ?? Effort.rounds(short: 24, long: 1_000)
        let seed = Effort.seed("kill storm")
        let options = Stack.Options(config: [
            "log.level": "info", "wix.capture-void-reason-codes.already-captured": nil,
            "wix.capture-void-reason-codes.already-voided": nil,
        ])
        try await Stack.with(options) { stack in
            let storm = Storm(stack, seed: seed)
            while storm.kills < killsMax { try await storm.round() }
            try await storm.checkStore()
            let deaths = try stack.log().filter { $0["restart-in-seconds"] != nil }.count
            print("kill storm: \(storm.summary), \(deaths) deaths of children seen by their master")
            // More than those that were killed from outside: the points work.
            #expect(deaths > storm.killsOfChildren)
        }
    }
}

/// The storm over one stack.
private final class Storm {
    private static let livesPerRound = 24
    private static let killsPerRound = 12
    /// The named points of Sources/CrashPoints.
    private static let points = [
        "before-claim", "after-claim", "before-processor", "after-processor", "before-settle", "after-settle",
        "before-answer", "after-answer", "before-token", "before-submit", "after-submit", "after-record",
    ]

    private let stack: Stack
    private var chance: SplitMix64
    private var rounds = 0
    private(set) var kills = 0
    private var killsByRole: [String: Int] = [:]
    private var effects = 0
    private var events = 0
    private var repeatedDeliveries = 0

    var killsOfChildren: Int { killsByRole["worker", default: 0] + killsByRole["courier", default: 0] }

    init(_ stack: Stack, seed: UInt64) {
        self.stack = stack
        chance = SplitMix64(seed: seed)
    }

    var summary: String {
        """
        \(rounds) rounds, \(kills) kills \(killsByRole.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }), \
        \(effects) effects, \(events) events, \(repeatedDeliveries) deliveries repeated
        """
    }

    func round() async throws {
        rounds += 1
        let point = Self.points.randomElement(using: &chance)!
        let pass = Int.random(in: 1...20, using: &chance)
        let lives = try (0..<Self.livesPerRound).map { _ in try Life(stack, &chance) }
        try await killMaster()
        try await stack.startPspd(environment: ["CRASH_POINT": "\(point):\(pass)"])
        let load = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for life in lives { group.addTask { try await life.run() } }
                try await group.waitForAll()
            }
        }
        do {
            for _ in 0..<Self.killsPerRound {
                try await Task.sleep(for: .milliseconds(.random(in: 20..<300, using: &chance)))
                try await killOne(point, pass)
            }
        } catch {
            load.cancel()
            throw error
        }
        // Calm again, and without the point: what is left has to come to its end.
        try await killMaster()
        try await stack.startPspd()
        try await load.value
        let book = Dictionary(grouping: try stack.effects()) { $0["id"]?.text ?? "" }
        for life in lives { try await check(life, book) }
    }

    // MARK: Killing

    private func killOne(_ point: String, _ pass: Int) async throws {
        let dice = Int.random(in: 0..<10, using: &chance)
        let role = dice < 6 ? "worker" : dice < 9 ? "courier" : "serve"
        if role == "serve" {
            try await killMaster()
            try await stack.startPspd(environment: ["CRASH_POINT": "\(point):\(pass)"])
            return
        }
        let victims = stack.pspdProcesses().filter { $0.role == role }
        // All of them may be dead already, and wait to be started again.
        guard let victim = victims.randomElement(using: &chance) else { return }
        kill(victim.pid, SIGKILL)
        count(role)
    }

    private func killMaster() async throws {
        guard let master = stack.pspdProcesses().first(where: { $0.role == "serve" }) else { return }
        kill(master.pid, SIGKILL)
        count("master")
        // Nobody is left behind.
        let gone: Void? = try await poll(within: 30) { stack.pspdProcesses().isEmpty ? () : nil }
        try #require(gone != nil, "orphans: \(stack.pspdProcesses())")
    }

    private func count(_ role: String) {
        kills += 1
        killsByRole[role, default: 0] += 1
    }

    // MARK: Checking

    /// `book` is the sandbox's, by plugin id.
    private func check(_ life: Life, _ book: [String: [JSON]]) async throws {
        let paymentID = life.payment.paymentID
        let stored = try await poll(within: 60) {
            let stored = try await stack.storedEvents(paymentID)
            return !stored.isEmpty && stored.allSatisfy { $0["state"]?.text == "delivered" } ? stored : nil
        }
        let undelivered = try await stack.storedEvents(paymentID).filter { $0["state"]?.text != "delivered" }
        let bodies = try #require(stored, "not delivered: \(undelivered) \(stack.logs(about: paymentID))")
            .compactMap { $0["body"]?.text }
        // At least once, in order; a repeat is the same bytes.
        let received = try await stack.events(paymentID, count: bodies.count)
        let places = received.map { bodies.firstIndex(of: $0.body) }
        #expect(!places.contains(nil), "Wix was told what the store does not know: \(received.map(\.body)) \(bodies)")
        #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted(), "out of order: \(places)")
        #expect(Set(places.compactMap(\.self)).count == bodies.count, "\(places) of \(bodies)")
        repeatedDeliveries += received.count - bodies.count
        events += bodies.count

        let answers = life.answers.withLock { $0 }
        for (call, told) in answers { #expect(Set(told).count == 1, "\(call) was answered \(told)") }
        let final = received.filter { $0.kind == "transaction" }.last
        #expect(final?.payload.setting("wixTransactionId", nil).description == answers["create"]?.first)
        for (kind, key) in life.expectedEffects {
            let found = book[key, default: []].filter { $0["kind"]?.text == kind }
            #expect(found.count == 1, "\(kind) of \(key): \(found) \(stack.logs(about: paymentID))")
            effects += found.count
        }
        let id = life.pluginID ?? ""
        #expect(book[id, default: []].count == life.expectedEffects.filter { $0.key == id }.count)
    }

    func checkStore() async throws {
        let outcome = try await Outcome.of([
            BuiltProgram.pspd, "store", "check", "--config", "\(stack.folder)/pspd.yaml",
        ])
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(try await stack.rows("SELECT * FROM conflicts").isEmpty)
        #expect(try await stack.rows("SELECT id FROM operations WHERE settled_at IS NULL").isEmpty)
    }
}

/// What happens to one payment: Wix's calls in order, each repeated until it has a definite answer, often side by side.
private final class Life: Sendable {
    private enum Course: UInt64, CaseIterable {
        case pay, decline, refund, capture, void
    }

    private static let callSecondsMax = 90.0

    let payment: JSON
    private let stack: Stack
    private let course: Course
    private let copies: Int
    private let refundID = newID()
    /// Definite answers by call, as Wix reads them.
    let answers = Mutex<[String: [String]]>([:])
    private let ids = Mutex<(plugin: String?, refund: String?)>((nil, nil))

    init(_ stack: Stack, _ chance: inout SplitMix64) throws {
        self.stack = stack
        course = Course.allCases.randomElement(using: &chance)!
        copies = Int.random(in: 1...3, using: &chance)
        let card = course == .decline ? "4000000000000002" : Sample.approvedCard
        payment = try Sample.payment(card).setting(
            "authorizeOnly", .bool(course == .capture || course == .void))
    }

    var pluginID: String? { ids.withLock { $0.plugin } }

    /// What the sandbox's book must hold exactly once, by plugin id.
    var expectedEffects: [(kind: String, key: String)] {
        let (plugin, refund) = ids.withLock { $0 }
        guard let plugin else { return [] }
        switch course {
        case .decline: return []
        case .pay: return [("payment", plugin)]
        case .refund: return [("payment", plugin)] + (refund.map { [("refund", $0)] } ?? [])
        case .capture: return [("authorization", plugin), ("capture", plugin)]
        case .void: return [("authorization", plugin), ("void", plugin)]
        }
    }

    func run() async throws {
        let created = try await definite("create", .create, payment)
        let id = try #require(created.pluginID)
        ids.withLock { $0.plugin = id }
        #expect((created.reason == nil) == (course != .decline), "\(created)")
        switch course {
        case .pay, .decline: break
        case .refund:
            let refund = try Sample.refund(of: payment, id, 1_000, id: refundID)
            let answer = try await definite("refund", .refund, refund)
            #expect(answer.reason == nil, "\(answer)")
            ids.withLock { $0.refund = answer.json["pluginRefundId"]?.text }
        case .capture: try await act(.capture, id)
        case .void: try await act(.void, id)
        }
        // The payment's Create is told the same for ever.
        _ = try await definite("create", .create, payment)
    }

    private func act(_ endpoint: Endpoint, _ id: String) async throws {
        let action = try Sample.action(endpoint, of: payment, id, 4250)
        // An attempt that a crash has lost ends as failed, and the next call is a new one.
        let done = try await poll(within: Self.callSecondsMax, everyMilliseconds: 50) {
            let answer = try? await stack.call(endpoint, action)
            return answer?.status == 200 && answer?.reason == nil ? () : nil
        }
        try #require(done != nil, "\(endpoint) of \(payment.paymentID) never succeeded")
    }

    private func definite(_ name: String, _ endpoint: Endpoint, _ body: JSON) async throws -> Answer {
        let answers = await withTaskGroup(of: Answer?.self) { group in
            for _ in 0..<copies {
                group.addTask {
                    try? await poll(within: Self.callSecondsMax, everyMilliseconds: 50) {
                        let answer = try? await self.stack.call(endpoint, body)
                        return answer?.status == 200 && answer?.reason != 5009 ? answer : nil
                    }
                }
            }
            return await group.reduce(into: [Answer?]()) { $0.append($1) }
        }
        let definite = answers.compactMap(\.self)
        try #require(definite.count == copies, "no answer to \(name) of \(payment.paymentID)")
        self.answers.withLock { $0[name, default: []] += definite.map(\.json.description) }
        return definite[0]
    }
}
