// How an operation stands in the idempotency cache.

import GRDB

/// One row of the idempotency cache.
public struct OperationStatus: Sendable, Hashable {
    /// Its row.
    public let id: Int64
    /// What it does.
    public let kind: OperationKind
    /// The payment's row; nil for a refund of an unknown payment.
    public let payment: Int64?
    /// Minor units of a capture or void.
    public let amount: Int64?
    /// Which claim is the valid one.
    public let generation: Int64
    /// Who holds it; nil once it was handed over.
    public let owner: Int64?
    /// Milliseconds since 1970.
    public let claimedAt: Int64
    /// Whether its outcome is known and stored.
    public let isSettled: Bool
    /// Handed over: when the processor is asked next, milliseconds since 1970.
    public let lookupAt: Int64?
    /// How often it was asked.
    public let lookups: Int
    /// When the processor said that it never received this, milliseconds since 1970.
    public let notFoundAt: Int64?
    /// Handed over, and the processor never received it: Wix's repeat may run it again (design rule 8).
    public var isLost: Bool { !isSettled && owner == nil && notFoundAt != nil }
    /// The claim that is valid now.
    public var claim: Claim { Claim(operation: id, payment: payment, generation: generation) }
}

extension OperationStatus {
    private static let names = [
        "id", "kind", "payment_id", "amount", "generation", "owner", "claimed_at", "settled_at", "lookup_at", "lookups",
        "not_found_at",
    ]
    static let columns = names.joined(separator: ", ")
    /// For joins in which `operations` is called `o`.
    static let joinedColumns = names.map { "o." + $0 }.joined(separator: ", ")
    /// For rows that hold a status and something else after it.
    static let columnCount = names.count

    /// Reads the first columns.
    init(_ row: Columns) throws {
        guard let kind = OperationKind(rawValue: row.text(1)) else {
            throw StoreError(.damaged, "operations.kind holds an unknown word")
        }
        id = row.integer(0)
        self.kind = kind
        payment = kind == .create ? id : row.optionalInteger(2)
        amount = row.optionalInteger(3)
        generation = row.integer(4)
        owner = row.optionalInteger(5)
        claimedAt = row.integer(6)
        isSettled = !row.isNull(7)
        lookupAt = row.optionalInteger(8)
        lookups = Int(row.integer(9))
        notFoundAt = row.optionalInteger(10)
    }

    /// The operation of this kind with this Wix id; `pluginID` is the id derived from it.
    static func fetch(_ db: Database, _ kind: OperationKind, key: String, pluginID: String) throws -> Self? {
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM operations WHERE key_hash = ? AND kind = ? AND key = ?")
        return try statement.first(
            [OperationKind.hash(ofDerivedID: pluginID), kind.rawValue, key], Self.init)
    }

    static func fetch(_ db: Database, id: Int64) throws -> Self? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM operations WHERE id = ?")
        return try statement.first([id], Self.init)
    }

    /// Appends a running operation owned by `owner`; nil when it is settled in this very commit.
    static func insert(
        _ db: Database, _ kind: OperationKind, key: String, pluginID: String?, payment: Int64?, amount: Int64? = nil,
        owner: Int64?, now: Int64
    ) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO operations (kind, key, key_hash, payment_id, amount, generation, owner, claimed_at, \
                settled_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            kind.rawValue, key,
            pluginID.flatMap {
                kind == .refund ? OperationKind.hash(ofRefundID: $0) : OperationKind.hash(ofPluginID: $0)
            },
            payment, amount, owner, now,
            owner == nil ? now : nil,
        ])
        return db.lastInsertedRowID
    }

    /// Marks the operation settled if the claim's generation is still the valid one. Returns whether it was.
    static func settle(_ db: Database, _ claim: Claim, now: Int64) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE operations SET settled_at = ?, owner = NULL, lookup_at = NULL \
                WHERE id = ? AND generation = ? AND settled_at IS NULL
                """)
        try statement.execute(arguments: [now, claim.operation, claim.generation])
        return db.changesCount == 1
    }
}
