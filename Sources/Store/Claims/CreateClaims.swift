// Claiming a payment: the first half of "one effect per key" (design rules 3, 4 and 6).

import GRDB
public import Payments
public import WixPayments

/// A Create call, ready to be claimed.
public struct NewPayment: Sendable {
    /// The payment as asked for.
    public var payment: Payment
    /// Where its buyer may be sent back to.
    public var returnURLs: ReturnURLs?
    /// Why it must not run: it is then stored as declined, with its event, and nothing is claimed.
    public var refusal: Failure<DeclineCode>?
    /// Refuse it with 3041 unless its merchant has connected in this mode.
    public var requireConnectedMerchant: Bool
    /// The call's request id.
    public var requestID: String?

    /// Creates the claim's input.
    public init(
        _ payment: Payment, returnURLs: ReturnURLs? = nil, refusal: Failure<DeclineCode>? = nil,
        requireConnectedMerchant: Bool = false, requestID: String? = nil
    ) {
        self.payment = payment
        self.returnURLs = returnURLs
        self.refusal = refusal
        self.requireConnectedMerchant = requireConnectedMerchant
        self.requestID = requestID
    }
}

/// What a Create call meets in the idempotency cache.
public enum CreateClaim: Sendable {
    /// The caller owns it and calls the processor next.
    case claimed(Claim, PaymentRecord)
    /// Declined in the same commit; `event` waits for its release.
    case refused(PaymentRecord, event: Int64)
    /// Known already.
    case existing(OperationStatus, PaymentRecord)
}

extension Store {
    /// Claims a payment, on disk before it returns, or tells what is known of it. Throws `full` before anything else
    /// when the disk's reserve is used up.
    public func claim(_ new: NewPayment, now: Int64) async throws(StoreError) -> CreateClaim {
        try room.demand()
        let owner = owner.owner
        return try await write { db in
            let known = try Self.payment(
                db, wixTransactionId: new.payment.wixTransactionId, derivedID: new.payment.pluginTransactionId)
            if let (status, record) = known { return .existing(status, record) }
            var payment = new.payment
            let refusal = try new.refusal ?? Self.merchantRefusal(db, new)
            let event = refusal.map { payment.apply(.declined($0)) }
            let id = try OperationStatus.insert(
                db, .create, key: payment.wixTransactionId, pluginID: payment.pluginTransactionId, payment: nil,
                owner: refusal == nil ? owner : nil, now: now)
            let record = PaymentRecord(id: id, payment: payment, returnURLs: new.returnURLs, createdAt: now)
            try record.insert(db, requestID: new.requestID, now: now)
            guard case .changed(let event?) = event else {
                return .claimed(Claim(operation: id, payment: id, generation: 1), record)
            }
            let stored = try NewEvent(
                event: event, payment: id, operation: id, requestID: new.requestID, now: now
            ).insert(db)
            return .refused(record, event: stored)
        }
    }

    /// How long a claim that the processor never received may be run again by Wix's repeat, in milliseconds
    /// (design rule 8).
    public static let repeatWindowMilliseconds: Int64 = 30_000

    /// Takes over a claim that was handed over and that the processor never received. Nil when it is not to be had.
    public func reclaim(_ status: OperationStatus, now: Int64) async throws(StoreError) -> Claim? {
        let owner = owner.owner
        return try await write { db in
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE operations SET owner = ?, generation = generation + 1, lookup_at = NULL, \
                    not_found_at = NULL WHERE id = ? AND generation = ? AND settled_at IS NULL AND owner IS NULL \
                    AND not_found_at > ?
                    """)
            try statement.execute(arguments: [
                owner, status.id, status.generation, now - Self.repeatWindowMilliseconds,
            ])
            guard db.changesCount == 1 else { return nil }
            return Claim(operation: status.id, payment: status.payment, generation: status.generation + 1)
        }
    }

    private static func merchantRefusal(_ db: Database, _ new: NewPayment) throws -> Failure<DeclineCode>? {
        guard new.requireConnectedMerchant, let merchant = new.payment.wixMerchantId else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT 1 FROM accounts WHERE wix_merchant_id = ? AND mode = ?")
        let known = try Int.fetchOne(statement, arguments: [merchant, new.payment.mode.rawValue]) != nil
        guard !known else { return nil }
        return Failure(
            .invalidAccount, errorCode: "MERCHANT_NOT_CONNECTED",
            errorMessage: "The merchant has not connected an account in this mode")
    }
}

extension PaymentRecord {
    init(id: Int64, payment: Payment, returnURLs: ReturnURLs?, createdAt: Int64) {
        self.id = id
        self.payment = payment
        self.returnURLs = returnURLs
        self.createdAt = createdAt
        processorState = nil
        checkAt = nil
        checks = 0
        expiresAt = nil
        retiredAt = nil
    }
}
