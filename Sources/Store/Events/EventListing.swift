// What operators see of events: lists, one event with its attempts, and the backlog by age (design rule 11).

import GRDB

/// An event as listed.
public struct EventSummary: Sendable, Hashable {
    /// Its row; grows in the order in which events were made.
    public let id: Int64
    /// The payment's row; nil for an event of an unknown payment.
    public let payment: Int64?
    /// The operation's row, where it tells of one.
    public let operation: Int64?
    /// transaction, refund, capture or void.
    public let kind: String
    /// False: a pending transaction event.
    public let isFinal: Bool
    /// The payment's id at Wix.
    public let wixTransactionId: String
    /// The call that caused it.
    public let requestID: String?
    /// Where it stands.
    public let state: EventState
    /// Not before, milliseconds since 1970.
    public let dueAt: Int64
    /// How often delivery was tried.
    public let attempts: Int
    /// Class of the last attempt's error.
    public let error: String?
    /// Milliseconds since 1970.
    public let createdAt: Int64
    /// When it was delivered, superseded or discarded, milliseconds since 1970.
    public let doneAt: Int64?
}

/// An event with all that is known of it.
public struct EventDetails: Sendable, Hashable {
    /// The event.
    public let event: EventSummary
    /// The exact bytes that Wix gets. May hold what must not be shown (design rule 13).
    public let body: String
    /// Every attempt, oldest first.
    public let attempts: [Attempt]
}

/// How many open events of one state fall into one span of ages.
public struct BacklogCell: Sendable, Hashable {
    /// Their state.
    public let state: EventState
    /// Index into the spans that were asked for; their number for older ones.
    public let span: Int
    /// How many.
    public let count: Int
}

extension Store {
    /// The chosen events, newest first.
    public func events(_ filter: EventFilter, limit: Int) throws(StoreError) -> [EventSummary] {
        let (condition, arguments) = filter.condition
        return try read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT \(EventSummary.columns) FROM events WHERE \(condition) ORDER BY id DESC LIMIT \(limit)",
                arguments: arguments
            ).map(EventSummary.init(row:))
        }
    }

    /// One event with its attempts.
    public func event(id: Int64) throws(StoreError) -> EventDetails? {
        try readSnapshot { db in
            let columns = "\(EventSummary.columns), body"
            guard let row = try Row.fetchOne(db, sql: "SELECT \(columns) FROM events WHERE id = ?", arguments: [id])
            else { return nil }
            return EventDetails(
                event: try EventSummary(row: row), body: row["body"], attempts: try Attempt.fetch(db, event: id))
        }
    }

    /// Open events by state and age.
    ///
    /// - Parameter spansMilliseconds: upper ends of the spans of ages, growing.
    public func backlog(spansMilliseconds: [Int64], now: Int64) throws(StoreError) -> [BacklogCell] {
        let cases = spansMilliseconds.enumerated().map { "WHEN created_at > \(now - $1) THEN \($0)" }
        let span = "CASE \(cases.joined(separator: " ")) ELSE \(spansMilliseconds.count) END"
        return try read { db in
            try Row.fetchAll(
                db, sql: "SELECT state, \(span), count(*) FROM events WHERE done_at IS NULL GROUP BY 1, 2"
            ).map { BacklogCell(state: try EventState(column: $0[0]), span: $0[1], count: $0[2]) }
        }
    }
}

extension EventSummary {
    static let columns = """
        id, payment_id, operation_id, kind, final, wix_transaction_id, request_id, state, due_at, attempts, error, \
        created_at, done_at
        """

    init(row: Row) throws {
        id = row[0]
        payment = row[1]
        operation = row[2]
        kind = row[3]
        isFinal = row[4]
        wixTransactionId = row[5]
        requestID = row[6]
        state = try EventState(column: row[7])
        dueAt = row[8]
        attempts = row[9]
        error = row[10]
        createdAt = row[11]
        doneAt = row[12]
    }
}

extension Attempt {
    static func fetch(_ db: Database, event: Int64) throws -> [Attempt] {
        try Row.fetchAll(
            try db.cachedStatement(
                sql: "SELECT at, stage, status, error, milliseconds FROM attempts WHERE event_id = ? ORDER BY id"),
            arguments: [event]
        ).map { row in
            guard let stage = Stage(rawValue: row[1]) else {
                throw StoreError(.damaged, "attempts.stage holds an unknown word")
            }
            return Attempt(at: row[0], stage: stage, status: row[2], error: row[3], milliseconds: row[4])
        }
    }
}
