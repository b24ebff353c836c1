// One call to the PSP as a check made it, with what came of it: the evidence of a finding. Secrets are masked when it
// is written down, never before.

/// A call and its answer.
struct PSPCall: Sendable {
    /// How a call is put on the wire, where it is not as Wix does it.
    struct Wire: Sendable {
        /// The `Digest` header.
        enum Digest: Sendable {
            case genuine, absent
            case spoiled(Tamper)
            /// This value.
            case value(String)
        }

        var digest = Digest.genuine
        var headerName = "Digest"
        var method = "POST"
        /// Sent instead of the request's JSON, and signed.
        var body: [UInt8]?
    }

    var endpoint: Endpoint
    var method: String
    var url: String
    /// What the call says; null when its body is not JSON.
    var request: JSON
    var body: [UInt8]
    /// In words, for the evidence.
    var digest: String
    /// nil when none came.
    var answer: PSPAnswer?
    /// Why none came.
    var failure: String?
    var milliseconds: Double
    /// What Wix makes of it.
    var conclusion: Conclusion

    var outcome: Conclusion.Outcome { conclusion.outcome }
    var status: Int? { answer?.status }
    /// The answer's members; null when it is not JSON.
    var json: JSON { answer.flatMap { JSON(parsing: $0.body) } ?? .null }
    var pluginTransactionId: String? { json["pluginTransactionId"]?.text }
    var pluginRefundId: String? { json["pluginRefundId"]?.text }
    var redirectUrl: String? { json["redirectUrl"]?.text }
    var wixTransactionId: String { request["wixTransactionId"]?.text ?? "" }
    var reasonCode: Int? { conclusion.reasonCode }
    /// Whether HTTP 200 came, whatever it says.
    var isAnswered: Bool { status == 200 }

    /// What came, in a few words.
    var came: String {
        guard let answer else { return "no answer (\(failure ?? "unknown"))" }
        if answer.status != 200 { return "HTTP \(answer.status)" }
        return "HTTP 200, which Wix reads as \(outcome.rawValue)" + (reasonCode.map { " with \($0)" } ?? "")
    }

    private static let textCharactersMax = 2_000

    /// `{ sent, came }` for a report.
    var evidence: JSON {
        let sent: JSON = [
            "method": .string(method), "url": .string(url), "digest": .string(digest),
            "body": request == .null ? .string(Self.cut(body)) : request.masked(),
        ]
        var came: [String: JSON] = ["milliseconds": .integer(Int64(milliseconds.rounded()))]
        came["status"] = answer.map { .integer(Int64($0.status)) } ?? .null
        came["contentType"] = answer?.contentType.map(JSON.string)
        came["body"] = answer.map { JSON(parsing: $0.body)?.masked() ?? .string(Self.cut($0.body)) }
        came["error"] = failure.map(JSON.string)
        came["conclusion"] = .string(conclusion.outcome.rawValue)
        return ["sent": sent, "came": .object(came)]
    }

    private static func cut(_ bytes: [UInt8]) -> String {
        String(String(decoding: bytes.prefix(textCharactersMax * 4), as: UTF8.self).prefix(textCharactersMax))
    }
}
