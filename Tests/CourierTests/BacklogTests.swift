import Foundation
import GRDB
import Payments
import Testing
import WixPayments

@testable import Store

/// What the courier asks must not get slower with what lies in the store.
@Suite("Backlog", .serialized, .timeLimit(.minutes(2)))
struct BacklogTests {
    private func plan(_ fixture: Fixture, _ sql: String) throws -> [String] {
        try fixture.store.read { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
        }
    }

    @Test(
        "The courier's questions run along the index of open events, or by row",
        arguments: [
            "SELECT id FROM events WHERE done_at IS NULL AND state = 'queued' AND due_at <= 1 ORDER BY due_at LIMIT 9",
            "SELECT id FROM events WHERE done_at IS NULL AND state = 'queued' AND due_at > 1 AND due_at - step_ms > 1",
            "SELECT id FROM events WHERE done_at IS NULL AND state = 'queued' AND due_at > 1 AND error IN ('dns')",
            "SELECT id, payment_id FROM events WHERE done_at IS NULL AND final AND created_at < 1 LIMIT 9",
            "SELECT state, created_at > 1, count(*) FROM events WHERE done_at IS NULL GROUP BY 1, 2",
            "SELECT id FROM events WHERE done_at IS NULL AND state IN ('dead', 'held')",
            "SELECT id FROM events WHERE id = 1 AND state = 'queued' AND (due_at <= 1 OR (1 AND tries = 0))",
            "SELECT id FROM events WHERE payment_id = 1 AND done_at IS NULL ORDER BY id",
            "SELECT at FROM attempts WHERE event_id = 1 ORDER BY id",
            "SELECT id FROM operations WHERE settled_at IS NULL AND owner IS NULL AND lookup_at <= 1 LIMIT 9",
        ])
    func plans(sql: String) throws {
        let fixture = try Fixture()
        for step in try plan(fixture, sql) {
            #expect(!step.hasPrefix("SCAN") || step.contains("events_open") || step.contains("CO-ROUTINE"), "\(step)")
            #expect(!step.contains("TEMP B-TREE FOR ORDER BY"), "\(step)")
        }
    }

    @Test("Events that wait or are blocked cost the search for due ones nothing")
    func blockedCostNothing() async throws {
        let fixture = try Fixture()
        let now = fixture.clock.now()
        try await fixture.store.write { db in
            // 500 payments, each with a dead event and ten behind it, all long due.
            for payment in 1...500 as ClosedRange<Int64> {
                for number in 0...10 {
                    let event = Event.capture(
                        ActionEvent(wixTransactionId: "p\(payment)", amountMinorUnits: 1, failure: nil))
                    let id = try NewEvent(
                        event: event, payment: 1_000_000 + payment, operation: nil, requestID: nil, now: now - 9_999
                    ).insert(db)
                    if number == 0 {
                        try db.execute(sql: "UPDATE events SET state = 'dead' WHERE id = ?", arguments: [id])
                    }
                }
            }
        }
        let due = try await fixture.approved("payment")
        let later = fixture.clock.now() + 5_000
        #expect(try fixture.store.dueEvents(now: later, limit: 100) == [due])
        #expect(try fixture.store.dueEventCount(now: later, limit: 100) == 1)
        #expect(try fixture.store.events(EventFilter(states: [.blocked]), limit: 99_999).count == 5_000)
        let queued = try fixture.store.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM events WHERE done_at IS NULL AND state = 'queued'")
        }
        #expect(queued == 1)
    }
}
