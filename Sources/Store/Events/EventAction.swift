// An operator's hand on the queue. Works beside a running courier: each step is one commit, and the courier looks at an
// event's state once more before it sends it (design rule 11).

import GRDB

/// What an operator can do with an event.
public enum EventAction: String, Sendable, Hashable, CaseIterable {
    /// Deliver now: a dead one is replayed, one that waits for its next try no longer does.
    case retry
    /// Keep back.
    case hold
    /// End a hold.
    case release
    /// Throw away; Wix never hears of it.
    case discard

    /// The states in which it can be done.
    public var states: Set<EventState> {
        switch self {
        case .retry: [.queued, .dead]
        case .hold: [.queued, .waiting, .blocked]
        case .release: [.held]
        case .discard: [.queued, .waiting, .blocked, .held, .dead]
        }
    }
}

extension Store {
    /// Events that one commit steers at most; the rest follow in the next ones, so that workers get their turns.
    private static let steeredPerCommitMax = 1_000

    /// Does it to those of the chosen events that are in a fitting state. Returns their ids.
    public func steer(_ steering: EventAction, _ filter: EventFilter, now: Int64) async throws(StoreError) -> [Int64] {
        var fitting = filter
        fitting.states = filter.states.isEmpty ? steering.states : filter.states.intersection(steering.states)
        guard !fitting.states.isEmpty else { return [] }
        let (condition, arguments) = fitting.condition
        let ids = try read { db in
            // A payment's events side by side, so that a hold of all of them takes them in one commit.
            try Int64.fetchAll(
                db, sql: "SELECT id FROM events WHERE \(condition) ORDER BY payment_id, id", arguments: arguments)
        }
        var steered: [Int64] = []
        for start in stride(from: 0, to: ids.count, by: Self.steeredPerCommitMax) {
            let some = Array(ids[start..<min(start + Self.steeredPerCommitMax, ids.count)])
            steered += try await write { db in
                var payments: Set<Int64> = []
                let done = try some.filter { try Self.steer(db, steering, $0, now: now, payments: &payments) }
                for payment in payments.sorted() { try EventOrder.arrange(db, payment: payment, now: now) }
                return done
            }
        }
        return steered
    }

    /// One event; its payment's have to be put in order afterwards. Returns whether its state still fitted.
    private static func steer(
        _ db: Database, _ steering: EventAction, _ id: Int64, now: Int64, payments: inout Set<Int64>
    ) throws -> Bool {
        let row = try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT state, payment_id FROM events WHERE id = ?"), arguments: [id])
        guard let row, steering.states.contains(try EventState(column: row[0])) else { return false }
        switch steering {
        case .retry, .release:
            // The age for giving up, and the place in the schedule, start anew.
            try db.cachedStatement(
                sql: """
                    UPDATE events SET state = 'queued', due_at = ?, step_ms = 0, queued_at = ?, tries = 0 WHERE id = ?
                    """
            ).execute(arguments: [now, now, id])
        case .hold:
            try db.cachedStatement(sql: "UPDATE events SET state = 'held' WHERE id = ?").execute(arguments: [id])
        case .discard:
            try db.cachedStatement(sql: "UPDATE events SET state = 'discarded', done_at = ? WHERE id = ?")
                .execute(arguments: [now, id])
        }
        if let payment = row[1] as Int64? { payments.insert(payment) }
        return true
    }
}
