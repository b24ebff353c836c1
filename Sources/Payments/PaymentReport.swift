// What comes back from a processor.

/// A processor's word on a payment, with what it wants kept.
public struct PaymentReport: Sendable, Hashable {
    /// The outcome.
    public var outcome: PaymentOutcome
    /// Opaque to pspd: kept in the payment's row and handed back; nil keeps what is there.
    public var processorState: String?
    /// Milliseconds after which the processor expects to know more; nil: the usual schedule.
    public var checkAfterMilliseconds: Int64?

    /// Creates a report; only the outcome is needed.
    public init(_ outcome: PaymentOutcome, processorState: String? = nil, checkAfterMilliseconds: Int64? = nil) {
        self.outcome = outcome
        self.processorState = processorState
        self.checkAfterMilliseconds = checkAfterMilliseconds
    }
}
