// Which code fits which context, and what becomes of codes that don't.

import Testing

@testable import WixPayments

@Suite("Reason codes")
struct ReasonCodeTests {
    /// The groups that each context takes by spec §10, apart from 6000.
    private static let contexts: [(any ReasonCode.Type, Set<String>)] = [
        (DeclineCode.self, ["general", "declined"]),
        (PendingCode.self, ["pending"]),
        (RefundFailureCode.self, ["general", "refund_declined"]),
        (ConnectionFailureCode.self, ["general", "account_connection"]),
        (ActionFailureCode.self, ["general", "declined"]),
    ]

    @Test("Each context takes the codes of its groups and no other", arguments: 0..<contexts.count)
    func fit(index: Int) throws {
        let (type, groups) = Self.contexts[index]
        for row in try Fixtures.rows(of: "reason-codes.csv", columns: 4) {
            let code = try #require(Int(row[0]))
            let fits = groups.contains(row[1]) || (code == 6000 && type != PendingCode.self)
            #expect((type.init(rawValue: code) != nil) == fits, "\(code) in \(type)")
        }
        for code in [Int.min, -1, 0, 1014, 5008, 9999, Int.max] { #expect(type.init(rawValue: code) == nil) }
    }

    @Test("Every legacy code has a current one, and only those")
    func legacy() {
        let legacy = ReasonCodeTable.rows.filter { $0.group.rawValue.hasSuffix("_legacy") }.map(\.code)
        #expect(Set(legacy) == Set(LegacyReasonCodes.current.keys))
        for code in LegacyReasonCodes.current.values {
            #expect(ReasonCodeTable.row(of: code)?.group.rawValue.hasSuffix("_legacy") == false)
        }
    }

    @Test(
        "A gateway's code becomes one that fits",
        arguments: [
            (3012, 3012), (3005, 3004), (3027, 3031), (1001, 1003), (2000, 6000), (5005, 6000), (3022, 6000),
            (42, 6000),
            (nil, 6000),
        ] as [(Int?, Int)])
    func fromGateway(given: Int?, sent: Int) {
        #expect(DeclineCode(fromGateway: given).rawValue == sent)
        #expect(ActionFailureCode(fromGateway: given).rawValue == sent)
    }

    @Test("A gateway's refund code becomes one that fits", arguments: [(3025, 3025), (3012, 6000), (1008, 1006)])
    func fromGatewayRefund(given: Int, sent: Int) {
        #expect(RefundFailureCode(fromGateway: given).rawValue == sent)
    }

    @Test("A gateway's connection code becomes one that fits", arguments: [(2009, 2009), (2004, 2002), (3041, 6000)])
    func fromGatewayConnection(given: Int, sent: Int) {
        #expect(ConnectionFailureCode(fromGateway: given).rawValue == sent)
    }

    @Test("A gateway's pending code is 5009 unless it is 5005", arguments: [(5005, 5005), (5009, 5009), (6000, 5009)])
    func fromGatewayPending(given: Int, sent: Int) {
        #expect(PendingCode(fromGateway: given).rawValue == sent)
        #expect(PendingCode(fromGateway: nil) == .general)
    }

    /// Every constant by name with its number: a constant that does not fit its context would trap here.
    @Test("The named codes have their numbers")
    func names() {
        let declined: [(DeclineCode, Int)] = [
            (.providerAccessError, 1002),
            (.providerTechnicalError, 1003),
            (.requiredFieldsMissing, 1004),
            (.malformedBankResponse, 1005),
            (.requestIsNotAllowed, 1006),
            (.invalidFormat, 1007),
            (.invalidValue, 1009),
            (.testMode, 1010),
            (.paymentMethodNotAvailable, 1012),
            (.refundTechnicalError, 1013),
            (.generalError, 6000),
            (.generalBankDecline, 3000),
            (.invalidAmount, 3001),
            (.transactionTypeIsNotSupported, 3002),
            (.currencyIsNotSupported, 3003),
            (.threeDSecureFailed, 3004),
            (.countryIsNotSupported, 3006),
            (.addressVerificationFailed, 3008),
            (.avsCvcCheckFailed, 3011),
            (.insufficientFunds, 3012),
            (.cardExpired, 3013),
            (.invalidExpirationDate, 3014),
            (.invalidCardNumber, 3015),
            (.invalidCvv, 3016),
            (.cardTypeNotSupported, 3017),
            (.tooManyRequests, 3018),
            (.cardLimitExceeded, 3019),
            (.testCardDeclined, 3020),
            (.receivingLimit, 3026),
            (.insufficientFundsWallet, 3028),
            (.expiredPaymentSource, 3029),
            (.buyerCanceled, 3030),
            (.transactionActionAlreadyCommitted, 3031),
            (.installmentsFailed, 3034),
            (.transactionExpired, 3035),
            (.invalidPin, 3036),
            (.terminalNotAvailable, 3037),
            (.securityViolation, 3040),
            (.invalidAccount, 3041),
            (.doNotTryAgain, 3042),
            (.buyerRevokedAuthorization, 3043),
            (.bankNotificationFailed, 3044),
            (.mandateCanceled, 3045),
            (.mandateNotActive, 3046),
            (.cartAmountDoesNotMatchOrder, 4000),
            (.billingAddressMissing, 4001),
            (.shippingAddressMissing, 4002),
            (.zipCodeMissing, 4003),
            (.phoneNumberMissingOrInvalid, 4004),
            (.lostOrStolenCard, 5000),
            (.riskManagementDeclined, 5001),
            (.restrictedOrBlockedCard, 5002),
            (.restrictedOrBlockedBuyer, 5003),
            (.riskBankDecline, 5006),
            (.pickUpCard, 5007),
        ]
        for (code, number) in declined {
            #expect(code.rawValue == number)
            #expect(ActionFailureCode(rawValue: number) != nil)
        }
        let refund: [(RefundFailureCode, Int)] = [
            (.refundNotAllowed, 3022),
            (.paymentAlreadyRefunded, 3023),
            (.partialRefundNotAllowed, 3024),
            (.insufficientFundsForRefund, 3025),
            (.refundAttemptsExceeded, 3032),
            (.refundTimeLimitExceeded, 3033),
            (.generalError, 6000),
            (.refundTechnicalError, 1013),
        ]
        for (code, number) in refund { #expect(code.rawValue == number) }
        let connection: [(ConnectionFailureCode, Int)] = [
            (.merchantAccountIsNotActive, 2000),
            (.merchantAccountBlockedOrRestricted, 2001),
            (.merchantAccountInvalid, 2002),
            (.paymentMethodIsNotActivated, 2007),
            (.merchantAccountIsInTestMode, 2008),
            (.merchantAccountDoesNotMatchCurrency, 2009),
            (.generalError, 6000),
        ]
        for (code, number) in connection { #expect(code.rawValue == number) }
        #expect(PendingCode.fraudReview.rawValue == 5005)
        #expect(PendingCode.general.rawValue == 5009)
    }
}
