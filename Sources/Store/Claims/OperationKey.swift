// The idempotency key and the claim that is made on it (design rules 4 and 8).

/// What may be done once.
public enum OperationKind: String, Sendable, Hashable {
    /// Create Transaction, keyed by `wixTransactionId`.
    case create
    /// Refund Transaction, keyed by `wixRefundId`.
    case refund
    /// A capture attempt.
    case capture
    /// A void attempt.
    case void
}

/// The right, and the duty, to bring one operation to its end.
public struct Claim: Sendable, Hashable {
    /// The operation's row.
    public let operation: Int64
    /// The payment's row; nil for a refund of an unknown payment.
    public let payment: Int64?
    /// Which claim this is; settling is conditional on it, so that of two owners one wins.
    public let generation: Int64
}

extension OperationKind {
    /// The index value of a plugin id: its first 64 bits. Ids that pspd derives are hex of a SHA-256, so equal values
    /// mean equal ids but for chance; callers compare the text as well.
    static func hash(ofPluginID id: String) -> Int64? {
        guard id.utf8.count == 32, let bits = UInt64(id.prefix(16), radix: 16) else { return nil }
        return Int64(bitPattern: bits)
    }

    /// The index value of a refund's plugin id, which for a refund that began at the PSP is the gateway's own: of one in
    /// another form than pspd's, its hash. Callers compare the text as well.
    static func hash(ofRefundID id: String) -> Int64 {
        hash(ofPluginID: id) ?? Int64(bitPattern: id.stableHash)
    }

    /// The index value of an id that pspd has derived, by which a claim is found again.
    static func hash(ofDerivedID id: String) -> Int64 {
        guard let hash = hash(ofPluginID: id) else { preconditionFailure("not an id that pspd derives") }
        return hash
    }
}
