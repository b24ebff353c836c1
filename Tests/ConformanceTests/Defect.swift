// The ways in which the test PSP can be wrong, one at a time, and the checks that must then turn red, and no others.
// Those that spec §16 documents in Wix's sample and in other public code are marked.

@testable import WixEmulator

enum Defect: String, CaseIterable, Sendable {
    // MARK: Digest
    case refusesAll, headerNameByCase, missingHeaderPasses, missingHeaderPassesAtRefund, bodyHashIgnored
    case signatureIgnored, expiryIgnored, algNonePasses, hmacPasses, hashMayBeMissing, expiryMayBeMissing
    case issueTimeMayBeMissing, garbagePasses, prefixIgnored, hashCaseMatters, noClockSkew, knownClaimsOnly
    case refusesInBusinessTerms, actsBeforeVerifying, hashesReserialisedBody, hashesASCIIBody, hangsUpWithoutHeader

    // MARK: Transport
    case htmlContentType, declineIs402, failedRefundIs404, refusedConnectionIs401, answersGET, hangsOnGarbage
    case slowRefunds

    // MARK: Schema
    case unknownMembersRefused, itemsRequired, hangsWithoutOrder, missingOrderIs400, amountStringsRefused
    case nullsRefused, unknownEnumsRefused, modeRequired, methodRequired, zeroCrashes, amountsOf32Bits
    case currenciesWithTwoDigitsOnly, walletsCrash

    // MARK: Connect
    case noAccountId, newAccountEachTime, credentialDropped, credentialsWithNumbers, wrongConnectionCode
    case countryRequired, connectUnknownMembersRefused, countryRequiredInBusinessTerms
    case connectUnknownMembersRefusedInBusinessTerms, oneAccountForAll

    // MARK: Create
    case declinesAll, noPluginId, onePluginIdForAll, approvesAll, pendingIsApproved, relativeRedirect, pageMissing
    case redirectsOffSession, noAuthorizations, legacyCode, codeAsString, redirectBesideCode, sendsStatus
    case silentGeneralError, alwaysSuccessURL, redirectWithoutPluginId, emptyCredentialsOnFile

    // MARK: Idempotency
    case repeatPaysAgain, racingPayments, claimsAfterPaying, declineForgotten, otherAmountPaysAgain
    case refundChangesCreate, captureChangesCreate, voidChangesCreate, pendingForEver, newPageEachTime
    case failedPageRepeated, refundRepeatIsNew, refundRepeatAddsAgain, racingRefundIds, failedRefundRepeatSucceeds

    // MARK: Refunds
    case noFullRefunds, noRefundId, onePartialRefundOnly, oneRefundIdForAll, refundsTooMuch, partsNotAdded
    case racingRefunds, refundsUnknownPayments, refundAmountRequired, hundredthsInEveryCurrency, knownReasonsOnly
    case refundsDeclined, refundsAuthorized, refundsNoCaptures, refundIdsPerPayment, absentAmountIsAll
    case tooMuchRefundIs400

    // MARK: Captures and voids
    case noCaptures, captureRepeatIs409, capturesVoided, capturesTooMuch, racingActions, unknownCaptureIs404, noVoids
    case voidRepeatIs409, voidsCaptured, voidsAnyAmount

    // MARK: Events
    case noApprovalEvent, noDeclineEvent, noPendingEvent, noFinalEvent, noAuthorizationEvent, noCaptureEvent
    case noVoidEvent, noRefundEvent, noFailedRefundEvent, wrongCaptureAmount, noWixRefundId, lateEvents
    case changedDuplicate, unorderedEvents, eventOnRedirect, cancelIsDecline, eventsArray, inventedStatus
    case amountAsNumber, codeAsStringInEvent, approvalWithCode, approvalWithPendingCode, legacyCodeInEvent,
        otherErrorMessage, pendingAfterFinal, noUserAgent
    case plainTextEvents, bearerPrefix, tokenCached, wrongScope, noUserAgentInStrictOrder, pluginIdInActions
    case wholeAmountInRefundEvents, firstWixRefundIdInAll, noCredentialsOnFileInEvent

    // MARK: Retries
    case neverRetries, takes503, takes429, takes403, takesHTML, takesAnyContentType, takesAnyObject, takesBrokenJSON
    case takes204, takesRedirect, takesCutAnswers, takesTimeouts, retriesOnce, retryChangesPayload, retryKeepsToken
    case token500IsFinal, token401IsFinal, tokenHTMLIsFinal

    // MARK: None: ways to keep the rules that must not turn anything red
    case returnsOverItsOwnPages, twoPendingEvents, redirectsEveryPayment

    // MARK: Limits
    case largeRequestsRefused, tenPaymentsAtOnce, longErrorCode, longPluginId
}

extension Defect {
    /// Which checks must find it.
    var red: Set<String> { Self.table[self] ?? [] }

    /// The only checks that are run, where the defect makes all others slow; nil: all.
    var scope: [String]? {
        switch self {
        case .slowRefunds: ["transport"]
        case .lateEvents: ["events.prompt", "events.approved", "events.user-agent"]
        case .racingPayments, .racingRefunds, .racingRefundIds: ["idempotency", "refunds"]
        case .racingActions: ["captures", "voids"]
        case .tenPaymentsAtOnce: ["limits", "create.approved"]
        default: nil
        }
    }

    /// Time limits that bring the defect to light; the usual ones are wide, because machines that test are busy.
    func tighten(_ plan: inout CheckPlan) {
        switch self {
        case .slowRefunds: plan.answerSeconds = 0.5
        case .lateEvents: plan.promptSeconds = 0.3
        default: break
        }
    }

    private static let table: [Defect: Set<String>] = [
        .refusesAll: ["digest.genuine"],
        .headerNameByCase: ["digest.header-case"],
        .missingHeaderPasses: ["digest.missing"],  // §16
        .missingHeaderPassesAtRefund: ["digest.every-endpoint"],
        .bodyHashIgnored: ["digest.body"],
        .signatureIgnored: ["digest.signature", "digest.key"],
        .expiryIgnored: ["digest.expired"],
        .algNonePasses: ["digest.alg-none"],
        .hmacPasses: ["digest.alg-hs256"],
        .hashMayBeMissing: ["digest.hash-missing"],
        .expiryMayBeMissing: ["digest.exp-missing"],  // §16: the sample compares with undefined
        .issueTimeMayBeMissing: ["digest.iat-missing"],
        .garbagePasses: ["digest.malformed"],
        .prefixIgnored: ["digest.prefix"],
        .hashCaseMatters: ["digest.hex-case"],
        .noClockSkew: ["digest.clock-skew"],
        .knownClaimsOnly: ["digest.more-claims"],
        .refusesInBusinessTerms: ["digest.refusal-status"],
        .actsBeforeVerifying: ["digest.no-effect"],
        // §16: Wix's own sample.
        .hashesReserialisedBody: [
            "digest.raw-spacing", "digest.raw-escapes", "digest.raw-numbers", "digest.raw-order",
        ],
        .hashesASCIIBody: ["digest.raw-utf8"],
        .hangsUpWithoutHeader: ["digest.missing"],

        .htmlContentType: ["transport.json"],
        .declineIs402: ["transport.declined-status"],
        .failedRefundIs404: ["transport.refund-failure-status"],
        .refusedConnectionIs401: ["transport.connect-failure-status"],
        .answersGET: ["transport.get"],
        .hangsOnGarbage: ["transport.not-json"],
        .slowRefunds: ["transport.answer-time"],

        .unknownMembersRefused: ["schema.unknown-members"],
        .itemsRequired: ["schema.minimal"],
        .hangsWithoutOrder: ["schema.missing-field"],  // §16: the sample on an unexpected error
        .missingOrderIs400: ["schema.missing-field-code"],
        .amountStringsRefused: ["schema.amount-string"],
        .nullsRefused: ["schema.nulls"],
        .unknownEnumsRefused: ["schema.unknown-enums"],
        .modeRequired: ["schema.modes"],
        .methodRequired: ["schema.hosted-page"],
        .zeroCrashes: ["schema.zero-amount"],
        .amountsOf32Bits: ["schema.large-amount"],
        .walletsCrash: ["schema.wallets"],
        .currenciesWithTwoDigitsOnly: ["schema.currencies"],

        .noAccountId: ["connect.success"],
        .newAccountEachTime: ["connect.same-account"],
        .credentialDropped: ["connect.keeps-credentials"],
        .credentialsWithNumbers: ["connect.string-credentials"],
        .wrongConnectionCode: ["connect.refused"],
        .countryRequired: ["connect.optional-fields"],
        .countryRequiredInBusinessTerms: ["connect.optional-fields"],
        .connectUnknownMembersRefusedInBusinessTerms: ["connect.unknown-members"],
        .oneAccountForAll: ["connect.unique-accounts"],
        .connectUnknownMembersRefused: ["connect.unknown-members"],

        .declinesAll: ["create.approved"],
        .noPluginId: ["create.plugin-id"],
        .onePluginIdForAll: ["create.unique-ids"],
        .approvesAll: ["create.declined"],
        .pendingIsApproved: ["create.pending"],
        .relativeRedirect: ["create.redirect"],
        .pageMissing: ["create.redirect-page"],
        .redirectsOffSession: ["create.off-session"],
        .noAuthorizations: ["create.authorize-only"],
        .legacyCode: ["create.reason-codes"],
        .codeAsString: ["create.reason-codes"],
        .redirectBesideCode: ["create.redirect-or-code"],
        .sendsStatus: ["create.no-status"],
        .silentGeneralError: ["create.general-error"],
        .redirectWithoutPluginId: ["create.plugin-id"],
        .emptyCredentialsOnFile: ["create.credentials-on-file", "events.fields"],
        .alwaysSuccessURL: ["create.return-urls"],

        .repeatPaysAgain: ["idempotency.repeat", "idempotency.concurrent"],
        .racingPayments: ["idempotency.concurrent"],
        .claimsAfterPaying: ["idempotency.while-running"],
        .declineForgotten: ["idempotency.repeat-declined"],
        .otherAmountPaysAgain: ["idempotency.other-amount"],
        .refundChangesCreate: ["idempotency.after-refund"],
        .captureChangesCreate: ["idempotency.after-capture"],
        .voidChangesCreate: ["idempotency.after-void"],
        .pendingForEver: ["idempotency.after-pending"],
        .newPageEachTime: ["idempotency.redirect-repeat"],
        .failedPageRepeated: ["idempotency.after-redirect"],
        .refundRepeatIsNew: ["idempotency.refund-repeat", "idempotency.refund-concurrent"],
        .refundRepeatAddsAgain: ["idempotency.refund-counted-once"],  // §16: the sample
        .racingRefundIds: ["idempotency.refund-concurrent"],
        .failedRefundRepeatSucceeds: ["idempotency.refund-failed-repeat"],

        .noFullRefunds: ["refunds.full"],
        .noRefundId: ["refunds.refund-id"],
        .onePartialRefundOnly: ["refunds.partial"],
        .oneRefundIdForAll: ["refunds.distinct-ids"],  // §16: the sample
        .refundsTooMuch: ["refunds.too-much"],
        .partsNotAdded: ["refunds.too-much-in-parts"],
        .racingRefunds: ["refunds.concurrent"],
        .refundsUnknownPayments: ["refunds.unknown-payment"],
        .refundAmountRequired: ["refunds.absent-amount"],
        .hundredthsInEveryCurrency: ["refunds.minor-units"],  // §16
        .knownReasonsOnly: ["refunds.unknown-reason"],
        .refundsDeclined: ["refunds.of-declined"],
        .refundsAuthorized: ["refunds.before-capture"],
        .refundIdsPerPayment: ["refunds.unique-ids"],
        .absentAmountIsAll: ["refunds.absent-amount"],
        .tooMuchRefundIs400: ["transport.refund-failure-status"],
        .refundsNoCaptures: ["refunds.after-capture"],

        .noCaptures: ["captures.capture"],
        .captureRepeatIs409: ["captures.repeat"],
        .capturesVoided: ["captures.after-void"],
        .capturesTooMuch: ["captures.too-much"],
        .racingActions: ["captures.crossed"],
        .unknownCaptureIs404: ["captures.unknown-payment"],
        .noVoids: ["voids.void"],
        .voidRepeatIs409: ["voids.repeat"],
        .voidsCaptured: ["voids.after-capture"],
        .voidsAnyAmount: ["voids.other-amount"],

        .noApprovalEvent: ["events.approved"],
        .noDeclineEvent: ["events.declined"],
        .noPendingEvent: ["events.pending"],  // §16: the sample
        .noFinalEvent: ["events.pending-final"],
        .noAuthorizationEvent: ["events.authorized"],
        .noCaptureEvent: ["events.capture"],
        .noVoidEvent: ["events.void"],
        .noRefundEvent: ["events.refund"],
        .noFailedRefundEvent: ["events.refund-failed"],
        .wrongCaptureAmount: ["events.action-payload"],
        .noCredentialsOnFileInEvent: ["events.matches-answer"],
        .wholeAmountInRefundEvents: ["events.refund-payload"],
        .firstWixRefundIdInAll: ["events.refund-payload"],
        .noWixRefundId: ["events.refund-payload"],
        .lateEvents: ["events.prompt"],
        .changedDuplicate: ["events.duplicates"],
        .unorderedEvents: ["events.order"],
        .eventOnRedirect: ["events.redirect-silent"],
        .cancelIsDecline: ["events.redirect-outcomes"],
        .eventsArray: ["events.envelope"],  // §16
        .inventedStatus: ["events.fields"],  // §16
        .amountAsNumber: ["events.amount-string"],  // §16: the sample
        .codeAsStringInEvent: ["events.reason-code-number"],
        .approvalWithCode: ["events.approval-without-code"],  // §16: orders stay unpaid
        .approvalWithPendingCode: ["events.approval-without-code"],
        .legacyCodeInEvent: ["create.reason-codes", "events.matches-answer"],
        .otherErrorMessage: ["events.matches-answer"],
        .pendingAfterFinal: ["events.one-outcome"],
        .noUserAgent: ["events.user-agent"],  // §16: the sample
        .noUserAgentInStrictOrder: ["events.user-agent"],
        .pluginIdInActions: ["events.fields"],
        .plainTextEvents: ["events.content-type"],
        .bearerPrefix: ["events.authorization"],  // §16
        .tokenCached: ["events.fresh-token", "retries.fresh-token"],
        .wrongScope: ["events.token-request"],

        .neverRetries: ["retries.status-500"],  // §16: the sample
        .takes503: ["retries.status-503"],
        .takes429: ["retries.status-429"],
        .takes403: ["retries.status-403"],
        .takesHTML: ["retries.html"],
        .takesAnyContentType: ["retries.content-type"],
        .takesAnyObject: ["retries.other-object"],
        .takesBrokenJSON: ["retries.broken-json"],
        .takes204: ["retries.no-content"],
        .takesRedirect: ["retries.redirect"],
        .takesCutAnswers: ["retries.cut"],
        .takesTimeouts: ["retries.stall"],
        .retriesOnce: ["retries.keeps-trying"],
        .retryChangesPayload: ["retries.same-payload"],
        .retryKeepsToken: ["retries.fresh-token"],
        .token500IsFinal: ["retries.token-500"],
        .token401IsFinal: ["retries.token-401"],
        .tokenHTMLIsFinal: ["retries.token-html"],

        .largeRequestsRefused: ["limits.large-request"],
        .tenPaymentsAtOnce: ["limits.payments-at-once"],
        .longErrorCode: ["limits.texts"],
        .longPluginId: ["limits.ids"],
    ]
}
