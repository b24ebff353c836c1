// The outbox's writing side: events enter it in the commit of what they tell (design rule 10).

import GRDB
import Payments
import WixPayments

/// Where an event stands.
public enum EventState: String, Sendable, Hashable, CaseIterable {
    /// Leaves when it is due.
    case queued
    /// An earlier event of its payment is on its way.
    case waiting
    /// An earlier event of its payment is held or dead: an operator has to act on that one.
    case blocked
    /// Stopped by an operator, or by the linter.
    case held
    /// Given up; can be replayed.
    case dead
    /// Taken by Wix.
    case delivered
    /// A pending event that a final one made unnecessary.
    case superseded
    /// Thrown away by an operator.
    case discarded

    /// Whether Wix still has to hear of it.
    public var isOpen: Bool {
        switch self {
        case .queued, .waiting, .blocked, .held, .dead: true
        case .delivered, .superseded, .discarded: false
        }
    }
}

/// What an event is written with.
struct NewEvent {
    /// A settle sets an event's not-before this far ahead; the worker brings it forward once its answer is flushed,
    /// and if the worker dies the event leaves by itself (design rule 11).
    static let notBeforeMilliseconds: Int64 = 1_000

    let event: Event
    let payment: Int64?
    let operation: Int64?
    let requestID: String?
    let now: Int64

    /// Lints and appends the event; its bytes never change after.
    func insert(_ db: Database) throws -> Int64 {
        let body = event.json()
        let breaches = EventLinter.breaches(inJSON: body)
        assert(breaches.isEmpty, "an event breaks Wix's rules: \(breaches)")
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO events (payment_id, operation_id, kind, final, wix_transaction_id, request_id, body, \
                state, due_at, step_ms, queued_at, created_at) VALUES (?, ?, ?, ?, ?, \
                COALESCE(?, (SELECT request_id FROM payments WHERE id = ?)), ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            payment, operation, event.kind, event.isFinal, event.wixTransactionId, requestID, payment,
            String(decoding: body, as: UTF8.self), (breaches.isEmpty ? EventState.queued : .held).rawValue,
            now + Self.notBeforeMilliseconds, Self.notBeforeMilliseconds, now, now,
        ])
        let id = db.lastInsertedRowID
        if let payment { try EventOrder.arrange(db, payment: payment, now: now) }
        return id
    }
}

extension Event {
    /// The one-of's member, as in the envelope.
    var kind: String {
        switch self {
        case .transaction: "transaction"
        case .refund: "refund"
        case .capture: "capture"
        case .void: "void"
        }
    }

    /// Only a pending transaction event is followed by another one (spec §6.4).
    var isFinal: Bool {
        if case .transaction(let event) = self, case .pending = event.outcome { false } else { true }
    }

    var wixTransactionId: String {
        switch self {
        case .transaction(let event): event.wixTransactionId
        case .refund(let event): event.wixTransactionId
        case .capture(let event), .void(let event): event.wixTransactionId
        }
    }
}
