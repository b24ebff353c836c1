// Refunds: how much of a payment may go back, and what Wix hears of it (design rule 9, spec §5).

public import WixPayments

/// Where a refund stands.
public enum RefundState: Sendable, Hashable {
    /// Claimed; the processor's outcome is not known yet.
    case claimed
    /// The money went back.
    case succeeded
    /// Refused for good; the payment is as it was.
    case failed(Failure<RefundFailureCode>)
}

/// One refund of one payment.
public struct Refund: Sendable, Hashable {
    /// The payment's id at Wix.
    public let wixTransactionId: String
    /// Wix's id of this refund, the idempotency key; nil for refunds that began at the PSP (spec §8).
    public let wixRefundId: String?
    /// pspd's id of this refund, unique per refund (spec §6.4).
    public let pluginRefundId: String
    /// Minor units of the payment's currency; nil when a malformed request did not tell.
    public let amount: Int64?
    /// Where it stands.
    public internal(set) var state: RefundState

    /// Creates a refund, by default a freshly claimed one.
    public init(
        wixTransactionId: String,
        wixRefundId: String?,
        pluginRefundId: String,
        amount: Int64?,
        state: RefundState = .claimed
    ) {
        self.wixTransactionId = wixTransactionId
        self.wixRefundId = wixRefundId
        self.pluginRefundId = pluginRefundId
        self.amount = amount
        self.state = state
    }
}

/// How a refund ended at the processor.
public enum RefundOutcome: Sendable, Hashable {
    /// The money went back.
    case succeeded
    /// Refused.
    case failed(Failure<RefundFailureCode>)
}

extension Payment {
    /// Minor units that were taken and can go back, running refunds counted as gone.
    public var refundable: Int64 { max(0, charged - refunding - refunded) }

    /// Minor units that the buyer was charged.
    public var charged: Int64 {
        switch state {
        case .approved: amount?.minorUnits ?? 0
        case .captured(let amount): amount
        default: 0
        }
    }

    /// Checks a refund and reserves its amount; an absent amount means all that remains (spec §5).
    ///
    /// - Returns: the minor units to refund, or why not: 3023 when all is refunded already, 3022 otherwise.
    public mutating func beginRefund(of asked: Int64?) -> Result<Int64, RefundRefusal> {
        guard charged > 0 else { return .failure(.notCaptured) }
        guard refunded < charged else { return .failure(.alreadyRefunded) }
        let amount = asked ?? refundable
        guard amount > 0 else { return .failure(.nothingToRefund) }
        guard amount <= refundable else { return .failure(.aboveRemainder) }
        refunding += amount
        return .success(amount)
    }

    /// Ends a running refund: releases its reservation and keeps what went back. Returns false when it had ended
    /// already (the refund stays as it is; see `Refund.contradicts(_:)`).
    public mutating func finish(_ refund: inout Refund, _ outcome: RefundOutcome) -> Bool {
        precondition(refund.wixTransactionId == wixTransactionId, "a refund ends in its own payment")
        guard refund.state == .claimed else { return false }
        let amount = refund.amount ?? 0
        refunding = max(0, refunding - amount)
        switch outcome {
        case .succeeded:
            refund.state = .succeeded
            keepRefunded(amount)
        case .failed(let failure): refund.state = .failed(failure)
        }
        return true
    }

    /// Takes in a refund that happened at the PSP. It is never refused, since the money is gone; returns false when
    /// it exceeds what remained, which an operator has to see (design, Gateway contract).
    public mutating func recordRefund(of amount: Int64) -> Bool {
        precondition(amount >= 0, "a refund never takes money")
        let fits = amount <= refundable
        keepRefunded(amount)
        return fits
    }

    /// A sum that the PSP's own refunds would drive out of range stays at the largest: all is refunded.
    private mutating func keepRefunded(_ amount: Int64) {
        let (sum, isOutOfRange) = refunded.addingReportingOverflow(amount)
        refunded = isOutOfRange ? .max : sum
    }
}

extension Refund {
    /// The event that ends this refund at Wix; nil while it runs.
    public var event: Event? {
        let failure: Failure<RefundFailureCode>?
        switch state {
        case .claimed: return nil
        case .succeeded: failure = nil
        case .failed(let reason): failure = reason
        }
        return .refund(
            RefundEvent(
                wixTransactionId: wixTransactionId,
                pluginRefundId: pluginRefundId,
                amountMinorUnits: amount ?? 0,
                wixRefundId: wixRefundId,
                failure: failure
            ))
    }

    /// What Refund is answered with in the present state; nil while it runs.
    public var answer: RefundTransactionResponse? {
        switch state {
        case .claimed: nil
        case .succeeded: .succeeded(pluginRefundId: pluginRefundId)
        case .failed(let failure): .failed(pluginRefundId: pluginRefundId, failure)
        }
    }

    /// Whether an outcome that comes after this refund has ended contradicts what Wix was told of it: to be kept as a
    /// conflict (design rule 9).
    public func contradicts(_ outcome: RefundOutcome) -> Bool {
        switch state {
        case .claimed: false
        case .succeeded: outcome != .succeeded
        case .failed: outcome == .succeeded
        }
    }
}

/// Why a refund may not run.
public struct RefundRefusal: Error, Hashable {
    /// What Wix and the merchant are told.
    public let failure: Failure<RefundFailureCode>

    /// Creates a refusal from what Wix is told.
    public init(_ failure: Failure<RefundFailureCode>) { self.failure = failure }

    private init(_ code: RefundFailureCode, _ errorCode: String, _ errorMessage: String) {
        self.init(Failure(code, errorCode: errorCode, errorMessage: errorMessage))
    }

    /// No money was taken: not captured, declined, voided, or a payment of zero.
    public static let notCaptured = Self(.refundNotAllowed, "NOT_CAPTURED", "No money was taken that could go back")
    /// All that was taken went back.
    public static let alreadyRefunded = Self(
        .paymentAlreadyRefunded, "ALREADY_REFUNDED", "The payment is refunded already")
    /// The amount is zero, or was left out while running refunds hold all that remains.
    public static let nothingToRefund = Self(
        .refundNotAllowed, "NOTHING_TO_REFUND", "The amount is zero, or running refunds hold all that remains")
    /// More than remains.
    public static let aboveRemainder = Self(
        .refundNotAllowed, "AMOUNT_ABOVE_REMAINDER", "The amount is above what remains, running refunds counted")
    /// The payment is older than what retention keeps in full.
    public static let tooLate = Self(
        Failure(.refundTimeLimitExceeded, errorCode: "REFUND_TOO_LATE", errorMessage: nil))
    /// No payment with this id (spec §10: 6000).
    public static let unknownPayment = Self(
        .generalError, "TRANSACTION_NOT_FOUND", "No payment with this wixTransactionId")
    /// The call names the plugin id of another payment (design rule 6).
    public static let foreignPayment = Self(
        .generalError, "TRANSACTION_MISMATCH", "pluginTransactionId is not this payment's")
}
