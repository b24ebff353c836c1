// Captures and voids (spec §5 and §8, design rule 9) as transcripts; the events are the example files.

import Payments
import Testing
import WixPayments

@Suite("Transcripts of captures and voids")
struct ActionTranscripts {
    @Test("A capture or void is told as its transcript says", arguments: all)
    func play(_ transcript: Transcript) throws { try transcript.play() }

    static let all = captures + voids + lapses

    private static let authorized = Line(
        .outcome(.authorized(.none)), answers: "approved", sends: "transaction.approved")
    private static let captureRefused = ActionOutcome.failed(
        .code(6000, "CAPTURE_REFUSED", "The authorization can no longer be captured"))
    private static let voidRefused = ActionOutcome.failed(
        .code(6000, "VOID_REFUSED", "The authorization can no longer be voided"))

    private static func mismatch(_ action: String, _ amount: Int64) -> Example {
        Example("\(action).success", ["amount": "\(amount)"], reasonCode: 3001)
    }

    private static let captures = [
        Transcript(
            "An authorization is captured, and then neither captured again nor voided",
            [
                authorized,
                Line(.call(.capture, 4250), .runs(1)),
                Line(.call(.capture, 4250), .decision(.busy)),
                Line(.call(.void, 4250), .decision(.busy)),
                Line(.ends(.capture, 4250, .succeeded), sends: "capture.success"),
                Line(.ends(.capture, 4250, .succeeded), .nothingNew),
                Line(.call(.capture, 4250), .decision(.alreadyCaptured)),
                Line(.call(.void, 4250), .decision(.alreadyCaptured)),
            ]),
        Transcript(
            "A failed capture ends its attempt, and the next one is a new attempt",
            [
                authorized,
                Line(.call(.capture, 4250), .runs(1)),
                Line(.ends(.capture, 4250, captureRefused), sends: "capture.failure"),
                Line(.call(.capture, 4250), .runs(2)),
                Line(.ends(.capture, 4250, .succeeded), sends: "capture.success"),
            ]),
        Transcript(
            "The end of an attempt of another amount is not the end of the one that runs",
            [
                authorized,
                Line(.call(.capture, 4250), .runs(1)),
                Line(.ends(.capture, 4250, captureRefused), sends: "capture.failure"),
                Line(.call(.capture, 4000), .runs(2)),
                Line(.ends(.capture, 4250, .succeeded), .nothingNew),
                Line(
                    .ends(.capture, 4000, .succeeded), sends: Example("capture.success", ["amount": "4000"])),
            ]),
        Transcript(
            "Part of an authorization is captured, and no more than that can be refunded",
            [
                authorized,
                Line(.call(.capture, 3000), .runs(1)),
                Line(.ends(.capture, 3000, .succeeded), sends: Example("capture.success", ["amount": "3000"])),
                Line(
                    .refund(RefundID.first, 3001), .refused(.aboveRemainder),
                    sends: RefundTranscripts.refused(.aboveRemainder, 3001, RefundID.first)),
                Line(.refund(RefundID.second, nil), .refund(of: 3000)),
                Line(
                    .refundEnds(RefundID.second, .succeeded),
                    sends: Example("refund.wix-initiated.partial", ["amount": "3000"])),
            ]),
        Transcript(
            "More than the authorization, and nothing of it, are refused with an event, and it stands",
            [
                authorized,
                Line(.call(.capture, 4251), .decision(.amountMismatch), sends: mismatch("capture", 4251)),
                Line(.call(.capture, 0), .decision(.amountMismatch), sends: mismatch("capture", 0)),
                Line(.call(.capture, 4250), .runs(1)),
            ]),
        Transcript(
            "An authorization of zero is captured, and has nothing to refund", of: 0,
            [
                authorized,
                Line(.call(.capture, 1), .decision(.amountMismatch), sends: mismatch("capture", 1)),
                Line(.call(.capture, 0), .runs(1)),
                Line(.ends(.capture, 0, .succeeded), sends: Example("capture.success", ["amount": "0"])),
                Line(
                    .refund(RefundID.first, nil), .refused(.notCaptured),
                    sends: RefundTranscripts.refused(.notCaptured, 0, RefundID.first)),
            ]),
    ]

    private static let voids = [
        Transcript(
            "An authorization is voided, and then neither voided again nor captured",
            [
                authorized,
                Line(.call(.void, 4250), .runs(1)),
                Line(.call(.void, 4250), .decision(.busy)),
                Line(.call(.capture, 4250), .decision(.busy)),
                Line(.ends(.void, 4250, .succeeded), answers: "approved", sends: "void.success"),
                Line(.call(.void, 4250), .decision(.alreadyVoided)),
                Line(.call(.capture, 4250), .decision(.alreadyVoided)),
            ]),
        Transcript(
            "A void of any other amount than the authorized one is refused with an event",
            [
                authorized,
                Line(.call(.void, 4249), .decision(.amountMismatch), sends: mismatch("void", 4249)),
                Line(.call(.void, 4251), .decision(.amountMismatch), sends: mismatch("void", 4251)),
                Line(.call(.void, 4250), .runs(1)),
            ]),
        Transcript(
            "A void follows a failed capture, and a capture a failed void",
            [
                authorized,
                Line(.call(.capture, 4250), .runs(1)),
                Line(.ends(.capture, 4250, captureRefused), sends: "capture.failure"),
                Line(.call(.void, 4250), .runs(2)),
                Line(.ends(.void, 4250, voidRefused), sends: "void.failure"),
                Line(.call(.capture, 4250), .runs(3)),
                Line(.ends(.void, 4250, .succeeded), .nothingNew),
                Line(.ends(.capture, 4250, .succeeded), sends: "capture.success"),
            ]),
        Transcript(
            "A voided payment that turns out to be charged is a conflict",
            [
                authorized,
                Line(.call(.void, 4250), .runs(1)),
                Line(.ends(.void, 4250, .succeeded), sends: "void.success"),
                Line(.outcome(.authorized(.none)), .nothingNew),
                Line(.outcome(.approved(.none)), .conflict),
            ]),
    ]

    private static let lapses = [
        Transcript(
            "An authorization lapses, is told once, and cannot be captured any more",
            [
                authorized,
                Line(.lapses, sends: "void.success"),
                Line(.lapses, .nothingNew),
                Line(.call(.capture, 4250), .decision(.alreadyVoided)),
            ]),
        Transcript(
            "The notification of a void overtakes its answer, and Wix is told once",
            [
                authorized,
                Line(.call(.void, 4250), .runs(1)),
                Line(.lapses, sends: "void.success"),
                Line(.ends(.void, 4250, .succeeded), .nothingNew),
            ]),
        Transcript(
            "An authorization that lapses while its capture runs is heard again when the capture has failed",
            [
                authorized,
                Line(.call(.capture, 4250), .runs(1)),
                Line(.lapses, .tellAgain),
                Line(.ends(.capture, 4250, captureRefused), sends: "capture.failure"),
                Line(.lapses, sends: "void.success"),
            ]),
        Transcript(
            "A captured payment cannot lapse",
            [
                authorized,
                Line(.call(.capture, 4250), .runs(1)),
                Line(.ends(.capture, 4250, .succeeded), sends: "capture.success"),
                Line(.lapses, .conflict),
            ]),
    ]
}
