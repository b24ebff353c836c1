// The outbox's reading side, for the courier: what is due, and what each attempt came to (design rule 11).

internal import GRDB

/// An event on its way to Wix.
public struct QueuedEvent: Sendable, Hashable {
    /// Its row; grows in the order in which events were made.
    public let id: Int64
    /// The payment's row: events of one payment go strictly in order.
    public let payment: Int64?
    /// The payment's id at Wix, for the log.
    public let wixTransactionId: String
    /// The call that caused it, for the log.
    public let requestID: String?
    /// The exact bytes to send.
    public let body: String
    /// Not before; milliseconds since 1970.
    public let dueAt: Int64
    /// How often delivery was tried.
    public let attempts: Int
    /// Milliseconds since 1970.
    public let createdAt: Int64
}

/// One try to deliver an event, as kept for the operator.
public struct Attempt: Sendable, Hashable {
    /// Which of the two requests it got to.
    public enum Stage: String, Sendable { case token, submit }

    /// When it began, milliseconds since 1970.
    public var at: Int64
    /// The last request that was made.
    public var stage: Stage
    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// The error's class; nil: delivered.
    public var error: String?
    /// How long it took.
    public var milliseconds: Int64

    /// Creates an attempt's record.
    public init(at: Int64, stage: Stage, status: Int?, error: String?, milliseconds: Int64) {
        self.at = at
        self.stage = stage
        self.status = status
        self.error = error
        self.milliseconds = milliseconds
    }
}

/// What follows from an attempt.
public enum AttemptResult: Sendable, Hashable {
    /// Wix took it.
    case delivered
    /// Again at this time, milliseconds since 1970.
    case retry(at: Int64)
    /// Given up.
    case dead
}

extension Store {
    /// Events that may be sent now, oldest due first. An event waits while an earlier one of its payment is not done
    /// with.
    public func dueEvents(now: Int64, limit: Int) throws(StoreError) -> [QueuedEvent] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT \(QueuedEvent.columns) FROM events WHERE state = 'queued' AND due_at <= ? \
                    AND \(Self.isFirstOfItsPayment) ORDER BY due_at, id LIMIT ?
                    """)
            return try Row.fetchAll(statement, arguments: [now, limit]).map(QueuedEvent.init(row:))
        }
    }

    /// The named events, as far as they may be sent, whenever they fall due: their answers have been flushed.
    public func releasedEvents(_ ids: [Int64]) throws(StoreError) -> [QueuedEvent] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT \(QueuedEvent.columns) FROM events WHERE id = ? AND state = 'queued' AND attempts = 0 \
                    AND \(Self.isFirstOfItsPayment)
                    """)
            return try ids.compactMap { try Row.fetchOne(statement, arguments: [$0]).map(QueuedEvent.init(row:)) }
        }
    }

    /// When the next queued event falls due, milliseconds since 1970; nil when the queue is empty.
    public func nextEventDue() throws(StoreError) -> Int64? {
        try read { db in
            try Int64.fetchOne(
                try db.cachedStatement(
                    sql: "SELECT due_at FROM events WHERE state = 'queued' ORDER BY due_at LIMIT 1"))
        }
    }

    /// Records an attempt and what follows from it, in one commit.
    public func record(
        _ attempt: Attempt, of event: QueuedEvent, _ result: AttemptResult, now: Int64
    ) async throws(StoreError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO attempts (event_id, at, stage, status, error, milliseconds) VALUES (?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                event.id, attempt.at, attempt.stage.rawValue, attempt.status, attempt.error, attempt.milliseconds,
            ])
            let (state, due, delivered): (EventState, Int64, Int64?) =
                switch result {
                case .delivered: (.delivered, event.dueAt, now)
                case .retry(let at): (.queued, at, nil)
                case .dead: (.dead, event.dueAt, nil)
                }
            // An operator may have held or discarded it meanwhile: only what Wix took overrides that.
            try db.cachedStatement(
                sql: """
                    UPDATE events SET state = CASE WHEN ? OR state = 'queued' THEN ? ELSE state END, due_at = ?, \
                    delivered_at = ?, attempts = attempts + 1 WHERE id = ?
                    """
            ).execute(arguments: [result == .delivered, state.rawValue, due, delivered, event.id])
        }
    }

    private static let isFirstOfItsPayment = """
        NOT EXISTS (SELECT 1 FROM events AS earlier WHERE earlier.payment_id = events.payment_id \
        AND earlier.id < events.id AND earlier.state IN ('queued', 'held', 'dead'))
        """
}

extension QueuedEvent {
    static let columns = "id, payment_id, wix_transaction_id, request_id, body, due_at, attempts, created_at"

    init(row: Row) {
        id = row[0]
        payment = row[1]
        wixTransactionId = row[2]
        requestID = row[3]
        body = row[4]
        dueAt = row[5]
        attempts = row[6]
        createdAt = row[7]
    }
}
