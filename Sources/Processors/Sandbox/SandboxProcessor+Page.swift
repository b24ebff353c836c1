// What the sandbox's buyer page asks of the acquirer: which payment an address opens, and what a decision does to it.

import Foundation
public import Payments
import WixPayments

/// What a buyer may do on the sandbox's page; the raw value is the button's.
public enum SandboxDecision: String, Sendable, CaseIterable {
    /// Pay.
    case approve
    /// Be refused by the bank (3012).
    case decline
    /// Fail 3-D Secure (3004).
    case failThreeDSecure = "fail-3ds"
    /// Leave without paying (3030).
    case cancel
    /// Leave the outcome open (5005); approved after `pending-seconds`.
    case pending
}

extension SandboxProcessor {
    /// Whether `token` opens the page of this payment.
    public func opens(_ known: ProcessorPayment, token: String) -> Bool {
        guard let expected = SandboxState(known.state).pageToken, expected.utf8.count == token.utf8.count else {
            return false
        }
        // Every byte is looked at, so that the time tells nothing about where a guess was wrong.
        return zip(expected.utf8, token.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Whether the page stands for a card's 3-D Secure.
    public func isThreeDSecure(_ known: ProcessorPayment) -> Bool { SandboxState(known.state).isThreeDSecure == true }

    /// Carries out what the buyer decided. The caller sees to it that one decision on a payment is taken at a time.
    public func decide(
        _ decision: SandboxDecision, _ known: ProcessorPayment
    ) throws(OutcomeUnknown) -> PaymentReport {
        var state = SandboxState(known.state)
        switch decision {
        case .approve:
            guard let amount = known.payment.amount else { throw OutcomeUnknown("a redirected payment has no amount") }
            return try chargeOnce(known.payment, amount, state)
        case .decline: return PaymentReport(.declined(Self.failure(.insufficientFunds)))
        case .failThreeDSecure: return PaymentReport(.declined(Self.failure(.threeDSecureFailed)))
        case .cancel: return PaymentReport(.declined(Self.failure(.buyerCanceled)))
        case .pending:
            let wait = Int64(settings.pendingSeconds * 1_000)
            // The page's token stays: a second submission is sent back as the first one was.
            state.resolvesAt = Self.milliseconds() + wait
            return PaymentReport(
                .pending(Failure(.fraudReview)), processorState: state.encoded, checkAfterMilliseconds: wait)
        }
    }
}
