// What comes back from a processor, and when an open payment is asked about again.

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

/// Pending and redirected payments are looked up after 1, 5 and 30 minutes, then hourly: a lost notification never
/// means pending forever (design rule 9).
public enum LookupSchedule {
    /// How old the state is at its first checks.
    private static let agesMinutes: [Int64] = [1, 5, 30]
    private static let everyMinutes: Int64 = 60

    /// Milliseconds from check number `checks` (0: the state was just entered) to the next one.
    public static func delayMilliseconds(afterChecks checks: Int) -> Int64 {
        let done = max(checks, 0)
        guard done < agesMinutes.count else { return everyMinutes * 60_000 }
        return (agesMinutes[done] - (done == 0 ? 0 : agesMinutes[done - 1])) * 60_000
    }
}
