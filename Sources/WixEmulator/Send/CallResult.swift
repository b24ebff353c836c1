// What came of one call, for people and as JSON. Pure.

/// One call's answer and what Wix makes of it.
public struct CallResult: Sendable {
    /// nil when none came.
    public var answer: PSPAnswer?
    /// Why none came.
    public var failure: String?
    /// From sending to the end of the answer.
    public var milliseconds: Double
    /// What Wix makes of it.
    public var conclusion: Conclusion
    /// Whether the call was made again because of this result.
    public var isRetried = false

    private static let textCharactersMax = 4_000

    /// For people: status, answer, conclusion.
    public func text(showSecrets: Bool) -> String {
        var lines: [String] = []
        let time = "\(Int(milliseconds.rounded())) ms"
        if let answer {
            lines = ["HTTP \(answer.status), \(time)", shown(answer, showSecrets: showSecrets).asText]
        } else {
            lines = ["no answer after \(time): \(failure ?? "")"]
        }
        lines.append("Wix: \(conclusion.outcome.rawValue) (\(conclusion.explanation))")
        lines += conclusion.problems.map { "     ! \($0)" }
        return lines.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// `{ request, status, answer, conclusion, … }`; status and answer are null when none came.
    public func json(request: JSON, url: String, showSecrets: Bool) -> JSON {
        var members: [String: JSON] = [
            "url": .string(url), "request": showSecrets ? request : request.masked(),
            "status": answer.map { .integer(Int64($0.status)) } ?? .null,
            "answer": answer.map { shown($0, showSecrets: showSecrets) } ?? .null,
            "conclusion": .string(conclusion.outcome.rawValue), "explanation": .string(conclusion.explanation),
            "problems": .array(conclusion.problems.map { .string($0.description) }),
            "milliseconds": .number((milliseconds * 10).rounded() / 10),
        ]
        members["error"] = failure.map(JSON.string)
        return .object(members)
    }

    /// The body as JSON, or as a string when it is none.
    private func shown(_ answer: PSPAnswer, showSecrets: Bool) -> JSON {
        guard let json = JSON(parsing: answer.body) else {
            return .string(String(String(decoding: answer.body, as: UTF8.self).prefix(Self.textCharactersMax)))
        }
        return showSecrets ? json : json.masked()
    }
}

extension JSON {
    fileprivate var asText: String { text ?? pretty() }
}
