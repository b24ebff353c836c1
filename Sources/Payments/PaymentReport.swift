// What comes back from a processor.

import WixPayments

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

extension PaymentReport {
    /// What the answer to the cancel of a late redirect means (design rule 7): a refusal is pspd's own, anything else the
    /// outcome. Nil: the page is still open, so the cancel was not confirmed and the outcome is unknown.
    public func afterLateRedirect(of payment: Payment) -> PaymentReport? {
        var report = self
        switch outcome {
        case .redirect: return nil
        case .declined:
            report.outcome = .declined(payment.isUnattended ? Self.buyerNotPresent : Self.redirectTooLate)
        case .approved, .authorized, .captured, .pending: break
        }
        return report
    }

    private static let redirectTooLate = Failure<DeclineCode>(
        .providerTechnicalError, errorCode: "REDIRECT_TOO_LATE",
        errorMessage: "The payment page was ready only after the buyer had been told to wait")
    private static let buyerNotPresent = Failure<DeclineCode>(
        .threeDSecureFailed, errorCode: "BUYER_NOT_PRESENT",
        errorMessage: "The processor asked for the buyer, who takes no part in this payment")
}
