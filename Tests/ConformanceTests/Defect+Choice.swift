// Which defects a run tries. The short form has what spec §16 documents and one of each kind of check; TESTS_LONG=1
// (`deploy/test --long`) tries all of them, which takes some minutes; TESTS_DEFECTS=takes503,noUserAgent those.

import Foundation

extension Defect {
    static let chosen: [Defect] = {
        let environment = ProcessInfo.processInfo.environment
        if let names = environment["TESTS_DEFECTS"] {
            return names.split(separator: ",").compactMap { Defect(rawValue: String($0)) }
        }
        return environment["TESTS_LONG"] == "1" ? Defect.allCases : documented + oneOfEachKind
    }()

    /// Spec §16: Wix's sample, and other public code.
    static let documented: [Defect] = [
        .missingHeaderPasses, .expiryMayBeMissing, .hashesReserialisedBody, .hangsWithoutOrder,
        .refundRepeatAddsAgain, .oneRefundIdForAll, .hundredthsInEveryCurrency, .noPendingEvent, .eventsArray,
        .inventedStatus, .amountAsNumber, .approvalWithCode, .pendingAfterFinal, .noUserAgent, .bearerPrefix,
        .tokenCached, .neverRetries, .takes503,
    ]

    private static let oneOfEachKind: [Defect] = [
        // Digest: body, key, algorithm, clock, encoding.
        .bodyHashIgnored, .signatureIgnored, .algNonePasses, .noClockSkew, .hashesASCIIBody,
        .hangsUpWithoutHeader,
        // Transport and schema.
        .declineIs402, .answersGET, .hangsOnGarbage, .unknownMembersRefused, .amountsOf32Bits,
        // Connect and Create.
        .noAccountId, .wrongConnectionCode, .approvesAll, .legacyCode, .relativeRedirect, .alwaysSuccessURL,
        .redirectWithoutPluginId, .countryRequiredInBusinessTerms, .connectUnknownMembersRefusedInBusinessTerms,
        .oneAccountForAll, .emptyCredentialsOnFile, .noCredentialsOnFileInEvent, .walletsCrash,
        // Once, also at once and after changes.
        .repeatPaysAgain, .racingPayments, .refundChangesCreate, .racingRefundIds,
        // Refunds, captures, voids.
        .refundsTooMuch, .refundIdsPerPayment, .absentAmountIsAll, .tooMuchRefundIs400, .racingRefunds, .capturesVoided,
        .racingActions, .voidsAnyAmount,
        // Events: there, right, in order.
        .noUserAgentInStrictOrder, .pluginIdInActions, .approvalWithPendingCode, .returnsOverItsOwnPages,
        .twoPendingEvents, .wholeAmountInRefundEvents, .firstWixRefundIdInAll, .noApprovalEvent, .otherErrorMessage,
        .unorderedEvents,
        .cancelIsDecline,
        // Retries: bad answers, no answer, tokens.
        .takesHTML, .takesTimeouts, .retryChangesPayload, .token500IsFinal,
        // Limits.
        .largeRequestsRefused, .tenPaymentsAtOnce, .longErrorCode,
    ]
}
