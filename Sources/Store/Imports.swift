// `pspd store import`: merchants and finished payments of a PSP that moves to pspd. Nothing happens to what is known
// already, so an import can be run again.

import GRDB
public import Payments
import WixPayments

/// A payment of another system.
public struct ImportedPayment: Sendable, Hashable {
    /// The payment, in a state in which nothing is open; its plugin id is the one that Wix knows.
    public let payment: Payment
    /// The plugin id that pspd derives from its Wix id, by which calls about it are looked up.
    public let derivedTransactionId: String
    /// When it was made, milliseconds since 1970.
    public let createdAt: Int64

    /// Nil when the payment's state is one that pspd would have to go on with.
    public init?(_ payment: Payment, derivedTransactionId: String, createdAt: Int64) {
        switch payment.state {
        case .claimed, .redirected, .pending, .capturing, .voiding: return nil
        case .authorized, .approved, .captured, .voided, .declined, .canceled, .expired: break
        }
        self.payment = payment
        self.derivedTransactionId = derivedTransactionId
        self.createdAt = createdAt
    }
}

/// What became of an imported row.
public enum ImportResult: Sendable, Hashable {
    /// It is in the store now.
    case imported
    /// It was there already.
    case known
    /// Its id stands for something else in the store, which stays as it is.
    case conflicting
}

extension Store {
    /// Imports payments in one commit. No event is made: the other system has told Wix.
    public func importPayments(_ payments: [ImportedPayment], now: Int64) async throws(StoreError) -> [ImportResult] {
        try room.demand()
        return try await write { db in try payments.map { try Self.importOne(db, $0, now: now) } }
    }

    /// Imports merchants' accounts in one commit. A merchant who has connected to pspd stays as he is.
    public func importAccounts(_ accounts: [Account], now: Int64) async throws(StoreError) -> [ImportResult] {
        try room.demand()
        return try await write { db in
            try accounts.map { account in
                let statement = try db.cachedStatement(
                    sql: """
                        INSERT OR IGNORE INTO accounts (wix_merchant_id, mode, account_id, country, currency, \
                        connected_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                        """)
                try statement.execute(arguments: [
                    account.wixMerchantId, account.mode.rawValue, account.accountId, account.country, account.currency,
                    now, now,
                ])
                if db.changesCount == 1 { return .imported }
                let known = try db.cachedStatement(
                    sql: "SELECT account_id FROM accounts WHERE wix_merchant_id = ? AND mode = ?"
                ).first([account.wixMerchantId, account.mode.rawValue]) { $0.text(0) }
                return known == account.accountId ? .known : .conflicting
            }
        }
    }

    private static func importOne(_ db: Database, _ new: ImportedPayment, now: Int64) throws -> ImportResult {
        let id = new.payment.wixTransactionId
        if let (_, known) = try payment(db, wixTransactionId: id, derivedID: new.derivedTransactionId) {
            let isSame =
                known.payment.pluginTransactionId == new.payment.pluginTransactionId
                && known.payment.amount == new.payment.amount
                && known.payment.wixMerchantId == new.payment.wixMerchantId
            return isSame ? .known : .conflicting
        }
        // Gateways name a payment by this id alone.
        guard try payment(db, pluginID: new.payment.pluginTransactionId) == nil else { return .conflicting }
        let row = try OperationStatus.insert(
            db, .create, key: id, pluginID: new.derivedTransactionId, payment: nil, owner: nil, now: new.createdAt)
        let record = PaymentRecord(id: row, payment: new.payment, returnURLs: nil, createdAt: new.createdAt)
        try record.insert(db, requestID: nil, now: new.createdAt)
        try record.update(db, now: new.createdAt)
        try db.cachedStatement(sql: "UPDATE payments SET imported_at = ? WHERE id = ?").execute(arguments: [now, row])
        return .imported
    }
}
