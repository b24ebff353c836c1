// Late outcomes that contradict what Wix was told for good. They are kept until an operator has dealt with each
// (design rule 9).

import GRDB

/// A contradiction that waits for an operator.
public struct Conflict: Sendable, Hashable {
    /// Its row.
    public let id: Int64
    /// The payment's row.
    public let payment: Int64?
    /// The payment's id at Wix.
    public let wixTransactionId: String?
    /// When it came, milliseconds since 1970.
    public let at: Int64
    /// Where it came from; a word of `OutcomeSource`.
    public let source: String
    /// What Wix was told.
    public let state: String
    /// What came instead.
    public let outcome: String
}

extension Store {
    /// Conflicts that nobody has dealt with, oldest first.
    public func openConflicts(limit: Int) throws(StoreError) -> [Conflict] {
        try read { db in
            try db.cachedStatement(
                sql: """
                    SELECT c.id, c.payment_id, p.wix_transaction_id, c.at, c.source, c.state, c.outcome \
                    FROM conflicts AS c LEFT JOIN payments AS p ON p.id = c.payment_id \
                    WHERE c.resolved_at IS NULL ORDER BY c.id LIMIT ?
                    """
            ).all([limit]) { row in
                Conflict(
                    id: row.integer(0), payment: row.optionalInteger(1), wixTransactionId: row.optionalText(2),
                    at: row.integer(3), source: row.text(4), state: row.text(5), outcome: row.text(6))
            }
        }
    }

    /// Notes that an operator has dealt with a conflict. False when there is no such open one.
    public func resolveConflict(id: Int64, now: Int64) async throws(StoreError) -> Bool {
        try await write { db in
            try db.cachedStatement(sql: "UPDATE conflicts SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL")
                .execute(arguments: [now, id])
            return db.changesCount == 1
        }
    }

    // MARK: Inside the transaction

    /// Keeps a conflict. The same contradiction told twice is one, until it is dealt with.
    static func recordConflict(
        _ db: Database, payment: Int64?, source: OutcomeSource, state: String, outcome: String, now: Int64
    ) throws {
        let known = try db.cachedStatement(
            sql: "SELECT 1 FROM conflicts WHERE payment_id IS ? AND outcome = ? AND state = ? AND resolved_at IS NULL"
        ).first([payment, outcome, state]) { _ in true }
        guard known == nil else { return }
        try db.cachedStatement(
            sql: "INSERT INTO conflicts (payment_id, at, source, state, outcome) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [payment, now, source.rawValue, state, outcome])
    }
}
