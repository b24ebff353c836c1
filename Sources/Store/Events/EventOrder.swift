// Who of a payment's events may leave: strictly one after the other (design rule 11). The rule is pure; `arrange`
// applies it to a payment's few open events, in the commit of whatever changed one of them. So events that must wait
// lie in states of their own, and the queue of those that may leave is never searched for them.

import GRDB

enum EventOrder {
    /// An open event, as far as its order goes.
    struct Standing: Equatable {
        var id: Int64
        var state: EventState
        /// False: a pending transaction event.
        var isFinal: Bool
        /// Wix has answered it with a refusal.
        var isRefused: Bool
    }

    /// The states that the open events of one payment, in the order in which they were made, ought to have.
    ///
    /// The first one may leave, the others wait for it; behind a held or dead one they are blocked. A pending event
    /// that was refused, given up or held gives way to a final one that may leave.
    static func arranged(_ events: [Standing]) -> [Standing] {
        var events = events
        var finalFollows = false
        for index in events.indices.reversed() {
            let event = events[index]
            if event.isFinal {
                finalFollows = finalFollows || !isStopped(event)
            } else if finalFollows, isStopped(event) || event.isRefused {
                events[index].state = .superseded
            }
        }
        var state = EventState.queued
        for index in events.indices where events[index].state.isOpen {
            if isStopped(events[index]) {
                state = .blocked
            } else {
                events[index].state = state
                if state == .queued { state = .waiting }
            }
        }
        return events
    }

    private static func isStopped(_ event: Standing) -> Bool { event.state == .held || event.state == .dead }

    /// Gives a payment's open events the states that they ought to have.
    static func arrange(_ db: Database, payment: Int64, now: Int64) throws {
        let before = try Row.fetchAll(
            try db.cachedStatement(
                sql: """
                    SELECT id, state, final, error = '\(Attempt.refusal)' FROM events \
                    WHERE payment_id = ? AND done_at IS NULL ORDER BY id
                    """), arguments: [payment]
        ).map { row in
            Standing(
                id: row[0], state: try EventState(column: row[1]), isFinal: row[2], isRefused: row[3] ?? false)
        }
        let after = arranged(before)
        for (old, new) in zip(before, after) where old != new {
            try db.cachedStatement(sql: "UPDATE events SET state = ?, done_at = ? WHERE id = ?")
                .execute(arguments: [new.state.rawValue, new.state.isOpen ? nil : now, new.id])
        }
    }
}

extension EventState {
    /// From its column.
    init(column: String) throws {
        guard let state = EventState(rawValue: column) else {
            throw StoreError(.damaged, "events.state holds an unknown word")
        }
        self = state
    }
}
