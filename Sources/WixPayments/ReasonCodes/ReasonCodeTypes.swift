// The five contexts of reason codes (spec §10).
// Used by answers and events, one type each.

/// A payment was declined: Create Transaction answers and `event.transaction`.
public struct DeclineCode: DeclinedReasonCode {
    /// General and declined codes.
    public static let groups: Set<ReasonCodeGroup> = [.general, .declined]
    /// The number.
    public let rawValue: Int

    /// Nil when the code is not a general or declined one.
    public init?(rawValue: Int) {
        guard Self.fits(rawValue) else { return nil }
        self.rawValue = rawValue
    }
}

/// A payment is pending: Create Transaction answers and `event.transaction`.
public struct PendingCode: ReasonCode {
    /// 5005 and 5009.
    public static let groups: Set<ReasonCodeGroup> = [.pending]
    /// 5009.
    public static var fallback: Self { general }
    /// 5005, a fraud engine wants a person to look.
    public static var fraudReview: Self { listed(5005) }
    /// 5009, any other reason to wait.
    public static var general: Self { listed(5009) }
    /// The number.
    public let rawValue: Int

    /// Nil unless 5005 or 5009.
    public init?(rawValue: Int) {
        guard Self.fits(rawValue) else { return nil }
        self.rawValue = rawValue
    }
}

/// A refund failed: Refund Transaction answers and `event.refund`.
public struct RefundFailureCode: FailureReasonCode {
    /// General and refund codes, and 6000.
    public static let groups: Set<ReasonCodeGroup> = [.general, .refundDeclined]
    /// 3022.
    public static var refundNotAllowed: Self { listed(3022) }
    /// 3023.
    public static var paymentAlreadyRefunded: Self { listed(3023) }
    /// 3024.
    public static var partialRefundNotAllowed: Self { listed(3024) }
    /// 3025.
    public static var insufficientFundsForRefund: Self { listed(3025) }
    /// 3032.
    public static var refundAttemptsExceeded: Self { listed(3032) }
    /// 3033.
    public static var refundTimeLimitExceeded: Self { listed(3033) }
    /// The number.
    public let rawValue: Int

    /// Nil when the code is not a general one, a refund one or 6000.
    public init?(rawValue: Int) {
        guard Self.fits(rawValue) || rawValue == generalErrorNumber else { return nil }
        self.rawValue = rawValue
    }
}

/// A merchant could not be connected: Connect Account answers.
public struct ConnectionFailureCode: FailureReasonCode {
    /// General and account connection codes, and 6000.
    public static let groups: Set<ReasonCodeGroup> = [.general, .accountConnection]
    /// 2000.
    public static var merchantAccountIsNotActive: Self { listed(2000) }
    /// 2001.
    public static var merchantAccountBlockedOrRestricted: Self { listed(2001) }
    /// 2002.
    public static var merchantAccountInvalid: Self { listed(2002) }
    /// 2007.
    public static var paymentMethodIsNotActivated: Self { listed(2007) }
    /// 2008.
    public static var merchantAccountIsInTestMode: Self { listed(2008) }
    /// 2009.
    public static var merchantAccountDoesNotMatchCurrency: Self { listed(2009) }
    /// The number.
    public let rawValue: Int

    /// Nil when the code is not a general one, an account connection one or 6000.
    public init?(rawValue: Int) {
        guard Self.fits(rawValue) || rawValue == generalErrorNumber else { return nil }
        self.rawValue = rawValue
    }
}

/// A capture or void failed: their answers, `event.capture` and `event.void`. Wix's own auth-and-capture codes are not
/// known (spec §10, §17), so the fallbacks that it names there have to do: 6000, and declined codes such as 3031.
public struct ActionFailureCode: DeclinedReasonCode {
    /// General and declined codes.
    public static let groups: Set<ReasonCodeGroup> = [.general, .declined]
    /// The number.
    public let rawValue: Int

    /// Nil when the code is not a general or declined one.
    public init?(rawValue: Int) {
        guard Self.fits(rawValue) else { return nil }
        self.rawValue = rawValue
    }
}

/// 6000 stands in the declined table and is valid in every failure context.
private let generalErrorNumber = 6000
