// All that the store keeps of one payment, for `pspd payments show`.

import GRDB
public import WixPayments

/// An operation of a payment, with its refund where it is one.
public struct TimelineOperation: Sendable, Hashable {
    /// How it stands.
    public let status: OperationStatus
    /// The Wix id, or for captures and voids the attempt, that it is keyed by.
    public let key: String
    /// When its outcome was stored, milliseconds since 1970; nil while it runs.
    public let settledAt: Int64?
    /// The refund.
    public let refund: RefundRecord?
    /// Why a capture or void failed; nil while it runs, and when it succeeded.
    public let failure: Failure<ActionFailureCode>?
}

/// A late outcome that contradicts what Wix was told for good.
public struct TimelineConflict: Sendable, Hashable {
    /// When it came, milliseconds since 1970.
    public let at: Int64
    /// Where it came from.
    public let source: String
    /// What Wix was told.
    public let state: String
    /// What came instead.
    public let outcome: String
    /// When an operator dealt with it, milliseconds since 1970.
    public let resolvedAt: Int64?
}

/// A payment's history.
public struct PaymentTimeline: Sendable {
    /// The payment as it stands now.
    public let payment: PaymentRecord
    /// When it changed last, milliseconds since 1970.
    public let updatedAt: Int64
    /// Its operations, oldest first.
    public let operations: [TimelineOperation]
    /// Its events, oldest first.
    public let events: [EventDetails]
    /// Its conflicts, oldest first.
    public let conflicts: [TimelineConflict]
}

extension Store {
    /// The history of the payment of row `id`.
    public func timeline(payment id: Int64) throws(StoreError) -> PaymentTimeline? {
        try readSnapshot { db in
            guard let record = try PaymentRecord.fetch(db, id: id) else { return nil }
            let events = try Row.fetchAll(
                db, sql: "SELECT \(EventSummary.columns), body FROM events WHERE payment_id = ? ORDER BY id",
                arguments: [id]
            ).map { row in
                EventDetails(
                    event: try EventSummary(row: row), body: row["body"],
                    attempts: try Attempt.fetch(db, event: row["id"]))
            }
            let conflicts = try Row.fetchAll(
                db, sql: "SELECT at, source, state, outcome, resolved_at FROM conflicts WHERE payment_id = ?",
                arguments: [id]
            ).map {
                TimelineConflict(at: $0[0], source: $0[1], state: $0[2], outcome: $0[3], resolvedAt: $0[4])
            }
            let updatedAt = try Int64.fetchOne(db, sql: "SELECT updated_at FROM payments WHERE id = ?", arguments: [id])
            return PaymentTimeline(
                payment: record, updatedAt: updatedAt ?? record.createdAt,
                operations: try Self.operations(db, payment: id), events: events, conflicts: conflicts)
        }
    }

    /// Its Create, which shares its row's id, and what names it.
    private static func operations(_ db: Database, payment id: Int64) throws -> [TimelineOperation] {
        let ids = try Int64.fetchAll(
            db,
            sql: """
                SELECT id FROM operations WHERE id = :payment \
                UNION SELECT id FROM operations WHERE payment_id = :payment ORDER BY 1
                """, arguments: ["payment": id])
        return try ids.compactMap { id in
            guard let status = try OperationStatus.fetch(db, id: id),
                let row = try Row.fetchOne(
                    db, sql: "SELECT key, settled_at FROM operations WHERE id = ?", arguments: [id])
            else { return nil }
            return TimelineOperation(
                status: status, key: row[0], settledAt: row[1],
                refund: status.kind == .refund ? try RefundRecord.fetch(db, id: id) : nil,
                failure: status.kind == .capture || status.kind == .void
                    ? try finishedAction(db, id)?.failure : nil)
        }
    }
}
