// Flows of a payment (spec §8) as transcripts; the messages are the example files.

import Payments
import Testing
import WixPayments

@Suite("Transcripts of payments")
struct PaymentTranscripts {
    @Test("A payment is told as its transcript says", arguments: all)
    func play(_ transcript: Transcript) throws { try transcript.play() }

    static let all = answeredAtOnce + pending + redirected + repeats

    private static let limit = PaymentOutcome.declined(
        .code(3019, "LIMIT_EXCEEDED", "The card limit does not cover this payment"))
    private static let unmapped = PaymentOutcome.declined(.code(6000, "PSP-771", "Unmapped processor answer 771"))
    private static let risk = PaymentOutcome.declined(.code(5001, "RISK_REJECTED", "Declined by risk management"))
    private static let notAuthenticated = PaymentOutcome.declined(
        .code(3004, "3DS_NOT_AUTHENTICATED", "The buyer did not pass authentication"))
    private static let voucherExpired = PaymentOutcome.declined(
        .code(3035, "VOUCHER_EXPIRED", "The voucher was not paid in time"))
    private static let review = PaymentOutcome.pending(.code(5005))
    private static let waiting = PaymentOutcome.pending(.code(5009))

    private static let answeredAtOnce = [
        Transcript(
            "A card is approved",
            [Line(.outcome(.approved(.none)), answers: "approved", sends: "transaction.approved")]),
        Transcript(
            "A card is declined",
            [Line(.outcome(limit), answers: "declined", sends: "transaction.declined")]),
        Transcript(
            "A card is declined for a reason without a code of its own",
            [
                Line(
                    .outcome(unmapped), answers: "failure-fallback-6000",
                    sends: Example(
                        "transaction.declined",
                        ["errorCode": "PSP-771", "errorMessage": "Unmapped processor answer 771"], reasonCode: 6000))
            ]),
        Transcript(
            "A wallet is approved and shows its funding card",
            [Line(.outcome(.approved(.wallet)), answers: "approved-wallet", sends: "transaction.approved-wallet")]),
        Transcript(
            "A recurring set-up returns the PSP's token",
            [
                Line(
                    .outcome(.approved(.token)), answers: "recurring-setup.token",
                    sends: "transaction.credentials-on-file.token")
            ]),
        Transcript(
            "A recurring set-up with 3-D Secure returns both network ids",
            [
                Line(
                    .outcome(.approved(.networkWith3DS)), answers: "recurring-setup.network-reference-3ds",
                    sends: "transaction.credentials-on-file.network-reference")
            ]),
        Transcript(
            "A card is verified with an amount of zero", of: 0,
            [
                Line(
                    .outcome(.approved(.network)), answers: "recurring-setup.network-reference",
                    sends: Example("transaction.credentials-on-file.network-reference", without: "dsTransactionId"))
            ]),
        Transcript(
            "An authorization is told as an approval",
            [Line(.outcome(.authorized(.none)), answers: "approved", sends: "transaction.approved")]),
    ]

    private static let pending = [
        Transcript(
            "A payment under review is approved later",
            [
                Line(.outcome(review), answers: "pending-fraud-review", sends: "transaction.pending-fraud-review"),
                Line(.outcome(review), .nothingNew, answers: "pending-fraud-review"),
                Line(.outcome(.approved(.none)), answers: "approved", sends: "transaction.approved"),
            ]),
        Transcript(
            "A payment under review is declined later",
            [
                Line(.outcome(review), answers: "pending-fraud-review", sends: "transaction.pending-fraud-review"),
                Line(.outcome(risk), sends: "transaction.fraud-declined-after-pending"),
                Line(.create, .nothingNew),
            ]),
        Transcript(
            "A slow processor is answered for with 5009; the review it then reports is no second pending event",
            [
                Line(.outcome(waiting), answers: "pending-general", sends: "transaction.pending-general"),
                Line(.outcome(review), .nothingNew, answers: "pending-general"),
                Line(.outcome(.authorized(.wallet)), answers: "approved-wallet", sends: "transaction.approved-wallet"),
            ]),
        Transcript(
            "A page that is ready after 5009 was answered is not shown: it is canceled, then declined with 1003",
            [
                Line(.outcome(waiting), answers: "pending-general", sends: "transaction.pending-general"),
                Line(.outcome(.redirect(to: .sample)), .lateRedirect, answers: "pending-general"),
                Line(
                    .outcome(.declined(.code(1003, "REDIRECT_TOO_LATE", "Too late"))),
                    sends: Example(
                        "transaction.declined", ["errorCode": "REDIRECT_TOO_LATE", "errorMessage": "Too late"],
                        reasonCode: 1003)),
            ]),
        Transcript(
            "A voucher is never paid",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.outcome(waiting), answers: "pending-general", sends: "transaction.pending-general"),
                Line(.pageExpires, .nothingNew, answers: "pending-general"),
                Line(.outcome(voucherExpired), sends: "transaction.expired"),
            ]),
    ]

    private static let redirected = [
        Transcript(
            "A buyer pays on the page",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.create, .nothingNew, answers: "redirect"),
                Line(.outcome(.approved(.none)), answers: "approved", sends: "transaction.approved"),
            ]),
        Transcript(
            "A page on which the buyer left the payment pending is no late one when it is told again",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.outcome(waiting), answers: "pending-general", sends: "transaction.pending-general"),
                Line(.outcome(.redirect(to: .sample)), .nothingNew, answers: "pending-general"),
                Line(.outcome(.approved(.none)), answers: "approved", sends: "transaction.approved"),
            ]),
        Transcript(
            "A buyer fails 3-D Secure",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.outcome(notAuthenticated), sends: "transaction.declined-3ds"),
            ]),
        Transcript(
            "A buyer cancels on the page, and its expiry has nothing left to do",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.outcome(.declined(.buyerLeft)), sends: "transaction.canceled"),
                Line(.pageExpires, .nothingNew),
            ]),
        Transcript(
            "A buyer leaves the page, and pays in another tab after it has expired: a conflict, Wix hears no more",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.pageExpires, sends: "transaction.canceled"),
                Line(.outcome(.declined(.buyerLeft)), .nothingNew),
                Line(.outcome(.approved(.none)), .conflict),
                Line(.create, .nothingNew),
            ]),
        Transcript(
            "A page keeps its first address while the buyer is on it",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.outcome(.redirect(to: .other)), .nothingNew, answers: "redirect"),
            ]),
    ]

    private static let repeats = [
        Transcript(
            "A repeat of Create answers the latest state, never an older one",
            [
                Line(.outcome(.redirect(to: .sample)), answers: "redirect"),
                Line(.create, .nothingNew, answers: "redirect"),
                Line(.outcome(limit), answers: "declined", sends: "transaction.declined"),
                Line(.create, .nothingNew, answers: "declined"),
                Line(.outcome(.redirect(to: .sample)), .nothingNew, answers: "declined"),
                Line(.outcome(review), .nothingNew, answers: "declined"),
            ]),
        Transcript(
            "An approval stays as it was first told",
            [
                Line(.outcome(.approved(.wallet)), answers: "approved-wallet", sends: "transaction.approved-wallet"),
                Line(.outcome(.approved(.token)), .nothingNew, answers: "approved-wallet"),
                Line(.outcome(.authorized(.none)), .nothingNew, answers: "approved-wallet"),
                Line(.outcome(limit), .conflict, answers: "approved-wallet"),
            ]),
        Transcript(
            "An authorized, captured and refunded payment still answers Create with success",
            [
                Line(.outcome(.authorized(.none)), answers: "approved", sends: "transaction.approved"),
                Line(.call(.capture, 4250), .runs(1), answers: "approved"),
                Line(.ends(.capture, 4250, .succeeded), answers: "approved", sends: "capture.success"),
                Line(.refund(RefundID.first, nil), .refund(of: 4250)),
                Line(.refundEnds(RefundID.first, .succeeded), sends: "refund.wix-initiated.success"),
                Line(.create, .nothingNew, answers: "approved"),
            ]),
    ]
}
