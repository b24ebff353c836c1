import GRDB
import Payments
import Synchronization
import TestChance
import Testing
import WixPayments

@testable import Store

@Suite("The store against a plain model")
struct ModelTests {
    @Test("Whatever several processes do side by side is what some order of it does to the model")
    func histories() async throws {
        let seed = Effort.seed("model")
        for round in 0..<Effort.rounds(short: 40, long: 4_000) {
            try await History(seed: seed &+ UInt64(round)).run()
        }
    }
}

/// One random history: groups of steps that run side by side, and now and then a process that dies.
private final class History {
    private let seed: UInt64
    private var generator: SplitMix64
    private let folder: TemporaryFolder
    /// By number; each is replaced by one with a new number when it dies.
    private var processes: [Int: Store]
    private var nextProcess = 2
    /// What the store may hold: more than one as long as the answers allow several orders.
    private var models: Set<Model> = [Model()]
    private var told: [String] = []

    private static let payments = 0..<3
    private static let groups = 30
    private static let stepsMax = 3

    init(seed: UInt64) throws {
        self.seed = seed
        generator = SplitMix64(seed: seed)
        folder = try TemporaryFolder()
        processes = [0: try Store(path: folder.store), 1: try Store(path: folder.store)]
    }

    func run() async throws {
        for _ in 0..<Self.groups {
            if Int.random(in: 0..<8, using: &generator) == 0 { try die() }
            let steps = (0..<Int.random(in: 1...Self.stepsMax, using: &generator)).map { _ in randomStep() }
            let answers = try await sideBySide(steps)
            told.append(zip(steps, answers).map { "\($0): \($1)" }.joined(separator: " | "))
            models = Set(models.flatMap { explain(steps, answers, from: $0) })
            let actual = try observe()
            models = models.filter { Self.agrees($0, actual) }
            if models.isEmpty {
                Issue.record("TESTS_SEED=\(seed): no order explains\n\(told.joined(separator: "\n"))\n\(actual)")
                return
            }
        }
        let check = try StoreInspector(path: folder.store).check()
        #expect(check.isSound, "TESTS_SEED=\(seed): \(check)\n\(told.joined(separator: "\n"))")
        for process in processes.values { process.close() }
    }

    /// A process dies: its claims stay, its lock goes.
    private func die() throws {
        guard let victim = processes.keys.sorted().randomElement(using: &generator) else { return }
        processes.removeValue(forKey: victim)?.close()
        processes[nextProcess] = try Store(path: folder.store)
        told.append("process \(victim) dies, \(nextProcess) starts")
        nextProcess += 1
    }

    // MARK: Steps

    private func randomStep() -> Step {
        let payment = Int.random(in: Self.payments, using: &generator)
        let process = processes.keys.sorted().randomElement(using: &generator) ?? 0
        let generation = Int.random(in: 1...3, using: &generator)
        func pick<T>(_ items: [T]) -> T { items[Int.random(in: items.indices, using: &generator)] }
        let outcome = pick(["approved", "authorized", "authorized", "declined", "pending", "redirect"])
        switch Int.random(in: 0..<20, using: &generator) {
        case 0...2: return .create(payment: payment, process: process, authorizeOnly: Bool.random(using: &generator))
        case 3...5: return .settle(payment: payment, generation: generation, outcome: outcome)
        case 6: return .pendingAtDeadline(payment: payment)
        case 7: return .report(payment: payment, outcome: outcome)
        case 8: return .expire(payment: payment)
        case 9: return .handOver(payment: payment, generation: generation)
        case 10: return .notFound(payment: payment, generation: generation)
        case 11: return .reclaim(payment: payment, generation: generation, process: process)
        case 12: return .seize(payment: payment, generation: generation, process: process)
        case 13: return .sweep
        case 14, 15:
            return .refund(
                payment: payment, refund: Int.random(in: 0..<3, using: &generator),
                amount: pick([300, 500, 1_000, 1_001]), process: process)
        case 16:
            return .settleRefund(
                payment: payment, refund: Int.random(in: 0..<3, using: &generator),
                succeeded: Bool.random(using: &generator))
        case 17, 18:
            return .act(
                payment: payment, kind: pick(["capture", "void"]), amount: pick([400, 1_000, 1_000, 1_001]),
                process: process)
        default:
            return .settleAction(
                payment: payment, kind: pick(["capture", "void"]), succeeded: Bool.random(using: &generator))
        }
    }

    private func sideBySide(_ steps: [Step]) async throws -> [String] {
        // A sweep is one process's read and then its commit, between which others may come; alone it is exact.
        guard !steps.contains(.sweep) else {
            var answers: [String] = []
            for step in steps { answers.append(try await carryOut(step, on: store(of: step))) }
            return answers
        }
        let stores = steps.map(store(of:))
        let rows = try rows()
        return try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (index, step) in steps.enumerated() {
                let store = stores[index]
                group.addTask { (index, try await Self.carryOut(step, on: store, rows: rows)) }
            }
            var answers = [String](repeating: "", count: steps.count)
            for try await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private func carryOut(_ step: Step, on store: Store) async throws -> String {
        try await Self.carryOut(step, on: store, rows: try rows())
    }

    private func store(of step: Step) -> Store {
        let number: Int? =
            switch step {
            case .create(_, let process, _), .reclaim(_, _, let process), .seize(_, _, let process),
                .refund(_, _, _, let process), .act(_, _, _, let process):
                process
            default: nil
            }
        return number.flatMap { processes[$0] } ?? processes[processes.keys.sorted()[0]]!
    }

    // MARK: Explaining

    /// The models that some order of the steps leads to with these answers.
    private func explain(_ steps: [Step], _ answers: [String], from model: Model) -> [Model] {
        if steps.isEmpty { return [model] }
        // A sweep ran in the order of the steps, and so did those beside it.
        let first = steps.contains(.sweep) ? 0..<1 : steps.indices
        return first.flatMap { index -> [Model] in
            var next = model
            guard next.take(steps[index], living: Set(processes.keys)) == answers[index] else { return [] }
            var (restSteps, restAnswers) = (steps, answers)
            restSteps.remove(at: index)
            restAnswers.remove(at: index)
            return explain(restSteps, restAnswers, from: next)
        }
    }

    /// What the store holds, in the model's words; who owns what is not told.
    private struct Observation: CustomStringConvertible {
        struct Payment {
            var record: PaymentRecord
            var status: OperationStatus
            var finalEvents: Int
            var pendingEvents: Int
            var conflicts: Set<String>
        }
        var payments: [Int: Payment] = [:]

        var description: String {
            payments.sorted { $0.key < $1.key }.map { id, payment in
                """
                \(id): \(payment.record.payment.state.name) refunded \(payment.record.payment.refunded) refunding \
                \(payment.record.payment.refunding) g\(payment.status.generation) settled \(payment.status.isSettled) \
                events \(payment.finalEvents)+\(payment.pendingEvents) \(payment.conflicts)
                """
            }.joined(separator: "\n")
        }
    }

    private func observe() throws -> Observation {
        let store = processes[processes.keys.sorted()[0]]!
        var observation = Observation()
        for id in Self.payments {
            guard
                let (status, record) = try store.payment(
                    wixTransactionId: "p\(id)", pluginTransactionId: Sample.derived("p\(id)"))
            else { continue }
            let events = try store.read { db in
                try db.cachedStatement(
                    sql: "SELECT sum(final), sum(NOT final) FROM events WHERE payment_id = ? AND kind = 'transaction'"
                ).first([record.id]) { (Int($0.integer(0)), Int($0.integer(1))) } ?? (0, 0)
            }
            let conflicts = try store.openConflicts(limit: 1_000).filter { $0.payment == record.id }
            observation.payments[id] = Observation.Payment(
                record: record, status: status, finalEvents: events.0, pendingEvents: events.1,
                conflicts: Set(
                    conflicts.map {
                        "\($0.state) \($0.outcome.split(separator: " ").prefix($0.outcome.hasPrefix("declined") ? 1 : 2).joined(separator: " "))"
                    }))
        }
        return observation
    }

    private static func agrees(_ model: Model, _ actual: Observation) -> Bool {
        guard Set(model.payments.keys) == Set(actual.payments.keys) else { return false }
        return model.payments.allSatisfy { id, expected in
            guard let payment = actual.payments[id] else { return false }
            return payment.record.payment.state.name == expected.state
                && Int(payment.record.payment.refunded) == expected.refunded
                && Int(payment.record.payment.refunding) == expected.refunding
                && payment.status.generation == Int64(expected.create.generation)
                && payment.status.isSettled == expected.create.isSettled
                && (payment.status.owner == nil) == (expected.create.owner == nil)
                && payment.finalEvents == expected.finalEvents && payment.pendingEvents == expected.pendingEvents
                && payment.conflicts == expected.conflicts
        }
    }

    // MARK: The store's side

    /// Rows that a step needs, looked up before the steps run.
    private struct Rows: Sendable {
        var payments: [Int: Int64] = [:]
        var refunds: [String: Int64] = [:]
        /// The last attempt of each payment.
        var actions: [String: Int64] = [:]
    }

    private func rows() throws -> Rows {
        let store = processes[processes.keys.sorted()[0]]!
        var rows = Rows()
        for id in Self.payments {
            rows.payments[id] = try store.payment(
                wixTransactionId: "p\(id)", pluginTransactionId: Sample.derived("p\(id)"))?.0.id
            for number in 0..<3 {
                let key = "p\(id)-\(number)"
                rows.refunds[key] = try store.refund(
                    wixRefundId: key, pluginRefundId: Sample.derived("refund:" + key))?.0.id
            }
            guard let payment = rows.payments[id] else { continue }
            let last = try store.read { db in
                try db.cachedStatement(
                    sql: """
                        SELECT id, kind FROM operations WHERE payment_id = ? AND kind IN ('capture', 'void') \
                        ORDER BY id DESC LIMIT 1
                        """
                ).first([payment]) { ($0.integer(0), $0.text(1)) }
            }
            if let last { rows.actions["\(id) \(last.1)"] = last.0 }
        }
        return rows
    }

    private static func outcome(_ word: String, _ source: OutcomeSource) -> NewOutcome {
        switch word {
        case "approved": Sample.outcome(Sample.approved, source)
        case "authorized": Sample.outcome(Sample.authorized, source)
        case "declined": Sample.outcome(Sample.declined, source)
        case "pending": Sample.outcome(Sample.pending, source)
        default: Sample.outcome(Sample.redirect, source)
        }
    }

    private static func word(_ settlement: Settlement) -> String {
        switch settlement {
        case .settled: "settled"
        case .unchanged: "unchanged"
        case .conflict: "conflict"
        case .lateRedirect: "late redirect"
        case .superseded: "superseded"
        }
    }

    private static func carryOut(_ step: Step, on store: Store, rows: Rows) async throws -> String {
        func claim(_ payment: Int, _ generation: Int) -> Claim? {
            rows.payments[payment].map { Claim(operation: $0, payment: $0, generation: Int64(generation)) }
        }
        let now = Sample.now
        switch step {
        case .create(let id, _, let only):
            let new = NewPayment(Sample.payment("p\(id)", authorizeOnly: only))
            guard case .claimed(let claim, _) = try await store.claim(new, now: now) else { return "existing" }
            return "claimed g\(claim.generation)"
        case .settle(let id, let generation, let outcome):
            guard let claim = claim(id, generation) else { return "unknown" }
            return word(try await store.settle(claim, Self.outcome(outcome, .answer), now: now))
        case .pendingAtDeadline(let id):
            guard let claim = claim(id, 1) else { return "unknown" }
            return word(try await store.deferAnswer(claim, outcome("pending", .deadline), now: now))
        case .report(let id, let word):
            guard let row = rows.payments[id] else { return "unknown" }
            return Self.word(try await store.report(outcome(word, .notification), payment: row, now: now))
        case .expire(let id):
            guard let row = rows.payments[id] else { return "unknown" }
            return word(try await store.expire(payment: row, because: Failure(.buyerCanceled), now: now))
        case .handOver(let id, let generation):
            guard let claim = claim(id, generation) else { return "unknown" }
            try await store.handOver(claim, now: now)
            return "done"
        case .notFound(let id, let generation):
            guard let status = try status(store, rows, id, generation) else { return "unknown" }
            try await store.noteLookup(status, nextAt: now, notFoundAt: now)
            return "done"
        case .reclaim(let id, let generation, _):
            guard let status = try status(store, rows, id, generation) else { return "unknown" }
            return try await store.reclaim(status, now: now).map { "g\($0.generation)" } ?? "no"
        case .seize(let id, let generation, _):
            guard let status = try status(store, rows, id, generation) else { return "unknown" }
            return try await store.seize(status, now: now).map { "g\($0.generation)" } ?? "no"
        case .sweep: return "\(try await store.handOverDeadClaims(now: now))"
        case .refund, .settleRefund, .act, .settleAction: return try await carryOutAction(step, on: store, rows: rows)
        }
    }

    /// The operation as somebody saw it who knows this generation.
    private static func status(_ store: Store, _ rows: Rows, _ id: Int, _ generation: Int) throws -> OperationStatus? {
        guard let row = rows.payments[id], let status = try store.operation(id: row) else { return nil }
        return status.seen(at: Int64(generation))
    }

    private static func carryOutAction(_ step: Step, on store: Store, rows: Rows) async throws -> String {
        let now = Sample.now
        switch step {
        case .refund(let id, let number, let amount, _):
            guard rows.payments[id] != nil else { return "unknown" }
            switch try await store.claim(Sample.refund("p\(id)-\(number)", of: "p\(id)", Int64(amount)), now: now) {
            case .claimed: return "claimed"
            case .refused: return "refused"
            case .existing: return "existing"
            }
        case .settleRefund(let id, let number, let succeeded):
            guard let row = rows.refunds["p\(id)-\(number)"] else { return "unknown" }
            let claim = Claim(operation: row, payment: rows.payments[id], generation: 1)
            let outcome: RefundOutcome = succeeded ? .succeeded : .failed(Failure(.generalError))
            switch try await store.settle(claim, outcome, requestID: nil, now: now) {
            case .settled: return "settled"
            case .unchanged: return "unchanged"
            case .conflict: return "conflict"
            case .superseded: return "superseded"
            }
        case .act(let id, let kind, let amount, _):
            guard rows.payments[id] != nil, let action = PaymentAction(rawValue: kind) else { return "unknown" }
            switch try await store.claim(Sample.action(action, of: "p\(id)", Int64(amount)), now: now) {
            case .claimed: return "begun"
            case .refused: return "mismatch"
            case .forbidden(.busy, _): return "busy"
            case .forbidden(.alreadyCaptured, _): return "already captured"
            case .forbidden(.alreadyVoided, _): return "already voided"
            case .forbidden(.notAuthorized, _): return "not authorized"
            default: return "unexpected"
            }
        case .settleAction(let id, let kind, let succeeded):
            guard let row = rows.actions["\(id) \(kind)"], let action = PaymentAction(rawValue: kind) else {
                return "unknown"
            }
            let claim = Claim(operation: row, payment: rows.payments[id], generation: 1)
            let finished = try await store.settle(
                claim, action, succeeded ? .succeeded : .failed(Failure(.generalError)), requestID: nil, now: now)
            guard let finished else { return "superseded" }
            if finished.isContradicted { return "contradicted" }
            return finished.event == nil ? "repeated" : "finished"
        default: return "unexpected"
        }
    }
}

extension OperationStatus {
    /// This operation as it was seen earlier.
    fileprivate func seen(at generation: Int64) -> OperationStatus {
        OperationStatus(
            id: id, kind: kind, payment: payment, amount: amount, generation: generation, owner: nil,
            claimedAt: claimedAt, isSettled: false, lookupAt: lookupAt, lookups: lookups, notFoundAt: notFoundAt)
    }
}
