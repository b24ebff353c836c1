// Refunds (spec §5 and §8, design rule 9) as transcripts; the messages are the example files.

import Payments
import Testing
import WixPayments

@Suite("Transcripts of refunds")
struct RefundTranscripts {
    @Test("A refund is told as its transcript says", arguments: all)
    func play(_ transcript: Transcript) throws { try transcript.play() }

    static let all = fromWix + fromPSP

    /// The event of a refund that was refused at its claim.
    static func refused(_ refusal: RefundRefusal, _ amount: Int64, _ wixRefundId: String) -> Example {
        let failure = refusal.failure
        return Example(
            "refund.wix-initiated.failure",
            [
                "amount": "\(amount)", "wixRefundId": wixRefundId, "pluginRefundId": RefundID.plugin(wixRefundId),
                "errorCode": failure.errorCode ?? "", "errorMessage": failure.errorMessage ?? "",
            ], reasonCode: failure.code.rawValue)
    }

    private static let approved = Line(.outcome(.approved(.none)), answers: "approved", sends: "transaction.approved")
    private static let noFunds = RefundOutcome.failed(
        .code(3025, "MERCHANT_BALANCE_LOW", "The merchant balance does not cover this refund"))

    private static let fromWix = [
        Transcript(
            "A payment is refunded in full, and a repeat answers the same",
            [
                approved,
                Line(.refund(RefundID.first, 4250), .refund(of: 4250)),
                Line(.refund(RefundID.first, 4250), .nothingNew),
                Line(.refundEnds(RefundID.first, .succeeded), sends: "refund.wix-initiated.success"),
                Line(.refund(RefundID.first, 4250), .nothingNew, answers: "success"),
                Line(
                    .refund(RefundID.second, 1), .refused(.alreadyRefunded),
                    sends: refused(.alreadyRefunded, 1, RefundID.second)),
            ]),
        Transcript(
            "A failed refund leaves the payment as it was, and stays failed",
            [
                approved,
                Line(.refund(RefundID.first, 4250), .refund(of: 4250)),
                Line(.refundEnds(RefundID.first, noFunds), sends: "refund.wix-initiated.failure"),
                Line(.refund(RefundID.first, 4250), .nothingNew, answers: "failure"),
                Line(.refundEnds(RefundID.first, .succeeded), .conflict),
                Line(.refund(RefundID.second, nil), .refund(of: 4250)),
            ]),
        Transcript(
            "Partial refunds go on until nothing remains; an absent amount is what remains",
            [
                approved,
                Line(.refund(RefundID.second, 1250), .refund(of: 1250)),
                Line(.refundEnds(RefundID.second, .succeeded), sends: "refund.wix-initiated.partial"),
                Line(
                    .refund(RefundID.third, 3001), .refused(.aboveRemainder),
                    sends: refused(.aboveRemainder, 3001, RefundID.third)),
                Line(.refund(RefundID.first, nil), .refund(of: 3000)),
                Line(
                    .refundEnds(RefundID.first, .succeeded),
                    sends: Example("refund.wix-initiated.success", ["amount": "3000"])),
                Line(.refund("a", nil), .refused(.alreadyRefunded), sends: refused(.alreadyRefunded, 0, "a")),
            ]),
        Transcript(
            "Running refunds count: what they hold cannot be refunded, but is free again when they fail",
            [
                approved,
                Line(.refund(RefundID.first, 4250), .refund(of: 4250)),
                Line(.refund("a", 1), .refused(.aboveRemainder), sends: refused(.aboveRemainder, 1, "a")),
                Line(.refund("b", nil), .refused(.nothingToRefund), sends: refused(.nothingToRefund, 0, "b")),
                Line(.refundEnds(RefundID.first, noFunds), sends: "refund.wix-initiated.failure"),
                Line(.refund(RefundID.second, 1250), .refund(of: 1250)),
            ]),
        Transcript(
            "A refund of zero is refused",
            [approved, Line(.refund("a", 0), .refused(.nothingToRefund), sends: refused(.nothingToRefund, 0, "a"))]),
        Transcript(
            "A payment of zero has nothing to refund", of: 0,
            [approved, Line(.refund("a", nil), .refused(.notCaptured), sends: refused(.notCaptured, 0, "a"))]),
        Transcript(
            "An authorization cannot be refunded, nor while it is captured",
            [
                Line(.outcome(.authorized(.none)), sends: "transaction.approved"),
                Line(.refund("a", 1), .refused(.notCaptured), sends: refused(.notCaptured, 1, "a")),
                Line(.call(.capture, 4250), .runs(1)),
                Line(.refund("b", 1), .refused(.notCaptured), sends: refused(.notCaptured, 1, "b")),
                Line(.ends(.capture, 4250, .succeeded), sends: "capture.success"),
                Line(.refund(RefundID.second, 1250), .refund(of: 1250)),
            ]),
    ]

    private static let fromPSP = [
        Transcript(
            "A refund begins at the PSP, and is told once",
            [
                approved,
                Line(.refundedAtPSP(RefundID.pspFull, 4250), sends: "refund.psp-initiated.full"),
                Line(.refundedAtPSP(RefundID.pspFull, 4250), .nothingNew),
                Line(.refund("a", nil), .refused(.alreadyRefunded), sends: refused(.alreadyRefunded, 0, "a")),
            ]),
        Transcript(
            "Both sides take turns, and Wix can take what the PSP has left",
            [
                approved,
                Line(.refundedAtPSP(RefundID.pspPartial, 600), sends: "refund.psp-initiated.partial"),
                Line(.refund("a", 3651), .refused(.aboveRemainder), sends: refused(.aboveRemainder, 3651, "a")),
                Line(.refund(RefundID.first, nil), .refund(of: 3650)),
                Line(
                    .refundEnds(RefundID.first, .succeeded),
                    sends: Example("refund.wix-initiated.success", ["amount": "3650"])),
            ]),
        Transcript(
            "The PSP refunds more than remains: Wix is told, an operator too, and nothing more can go back",
            [
                approved,
                Line(.refund(RefundID.second, 1250), .refund(of: 1250)),
                Line(.refundedAtPSP(RefundID.pspFull, 4250), .aboveRemainder, sends: "refund.psp-initiated.full"),
                Line(.refundEnds(RefundID.second, .succeeded), sends: "refund.wix-initiated.partial"),
                Line(.refund("a", 1), .refused(.alreadyRefunded), sends: refused(.alreadyRefunded, 1, "a")),
            ]),
        Transcript(
            "The PSP refunds what was never captured: Wix is told, an operator too",
            [
                Line(.outcome(.authorized(.none)), sends: "transaction.approved"),
                Line(
                    .refundedAtPSP(RefundID.pspPartial, 600), .aboveRemainder, sends: "refund.psp-initiated.partial"),
                Line(.call(.capture, 4250), .runs(1)),
                Line(.ends(.capture, 4250, .succeeded), sends: "capture.success"),
                Line(.refund(RefundID.first, nil), .refund(of: 3650)),
            ]),
    ]
}
