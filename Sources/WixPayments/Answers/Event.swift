// What Wix is told by Submit Event (spec §6.2).
// Made from an outcome in the commit that settles it; its bytes never change after (design rule 10).

/// Exactly one of Wix's kinds of event.
public enum Event: Sendable, Hashable {
    /// Of a payment; at most one pending before the final one (spec §6.4).
    case transaction(TransactionEvent)
    /// Of a refund.
    case refund(RefundEvent)
    /// Of a capture.
    case capture(ActionEvent)
    /// Of a void.
    case void(ActionEvent)

    /// The whole body, `{"event":{…}}`. The same event gives the same bytes: names are sorted.
    public func json() -> [UInt8] {
        var members = WireMembers()
        let kind: String
        switch self {
        case .transaction(let event):
            kind = "transaction"
            members.wixTransactionId = event.wixTransactionId
            members.set(event.outcome)
        case .refund(let event):
            kind = "refund"
            members.wixTransactionId = event.wixTransactionId
            members.wixRefundId = event.wixRefundId
            members.pluginRefundId = event.pluginRefundId
            members.amount = String(event.amountMinorUnits)
            if let failure = event.failure { members.set(failure) }
        case .capture(let event):
            kind = "capture"
            members.set(event)
        case .void(let event):
            kind = "void"
            members.set(event)
        }
        return Array(#"{"event":{"\#(kind)":"#.utf8) + members.json() + Array("}}".utf8)
    }
}

/// A payment was approved, declined or is pending.
public struct TransactionEvent: Sendable, Hashable {
    /// The payment at Wix.
    public let wixTransactionId: String
    /// The same as in the answer.
    public let outcome: TransactionOutcome

    /// What became of a payment.
    public init(wixTransactionId: String, outcome: TransactionOutcome) {
        self.wixTransactionId = wixTransactionId
        self.outcome = outcome
    }
}

/// A refund succeeded or failed.
public struct RefundEvent: Sendable, Hashable {
    /// The payment at Wix.
    public let wixTransactionId: String
    /// The PSP's id of the refund: Wix's key, so never that of another refund (spec §6.4).
    public let pluginRefundId: String
    /// 0...; a string on the wire.
    public let amountMinorUnits: Int64
    /// Nil for a refund begun at the PSP.
    public let wixRefundId: String?
    /// Nil when it succeeded.
    public let failure: Failure<RefundFailureCode>?

    /// What became of a refund.
    public init(
        wixTransactionId: String, pluginRefundId: String, amountMinorUnits: Int64, wixRefundId: String?,
        failure: Failure<RefundFailureCode>? = nil
    ) {
        self.wixTransactionId = wixTransactionId
        self.pluginRefundId = pluginRefundId
        self.amountMinorUnits = amountMinorUnits
        self.wixRefundId = wixRefundId
        self.failure = failure
    }
}

/// A capture or void succeeded or failed.
public struct ActionEvent: Sendable, Hashable {
    /// The payment at Wix.
    public let wixTransactionId: String
    /// 0...; a string on the wire.
    public let amountMinorUnits: Int64
    /// Nil when it succeeded.
    public let failure: Failure<ActionFailureCode>?

    /// What became of a capture or void.
    public init(wixTransactionId: String, amountMinorUnits: Int64, failure: Failure<ActionFailureCode>? = nil) {
        self.wixTransactionId = wixTransactionId
        self.amountMinorUnits = amountMinorUnits
        self.failure = failure
    }
}
