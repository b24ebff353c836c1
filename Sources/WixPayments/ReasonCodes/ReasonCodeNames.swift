// Wix's codes by name (spec §10), spelled after the messages in its tables.
// For whoever makes a `Failure`; the code types take what fits them.

extension FailureReasonCode {
    /// 1002.
    public static var providerAccessError: Self { listed(1002) }
    /// 1003.
    public static var providerTechnicalError: Self { listed(1003) }
    /// 1004.
    public static var requiredFieldsMissing: Self { listed(1004) }
    /// 1005.
    public static var malformedBankResponse: Self { listed(1005) }
    /// 1006.
    public static var requestIsNotAllowed: Self { listed(1006) }
    /// 1007.
    public static var invalidFormat: Self { listed(1007) }
    /// 1009.
    public static var invalidValue: Self { listed(1009) }
    /// 1010.
    public static var testMode: Self { listed(1010) }
    /// 1012.
    public static var paymentMethodNotAvailable: Self { listed(1012) }
    /// 1013.
    public static var refundTechnicalError: Self { listed(1013) }
    /// 6000.
    public static var generalError: Self { listed(6000) }
}

extension DeclinedReasonCode {
    /// 3000.
    public static var generalBankDecline: Self { listed(3000) }
    /// 3001.
    public static var invalidAmount: Self { listed(3001) }
    /// 3002.
    public static var transactionTypeIsNotSupported: Self { listed(3002) }
    /// 3003.
    public static var currencyIsNotSupported: Self { listed(3003) }
    /// 3004.
    public static var threeDSecureFailed: Self { listed(3004) }
    /// 3006.
    public static var countryIsNotSupported: Self { listed(3006) }
    /// 3008.
    public static var addressVerificationFailed: Self { listed(3008) }
    /// 3011.
    public static var avsCvcCheckFailed: Self { listed(3011) }
    /// 3012.
    public static var insufficientFunds: Self { listed(3012) }
    /// 3013.
    public static var cardExpired: Self { listed(3013) }
    /// 3014.
    public static var invalidExpirationDate: Self { listed(3014) }
    /// 3015.
    public static var invalidCardNumber: Self { listed(3015) }
    /// 3016.
    public static var invalidCvv: Self { listed(3016) }
    /// 3017.
    public static var cardTypeNotSupported: Self { listed(3017) }
    /// 3018.
    public static var tooManyRequests: Self { listed(3018) }
    /// 3019.
    public static var cardLimitExceeded: Self { listed(3019) }
    /// 3020.
    public static var testCardDeclined: Self { listed(3020) }
    /// 3026.
    public static var receivingLimit: Self { listed(3026) }
    /// 3028.
    public static var insufficientFundsWallet: Self { listed(3028) }
    /// 3029.
    public static var expiredPaymentSource: Self { listed(3029) }
    /// 3030.
    public static var buyerCanceled: Self { listed(3030) }
    /// 3031.
    public static var transactionActionAlreadyCommitted: Self { listed(3031) }
    /// 3034.
    public static var installmentsFailed: Self { listed(3034) }
    /// 3035.
    public static var transactionExpired: Self { listed(3035) }
    /// 3036.
    public static var invalidPin: Self { listed(3036) }
    /// 3037.
    public static var terminalNotAvailable: Self { listed(3037) }
    /// 3040.
    public static var securityViolation: Self { listed(3040) }
    /// 3041.
    public static var invalidAccount: Self { listed(3041) }
    /// 3042.
    public static var doNotTryAgain: Self { listed(3042) }
    /// 3043.
    public static var buyerRevokedAuthorization: Self { listed(3043) }
    /// 3044.
    public static var bankNotificationFailed: Self { listed(3044) }
    /// 3045.
    public static var mandateCanceled: Self { listed(3045) }
    /// 3046.
    public static var mandateNotActive: Self { listed(3046) }
    /// 4000.
    public static var cartAmountDoesNotMatchOrder: Self { listed(4000) }
    /// 4001.
    public static var billingAddressMissing: Self { listed(4001) }
    /// 4002.
    public static var shippingAddressMissing: Self { listed(4002) }
    /// 4003.
    public static var zipCodeMissing: Self { listed(4003) }
    /// 4004.
    public static var phoneNumberMissingOrInvalid: Self { listed(4004) }
    /// 5000.
    public static var lostOrStolenCard: Self { listed(5000) }
    /// 5001.
    public static var riskManagementDeclined: Self { listed(5001) }
    /// 5002.
    public static var restrictedOrBlockedCard: Self { listed(5002) }
    /// 5003.
    public static var restrictedOrBlockedBuyer: Self { listed(5003) }
    /// 5006.
    public static var riskBankDecline: Self { listed(5006) }
    /// 5007.
    public static var pickUpCard: Self { listed(5007) }
}
