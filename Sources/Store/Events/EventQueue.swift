// The outbox's reading side, for the courier: what is due, and what each attempt came to (design rule 11).
// Every query runs along `events_open` or by row, so its cost does not grow with the backlog.

import GRDB

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
    /// When it was made, or replayed by an operator: its age for giving up counts from here. Milliseconds since 1970.
    public let queuedAt: Int64
    /// How often delivery was tried since then.
    public let tries: Int
    /// How often delivery was tried in all.
    public let attempts: Int
    /// False: an earlier event of its payment has to leave first.
    public let isItsTurn: Bool
}

/// One try to deliver an event, as kept for the operator.
public struct Attempt: Sendable, Hashable {
    /// Which of the two requests it got to.
    public enum Stage: String, Sendable { case token, submit }

    /// The error class that says that Wix does not want this event as it is.
    public static let refusal = "client-error"

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
    /// Again after so many milliseconds.
    case retry(afterMilliseconds: Int64)
    /// Given up.
    case dead
}

extension Store {
    /// Ids of events that are due, the longest due first. Each is the first open one of its payment.
    public func dueEvents(now: Int64, limit: Int) throws(StoreError) -> [Int64] {
        try read { db in
            try Int64.fetchAll(
                try db.cachedStatement(
                    sql: """
                        SELECT id FROM events WHERE done_at IS NULL AND state = 'queued' AND due_at <= ? \
                        ORDER BY due_at LIMIT ?
                        """), arguments: [now, limit])
        }
    }

    /// How many events are due, counted up to `limit`.
    public func dueEventCount(now: Int64, limit: Int) throws(StoreError) -> Int {
        try read { db in
            try Int.fetchOne(
                try db.cachedStatement(
                    sql: """
                        SELECT count(*) FROM (SELECT 1 FROM events WHERE done_at IS NULL AND state = 'queued' \
                        AND due_at <= ? LIMIT ?)
                        """), arguments: [now, limit]) ?? 0
        }
    }

    /// An event that may be sent this very moment, if it is its payment's turn: nobody has stopped it, and it is due,
    /// or was never tried and `isReleased`: its answer has been flushed.
    public func event(toSend id: Int64, isReleased: Bool, now: Int64) throws(StoreError) -> QueuedEvent? {
        try read { db in
            try Row.fetchOne(
                try db.cachedStatement(
                    sql: """
                        SELECT id, payment_id, wix_transaction_id, request_id, body, due_at, queued_at, tries, \
                        attempts, state = 'queued' FROM events WHERE id = ? AND state IN ('queued', 'waiting') \
                        AND (due_at <= ? OR (? AND tries = 0))
                        """), arguments: [id, now, isReleased]
            ).map(QueuedEvent.init(row:))
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
            switch result {
            case .delivered:
                // Whatever an operator did meanwhile: Wix has it.
                try db.cachedStatement(
                    sql: """
                        UPDATE events SET state = 'delivered', done_at = ?, error = NULL, attempts = attempts + 1, \
                        tries = tries + 1 WHERE id = ?
                        """
                ).execute(arguments: [now, event.id])
            case .retry(let milliseconds):
                // Replayed meanwhile: that one's due time stands.
                try db.cachedStatement(
                    sql: """
                        UPDATE events SET attempts = attempts + 1, error = ?, tries = tries + (queued_at = ?), \
                        due_at = iif(queued_at = ?, ?, due_at), step_ms = iif(queued_at = ?, ?, step_ms) WHERE id = ?
                        """
                ).execute(arguments: [
                    attempt.error, event.queuedAt, event.queuedAt, now + milliseconds, event.queuedAt, milliseconds,
                    event.id,
                ])
            case .dead:
                try db.cachedStatement(
                    sql: """
                        UPDATE events SET attempts = attempts + 1, tries = tries + 1, error = ?, \
                        state = iif(state = 'queued' AND queued_at = ?, 'dead', state) WHERE id = ?
                        """
                ).execute(arguments: [attempt.error, event.queuedAt, event.id])
            }
            if let payment = event.payment { try EventOrder.arrange(db, payment: payment, now: now) }
        }
    }

    /// Brings forward tried events whose last error is one of `errors` and that fall due later than `overMilliseconds`
    /// from now: they fall due at random times until then. Returns how many; call again while it returns `limit`.
    public func bringForward(
        errors: [String], now: Int64, overMilliseconds: Int64, limit: Int
    ) async throws(StoreError) -> Int {
        let words = errors.map { "'\($0)'" }.joined(separator: ", ")
        return try await write { db in
            try db.execute(
                sql: """
                    UPDATE events SET due_at = ? + abs(random() % ?), step_ms = ? WHERE id IN (SELECT id FROM events \
                    WHERE done_at IS NULL AND state = 'queued' AND due_at > ? AND error IN (\(words)) LIMIT ?)
                    """,
                arguments: [now, overMilliseconds, overMilliseconds, now + overMilliseconds, limit])
            return db.changesCount
        }
    }
}

extension QueuedEvent {
    init(row: Row) {
        id = row[0]
        payment = row[1]
        wixTransactionId = row[2]
        requestID = row[3]
        body = row[4]
        dueAt = row[5]
        queuedAt = row[6]
        tries = row[7]
        attempts = row[8]
        isItsTurn = row[9]
    }
}
