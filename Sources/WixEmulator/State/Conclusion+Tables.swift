// How the body of an answer is read, endpoint by endpoint: spec §4's decision table and its
// counterparts. Called by Conclusion once there is a JSON object.

import WixPayments

extension Conclusion {
    static func create(_ body: JSON, authorizeOnly: Bool) -> Conclusion {
        let redirectUrl = body["redirectUrl"]?.presentText
        var conclusion: Conclusion
        switch ReasonCodeMember(body, fits: ReasonContext.transaction) {
        case .absent where redirectUrl != nil:
            conclusion = Conclusion(.redirect, "the buyer is sent to redirectUrl; an event decides")
        case .absent where authorizeOnly:
            conclusion = Conclusion(.authorized, "authorized, to be captured or voided")
        case .absent:
            conclusion = Conclusion(.approved, "the payment is approved")
        case .unreadable(let problem):
            conclusion = Conclusion(.failure, "the answer can't be read", problems: [problem])
        case .code(let code, let problem):
            let pending = PendingCode(rawValue: code) != nil
            conclusion =
                pending
                ? Conclusion(.pending, "pending with \(named(code)); an event decides", code: code)
                : Conclusion(.declined, "declined with \(named(code))", code: code)
            conclusion.problems += problem.map { [$0] } ?? []
            if redirectUrl != nil {
                conclusion.problems.append(Problem("redirectUrl", "has no meaning beside a reasonCode"))
            }
        }
        let mayLackId = conclusion.outcome == .declined || conclusion.outcome == .failure
        conclusion.problems += idProblems(body, "pluginTransactionId", required: !mayLackId)
        return conclusion
    }

    static func connect(_ body: JSON, typed: [String: JSON]) -> Conclusion {
        switch ReasonCodeMember(body, fits: ReasonContext.connection) {
        case .unreadable(let problem):
            return Conclusion(.failure, "the answer can't be read", problems: [problem])
        case .code(let code, let problem):
            return Conclusion(
                .refused, "the account is not connected: \(named(code))", code: code,
                problems: problem.map { [$0] } ?? [])
        case .absent:
            var problems: [Problem] = []
            for name in ["accountId", "accountName"] where body[name]?.presentText == nil {
                if name == "accountName", body[name] == .null { continue }
                problems.append(Problem(name, "missing"))
            }
            let returned = body["credentials"]?.members
            if returned == nil { problems.append(Problem("credentials", "missing")) }
            guard problems.isEmpty, let returned else {
                return Conclusion(.failure, "neither an account nor a reasonCode", problems: problems)
            }
            for (key, value) in returned.sorted(by: { $0.key < $1.key }) where value.text == nil {
                problems.append(Problem("credentials.\(key)", "must be a string"))
            }
            for key in typed.keys.sorted() where returned[key] == nil {
                problems.append(Problem("credentials.\(key)", "was removed; keys may be added only"))
            }
            return Conclusion(.connected, "the account is connected", problems: problems)
        }
    }

    static func refund(_ body: JSON) -> Conclusion {
        switch ReasonCodeMember(body, fits: ReasonContext.refund) {
        case .absent:
            return Conclusion(
                .refunded, "the refund succeeded", problems: idProblems(body, "pluginRefundId", required: true))
        case .unreadable(let problem):
            return Conclusion(.failure, "the answer can't be read", problems: [problem])
        case .code(let code, let problem):
            return Conclusion(
                .refundFailed, "the refund failed: \(named(code))", code: code,
                problems: (problem.map { [$0] } ?? []) + idProblems(body, "pluginRefundId", required: false))
        }
    }

    static func action(_ body: JSON, _ success: Outcome, _ failed: Outcome) -> Conclusion {
        switch ReasonCodeMember(body, fits: ReasonContext.action) {
        case .absent: Conclusion(success, "the payment is \(success.rawValue)")
        case .unreadable(let problem): Conclusion(.failure, "the answer can't be read", problems: [problem])
        case .code(let code, let problem):
            Conclusion(
                failed, "not \(success.rawValue): \(named(code))", code: code, problems: problem.map { [$0] } ?? [])
        }
    }

    /// The number with Wix's English text.
    private static func named(_ code: Int) -> String {
        ReasonCodeTable.row(of: code).map { "\(code) \($0.message)" } ?? "\(code)"
    }
}

extension JSON {
    /// The text of a string that says something.
    fileprivate var presentText: String? {
        guard let text, !text.isEmpty else { return nil }
        return text
    }
}
