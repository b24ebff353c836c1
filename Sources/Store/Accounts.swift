// Merchants that have connected, without their credentials (a payment of an unknown one is declined with 3041).

import GRDB
public import WixPayments

/// A merchant's account as kept after a successful Connect.
public struct Account: Sendable, Hashable {
    /// Wix's id of the merchant.
    public var wixMerchantId: String
    /// Live or sandbox: one account each.
    public var mode: Mode
    /// The PSP's id of the account; never changes for the life of the account (spec §3).
    public var accountId: String
    /// ISO 3166-1 alpha-2, as last told.
    public var country: String?
    /// ISO 4217, as last told.
    public var currency: String?

    /// Creates an account.
    public init(wixMerchantId: String, mode: Mode, accountId: String, country: String?, currency: String?) {
        self.wixMerchantId = wixMerchantId
        self.mode = mode
        self.accountId = accountId
        self.country = country
        self.currency = currency
    }
}

extension Store {
    /// Keeps an account; a reconnect updates it.
    public func keep(_ account: Account, now: Int64) async throws(StoreError) {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO accounts (wix_merchant_id, mode, account_id, country, currency, connected_at, \
                    updated_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (wix_merchant_id, mode) DO UPDATE SET \
                    account_id = excluded.account_id, country = excluded.country, currency = excluded.currency, \
                    updated_at = excluded.updated_at
                    """,
                arguments: [
                    account.wixMerchantId, account.mode.rawValue, account.accountId, account.country,
                    account.currency, now, now,
                ])
        }
    }

    /// The account of a merchant in a mode.
    public func account(wixMerchantId: String, mode: Mode) throws(StoreError) -> Account? {
        try read { db in
            try Row.fetchOne(
                db,
                sql: "SELECT account_id, country, currency FROM accounts WHERE wix_merchant_id = ? AND mode = ?",
                arguments: [wixMerchantId, mode.rawValue]
            ).map {
                Account(
                    wixMerchantId: wixMerchantId, mode: mode, accountId: $0[0], country: $0[1], currency: $0[2])
            }
        }
    }
}

extension Store {
    private static let turnPause = Duration.milliseconds(10)

    /// Runs `body` while nobody else runs one for the same key, in this process or another. Nil when its turn does not
    /// come until `deadline`.
    public func withTurn<T>(
        of key: String, until deadline: ContinuousClock.Instant,
        _ body: () async throws(StoreError) -> T
    ) async throws(StoreError) -> T? {
        // The kernel drops the lock when the file is closed at the end of this scope, or when the process dies.
        let file = try LockFile(path: path + ".owners")
        let offset = OwnerLock.turnOffset(of: key)
        while !ByteLock.tryTake(file.descriptor, offset) {
            guard ContinuousClock.now < deadline else { return nil }
            try? await Task.sleep(for: Self.turnPause)
        }
        let result = try await body()
        _ = consume file
        return result
    }
}
