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
    public var refundable: Int64 { max(0, charged - refunded - refunding) }

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
        guard charged > 0 else { return .failure(RefundRefusal(.refundNotAllowed, "NOT_CAPTURED")) }
        guard refunded < charged else { return .failure(RefundRefusal(.paymentAlreadyRefunded, "ALREADY_REFUNDED")) }
        let amount = asked ?? refundable
        guard amount > 0, amount <= refundable else {
            return .failure(RefundRefusal(.refundNotAllowed, "AMOUNT_ABOVE_REMAINDER"))
        }
        refunding += amount
        return .success(amount)
    }

    /// Ends a running refund: releases its reservation and keeps what went back. Returns false when it had ended
    /// already (the refund stays as it is).
    public mutating func finish(_ refund: inout Refund, _ outcome: RefundOutcome) -> Bool {
        guard refund.state == .claimed else { return false }
        let amount = refund.amount ?? 0
        refunding = max(0, refunding - amount)
        switch outcome {
        case .succeeded:
            refund.state = .succeeded
            refunded += amount
        case .failed(let failure): refund.state = .failed(failure)
        }
        return true
    }

    /// Takes in a refund that happened at the PSP. It is never refused, since the money is gone; returns false when
    /// it exceeds what remained, which an operator has to see (design, Gateway contract).
    public mutating func recordRefund(of amount: Int64) -> Bool {
        let fits = amount <= refundable
        refunded += amount
        return fits
    }
}

/// Why a refund may not run.
public struct RefundRefusal: Error, Hashable {
    /// What Wix and the merchant are told.
    public let failure: Failure<RefundFailureCode>

    /// Creates a refusal from what Wix is told.
    public init(_ failure: Failure<RefundFailureCode>) { self.failure = failure }

    init(_ code: RefundFailureCode, _ errorCode: String) {
        self.init(Failure(code, errorCode: errorCode, errorMessage: nil))
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
}

extension RefundRefusal {
    /// No payment with this id (spec §10: 6000).
    public static let unknownPayment = RefundRefusal(
        Failure(
            .generalError, errorCode: "TRANSACTION_NOT_FOUND", errorMessage: "No payment with this wixTransactionId"))
    /// The call names the plugin id of another payment (design rule 6).
    public static let foreignPayment = RefundRefusal(
        Failure(
            .generalError, errorCode: "TRANSACTION_MISMATCH",
            errorMessage: "pluginTransactionId is not this payment's"))
}
