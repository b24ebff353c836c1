// What Wix concludes from a PSP's answer. Pure; used by `send` and by the payment views.

/// What Wix concludes from a PSP's answer.
public struct Conclusion: Sendable, Equatable {
    /// The conclusion in one stable word.
    public enum Outcome: String, Sendable, CaseIterable {
        case approved, authorized, redirect, pending, declined
        case connected, refused
        case refunded
        case refundFailed = "refund-failed"
        case captured
        case captureFailed = "capture-failed"
        case voided
        case voidFailed = "void-failed"
        /// No usable answer; Wix may call again with the same ids.
        case failure
    }

    /// The conclusion.
    public var outcome: Outcome
    /// The code that the outcome rests on, if there is one.
    public var reasonCode: Int?
    /// One sentence for people.
    public var explanation: String
    /// What breaks Wix's rules without changing the outcome.
    public var problems: [Problem]

    /// Reads an answer as Wix would.
    ///
    /// - Parameters:
    ///   - answer: nil when none came.
    ///   - request: the body that was sent; tells whether capture was asked for, and the credentials' keys.
    public init(from answer: PSPAnswer?, of endpoint: Endpoint, request: JSON) {
        guard let answer else {
            self.init(.failure, "no answer; Wix may call again with the same ids")
            return
        }
        guard answer.status == 200 else {
            self.init(.failure, "HTTP \(answer.status) is no answer; Wix may call again with the same ids")
            return
        }
        guard let body = JSON(parsing: answer.body), case .object = body else {
            self.init(.failure, "the body is not a JSON object; Wix may call again with the same ids")
            return
        }
        switch endpoint {
        case .createTransaction: self = .create(body, authorizeOnly: request["authorizeOnly"] == true)
        case .connectAccount: self = .connect(body, typed: request["credentials"]?.members ?? [:])
        case .refundTransaction: self = .refund(body)
        case .captureTransaction: self = .action(body, .captured, .captureFailed)
        case .voidTransaction: self = .action(body, .voided, .voidFailed)
        }
        problems += Self.transportProblems(answer) + Self.lengthProblems(body)
    }

    init(_ outcome: Outcome, _ explanation: String, code: Int? = nil, problems: [Problem] = []) {
        self.outcome = outcome
        self.reasonCode = code
        self.explanation = explanation
        self.problems = problems
    }
}

// MARK: What every answer must keep to

extension Conclusion {
    private static func transportProblems(_ answer: PSPAnswer) -> [Problem] {
        let type = answer.contentType ?? ""
        return type.lowercased().contains("application/json")
            ? [] : [Problem("Content-Type", "must contain application/json")]
    }

    /// spec §1: errorCode at most 50, errorMessage at most 300 characters.
    private static func lengthProblems(_ body: JSON) -> [Problem] {
        [("errorCode", Limit.errorCodeCharactersMax), ("errorMessage", Limit.errorMessageCharactersMax)]
            .compactMap { name, limit in
                switch body[name] {
                case nil, .null?: nil
                case .string(let text)?:
                    text.utf16.count > limit ? Problem(name, "longer than \(limit) characters") : nil
                default: Problem(name, "must be a string")
                }
            }
    }

    static func idProblems(_ body: JSON, _ name: String, required: Bool) -> [Problem] {
        switch body[name] {
        case nil, .null?: required ? [Problem(name, "missing")] : []
        case .string(let id)? where (1...Limit.pluginIdCharactersMax).contains(id.utf16.count): []
        default: [Problem(name, "must be a string of 1 to \(Limit.pluginIdCharactersMax) characters")]
        }
    }
}
