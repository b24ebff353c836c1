// Claiming and settling refunds; the remainder is checked in the transaction that claims (design rule 9).

import GRDB
public import Payments
public import WixPayments

/// A refund as stored.
public struct RefundRecord: Sendable, Hashable {
    /// Its row, and its operation's.
    public let id: Int64
    /// The payment's row; nil when the payment is unknown.
    public let payment: Int64?
    /// The refund itself.
    public var refund: Refund
}

/// A Refund call, ready to be claimed.
public struct NewRefund: Sendable {
    /// Wix's id of the payment.
    public var wixTransactionId: String
    /// The plugin id that pspd derives from it.
    public var derivedTransactionId: String
    /// The plugin id that the call names.
    public var namedTransactionId: String?
    /// Wix's id of the refund.
    public var wixRefundId: String
    /// The plugin id of the refund.
    public var pluginRefundId: String
    /// Minor units; nil: all that remains.
    public var amount: Int64?
    /// Why it must not run: it is then stored as failed, with its event.
    public var refusal: Failure<RefundFailureCode>?
    /// The call's request id.
    public var requestID: String?

    /// Creates the claim's input.
    public init(
        wixTransactionId: String, derivedTransactionId: String, namedTransactionId: String?, wixRefundId: String,
        pluginRefundId: String, amount: Int64?, refusal: Failure<RefundFailureCode>? = nil, requestID: String? = nil
    ) {
        self.wixTransactionId = wixTransactionId
        self.derivedTransactionId = derivedTransactionId
        self.namedTransactionId = namedTransactionId
        self.wixRefundId = wixRefundId
        self.pluginRefundId = pluginRefundId
        self.amount = amount
        self.refusal = refusal
        self.requestID = requestID
    }
}

/// What a Refund call meets in the idempotency cache.
public enum RefundClaim: Sendable {
    /// The caller owns it and calls the processor next; the record's amount is what to refund.
    case claimed(Claim, RefundRecord, PaymentRecord)
    /// Failed in the same commit; `event` waits for its release.
    case refused(RefundRecord, event: Int64?)
    /// Known already.
    case existing(OperationStatus, RefundRecord)
}

/// What became of a refund's outcome.
public enum RefundSettlement: Sendable {
    /// It ended the refund; `event` waits for its release.
    case settled(RefundRecord, event: Int64?)
    /// The refund had ended before.
    case unchanged(RefundRecord)
    /// It had ended before in the other way, which is what Wix was told: kept as a conflict.
    case conflict(RefundRecord)
    /// The claim passed to somebody else.
    case superseded(RefundRecord)

    /// The refund as it stands now.
    public var record: RefundRecord {
        switch self {
        case .settled(let record, _), .unchanged(let record), .conflict(let record), .superseded(let record): record
        }
    }

    /// The event that this settlement stored.
    public var event: Int64? {
        if case .settled(_, let event) = self { event } else { nil }
    }
}

extension Store {
    /// Claims a refund, on disk before it returns, or tells what is known of it.
    public func claim(_ new: NewRefund, now: Int64) async throws(StoreError) -> RefundClaim {
        try room.demand()
        let owner = owner.owner
        return try await write { db in
            if let (status, record) = try Self.refund(
                db, wixRefundId: new.wixRefundId, pluginRefundId: new.pluginRefundId)
            {
                return .existing(status, record)
            }
            var payment = try Self.payment(
                db, wixTransactionId: new.wixTransactionId, derivedID: new.derivedTransactionId)?.1
            let decision = Self.decide(new, &payment)
            let amount: Int64?
            let state: RefundState
            switch decision {
            case .success(let minorUnits): (amount, state) = (minorUnits, .claimed)
            case .failure(let refusal): (amount, state) = (new.amount, .failed(refusal.failure))
            }
            let refund = Refund(
                wixTransactionId: new.wixTransactionId, wixRefundId: new.wixRefundId,
                pluginRefundId: new.pluginRefundId, amount: amount, state: state)
            let id = try OperationStatus.insert(
                db, .refund, key: new.wixRefundId, pluginID: new.pluginRefundId, payment: payment?.id,
                owner: state == .claimed ? owner : nil, now: now)
            let record = RefundRecord(id: id, payment: payment?.id, refund: refund)
            try record.insert(db, now: now)
            if let payment, state == .claimed {
                try payment.update(db, now: now)
                return .claimed(Claim(operation: id, payment: payment.id, generation: 1), record, payment)
            }
            let event = try refund.event.map {
                try NewEvent(event: $0, payment: payment?.id, operation: id, requestID: new.requestID, now: now)
                    .insert(db)
            }
            return .refused(record, event: event)
        }
    }

    /// Settles a claimed refund and releases or books its reserved amount.
    public func settle(
        _ claim: Claim, _ outcome: RefundOutcome, source: OutcomeSource = .answer, requestID: String?, now: Int64
    ) async throws(StoreError) -> RefundSettlement {
        try await write { db in
            guard var record = try RefundRecord.fetch(db, id: claim.operation), let id = record.payment,
                let status = try OperationStatus.fetch(db, id: claim.operation)
            else { throw StoreError(.damaged, "a claimed refund is not there") }
            if status.isSettled {
                guard record.refund.contradicts(outcome) else { return .unchanged(record) }
                try Self.recordConflict(
                    db, payment: id, source: source, state: "refund \(record.refund.state.name)",
                    outcome: outcome.name, now: now)
                return .conflict(record)
            }
            if status.generation != claim.generation { return .superseded(record) }
            var payment = try Self.record(db, id)
            guard payment.payment.finish(&record.refund, outcome) else { return .unchanged(record) }
            try record.update(db, now: now)
            try payment.update(db, now: now)
            _ = try OperationStatus.settle(db, claim, now: now)
            let event = try record.refund.event.map {
                try NewEvent(event: $0, payment: id, operation: record.id, requestID: requestID, now: now).insert(db)
            }
            return .settled(record, event: event)
        }
    }

    /// What is known of the refund with these ids, from the latest commit.
    public func refund(
        wixRefundId: String, pluginRefundId: String
    ) throws(StoreError) -> (OperationStatus, RefundRecord)? {
        try read { try Self.refund($0, wixRefundId: wixRefundId, pluginRefundId: pluginRefundId) }
    }

    /// The refund of row `id` with its operation.
    public func refund(id: Int64) throws(StoreError) -> (OperationStatus, RefundRecord)? {
        try read { db in
            guard let status = try OperationStatus.fetch(db, id: id), let record = try RefundRecord.fetch(db, id: id)
            else { return nil }
            return (status, record)
        }
    }

    private static func refund(
        _ db: Database, wixRefundId: String, pluginRefundId: String
    ) throws -> (OperationStatus, RefundRecord)? {
        guard let status = try OperationStatus.fetch(db, .refund, key: wixRefundId, pluginID: pluginRefundId) else {
            return nil
        }
        guard let record = try RefundRecord.fetch(db, id: status.id) else {
            throw StoreError(.damaged, "a refund's operation has no refund")
        }
        return (status, record)
    }

    private static func decide(_ new: NewRefund, _ payment: inout PaymentRecord?) -> Result<Int64, RefundRefusal> {
        if let refusal = new.refusal { return .failure(RefundRefusal(refusal)) }
        guard var record = payment else { return .failure(.unknownPayment) }
        if let named = new.namedTransactionId, named != record.payment.pluginTransactionId {
            return .failure(.foreignPayment)
        }
        if record.retiredAt != nil { return .failure(.tooLate) }
        let decision = record.payment.beginRefund(of: new.amount)
        payment = record
        return decision
    }
}

extension RefundRecord {
    private static let columns = """
        id, payment_id, wix_transaction_id, wix_refund_id, plugin_refund_id, amount, state, reason_code, \
        error_code, error_message
        """

    init(_ row: Columns) throws {
        let state: RefundState
        switch row.text(6) {
        case "claimed": state = .claimed
        case "succeeded": state = .succeeded
        case "failed": state = .failed(Failure(row, from: 7))
        default: throw StoreError(.damaged, "refunds.state holds an unknown word")
        }
        id = row.integer(0)
        payment = row.optionalInteger(1)
        refund = Refund(
            wixTransactionId: row.text(2), wixRefundId: row.optionalText(3), pluginRefundId: row.text(4),
            amount: row.optionalInteger(5), state: state)
    }

    static func fetch(_ db: Database, id: Int64) throws -> RefundRecord? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM refunds WHERE id = ?")
        return try statement.first([id], RefundRecord.init)
    }

    /// The refund of a payment with this plugin id.
    static func fetch(_ db: Database, pluginRefundId: String, payment: Int64) throws -> RefundRecord? {
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM refunds WHERE payment_id = ? AND plugin_refund_id = ?")
        return try statement.first([payment, pluginRefundId], RefundRecord.init)
    }

    /// The refund of any payment with this plugin id, by its operation.
    static func fetch(_ db: Database, pluginRefundId: String) throws -> RefundRecord? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns) FROM refunds WHERE plugin_refund_id = ? \
                AND id IN (SELECT id FROM operations WHERE key_hash = ? AND kind = 'refund')
                """)
        let hash = OperationKind.hash(ofRefundID: pluginRefundId)
        return try statement.first([pluginRefundId, hash], RefundRecord.init)
    }

    func insert(_ db: Database, now: Int64) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO refunds (\(Self.columns), created_at, updated_at) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let columns = refund.state.columns
        try statement.execute(arguments: [
            id, payment, refund.wixTransactionId, refund.wixRefundId, refund.pluginRefundId, refund.amount,
            columns.name, columns.failure.code, columns.failure.errorCode, columns.failure.errorMessage, now, now,
        ])
    }

    func update(_ db: Database, now: Int64) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE refunds SET state = ?, reason_code = ?, error_code = ?, error_message = ?, updated_at = ? \
                WHERE id = ?
                """)
        let columns = refund.state.columns
        try statement.execute(arguments: [
            columns.name, columns.failure.code, columns.failure.errorCode, columns.failure.errorMessage, now, id,
        ])
    }
}

extension RefundState {
    /// The word for this state in the store and in commands.
    public var name: String { columns.name }

    var columns: (name: String, failure: FailureColumns) {
        switch self {
        case .claimed: ("claimed", FailureColumns())
        case .succeeded: ("succeeded", FailureColumns())
        case .failed(let failure): ("failed", FailureColumns(failure))
        }
    }
}

extension RefundOutcome {
    /// The outcome in words, for conflicts.
    var name: String { self == .succeeded ? "refund succeeded" : "refund failed" }
}
