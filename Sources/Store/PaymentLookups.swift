// Finding a payment together with its Create operation, in one statement: this is all that a repeat costs.

import GRDB

extension Store {
    /// What is known of the payment with these ids, from the latest commit; `pluginTransactionId` is the one that pspd
    /// derives, whatever the payment's own is.
    public func payment(
        wixTransactionId: String, pluginTransactionId: String
    ) throws(StoreError) -> (OperationStatus, PaymentRecord)? {
        try read { try Self.payment($0, wixTransactionId: wixTransactionId, derivedID: pluginTransactionId) }
    }

    /// The payment with this plugin id, which is how gateways and buyers' pages name it.
    public func payment(pluginTransactionId id: String) throws(StoreError) -> (OperationStatus, PaymentRecord)? {
        try read { try Self.payment($0, pluginID: id) }
    }

    /// The payment of row `id` with its Create operation.
    public func payment(id: Int64) throws(StoreError) -> (OperationStatus, PaymentRecord)? {
        try read { try Self.payment($0, id: id) }
    }

    // MARK: Inside a transaction

    static func payment(
        _ db: Database, wixTransactionId: String, derivedID: String
    ) throws -> (OperationStatus, PaymentRecord)? {
        try payment(db, byWixID, [OperationKind.hash(ofDerivedID: derivedID), wixTransactionId])
    }

    static func payment(_ db: Database, pluginID id: String) throws -> (OperationStatus, PaymentRecord)? {
        if let hash = OperationKind.hash(ofPluginID: id), let found = try payment(db, byPluginID, [hash, id]) {
            return found
        }
        return try payment(db, byForeignID, [id])
    }

    static func payment(_ db: Database, id: Int64) throws -> (OperationStatus, PaymentRecord)? {
        try payment(db, byRow, [id])
    }

    private static func payment(
        _ db: Database, _ sql: String, _ arguments: StatementArguments
    ) throws -> (OperationStatus, PaymentRecord)? {
        try db.cachedStatement(sql: sql).first(arguments) { row in
            guard !row.isNull(OperationStatus.columnCount) else {
                throw StoreError(.damaged, "a Create operation has no payment")
            }
            return (try OperationStatus(row), try PaymentRecord(row, from: OperationStatus.columnCount))
        }
    }

    private static let byRow = select(where: "o.id = ?")
    private static let byWixID = select(where: "o.key_hash = ? AND o.kind = 'create' AND o.key = ?")
    private static let byPluginID = select(
        where: "o.key_hash = ? AND o.kind = 'create' AND p.plugin_transaction_id = ?")
    private static let byForeignID = select(where: "p.imported_at IS NOT NULL AND p.plugin_transaction_id = ?")

    private static func select(where condition: String) -> String {
        """
        SELECT \(OperationStatus.joinedColumns), \(PaymentRecord.joinedColumns) \
        FROM operations AS o LEFT JOIN payments AS p ON p.id = o.id WHERE \(condition)
        """
    }
}
