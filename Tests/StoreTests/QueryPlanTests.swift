import GRDB
import Payments
import Synchronization
import Testing
import WixPayments

@testable import Store

@Suite("Query plans")
struct QueryPlanTests {
    /// Statements that are run for a call, a sweep or a round of retention, as SQLite saw them.
    private final class Statements: Sendable {
        let sql = Mutex<Set<String>>([])
    }

    @Test("Nothing that runs again and again reads a whole table")
    func noScans() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(path: folder.store)
        let seen = Statements()
        try await store.write { db in
            db.trace { event in
                if case .statement(let statement) = event { _ = seen.sql.withLock { $0.insert(statement.sql) } }
            }
        }
        try store.onEachReader { db in
            db.trace { event in
                if case .statement(let statement) = event { _ = seen.sql.withLock { $0.insert(statement.sql) } }
            }
        }
        try await everything(store)
        try await store.write { $0.trace() }
        let all = seen.sql.withLock { $0 }
        #expect(all.count > 30)
        for sql in all where sql.hasPrefix("SELECT") || sql.hasPrefix("UPDATE") || sql.hasPrefix("DELETE") {
            let plan = try store.read { db in
                let nulls = StatementArguments([DatabaseValue](repeating: .null, count: sql.count { $0 == "?" }))
                return try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: nulls)
                    .map { $0["detail"] as String }
            }
            let scans = plan.filter { $0.hasPrefix("SCAN") && !Self.isCheap($0) }
            #expect(scans.isEmpty, "\(sql)\n\(plan)")
        }
    }

    /// Along an index of what is open, or in the order of the rows up to a limit.
    private static func isCheap(_ step: String) -> Bool {
        let open = ["operations_running", "operations_lookup", "events_open", "conflicts_open", "payments_kept"]
        return open.contains { step.contains($0) } || step.hasPrefix("SCAN (") || step == "SCAN notifications"
    }

    private func everything(_ store: Store) async throws {
        try await store.make("a", Sample.approved)
        try await store.make("b", Sample.authorized)
        let redirected = try await store.make("c", Sample.redirect)
        _ = try await store.report(Sample.outcome(Sample.declined, .lookup), payment: redirected.id, now: Sample.now)
        _ = try await store.report(Sample.outcome(Sample.approved, .lookup), payment: redirected.id, now: Sample.now)
        let refund = try await store.claimRefund(Sample.refund("r", of: "a", 1))
        _ = try await store.settle(refund, .succeeded, requestID: nil, now: Sample.now)
        let capture = try await store.claimAction(Sample.action(.capture, of: "b"))
        _ = try await store.claim(Sample.action(.capture, of: "b"), now: Sample.now)
        _ = try await store.settle(capture, .capture, .failed(Failure(.generalError)), requestID: nil, now: Sample.now)
        for id in ["re_1", Sample.derived("refund:r")] {
            let change = NotifiedChange.refund(
                id: id, pluginTransactionId: Sample.derived("a"), amount: 1, .succeeded)
            _ = try await store.take(
                change, webhookID: id, requestID: nil, redirectExpiryMilliseconds: 1, now: Sample.now)
        }
        _ = try store.refund(wixRefundId: "r", pluginRefundId: Sample.derived("refund:r"))
        _ = try store.finishedAction(operation: capture.operation)
        _ = try store.payment(pluginTransactionId: "foreign")
        _ = try store.payment(pluginTransactionId: Sample.derived("a"))
        _ = try store.payment(id: 1)
        _ = try store.refund(id: 1)
        _ = try store.operation(id: 1)
        let claim = try await store.claimNew(Sample.payment("d"))
        try await store.handOver(claim, now: Sample.now)
        _ = try await store.handOverDeadClaims(now: Sample.now)
        _ = try store.dueLookups(now: Sample.now)
        try await store.noteLookup(try store.status("d"), nextAt: 1, notFoundAt: Sample.now)
        _ = try await store.reclaim(try store.status("d"), now: Sample.now)
        _ = try await store.correctTimes(
            now: Sample.now, longest: LongestPauses(lookup: 1, check: 1, expiry: 1), limit: 1)
        _ = try store.dueChecks(now: .max)
        _ = try store.dueExpiries(now: .max)
        _ = try store.account(wixMerchantId: "m", mode: .live)
        _ = try store.openConflicts(limit: 10)
        _ = try await store.resolveConflict(id: 1, now: 1)
        _ = try await store.retire(
            RetentionPolicy(deliveredEventsDays: 0, operationsDays: 1), now: Sample.now + 10 * Sample.day)
    }
}
