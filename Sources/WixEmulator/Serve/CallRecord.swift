// What is remembered of one reported call, shown by `GET /emulator/calls` and on the page.

import FoundationEssentials

/// One call in Wix's name.
struct CallRecord: Sendable {
    static let kept = 2_000
    private static let textCharactersMax = 2_000

    /// When it was reported.
    var time: Date
    var report: CallReport

    /// One object; `status` and `answer` are null when no answer came.
    var json: JSON {
        let conclusion = report.conclusion
        var members: [String: JSON] = [
            "time": .string(EventRecord.stamp(time)), "endpoint": .string(report.endpoint.rawValue),
            "request": report.request.masked(), "status": report.answer.map { .integer(Int64($0.status)) } ?? .null,
            "answer": report.answer.map(Self.shown) ?? .null, "conclusion": .string(conclusion.outcome.rawValue),
            "explanation": .string(conclusion.explanation),
            "problems": .array(conclusion.problems.map { .string($0.description) }),
        ]
        members["milliseconds"] = report.milliseconds.map(JSON.number)
        members["wixTransactionId"] = report.wixTransactionId.map(JSON.string)
        return .object(members)
    }

    private static func shown(_ answer: PSPAnswer) -> JSON {
        JSON(parsing: answer.body)?.masked()
            ?? .string(String(String(decoding: answer.body, as: UTF8.self).prefix(textCharactersMax)))
    }
}
