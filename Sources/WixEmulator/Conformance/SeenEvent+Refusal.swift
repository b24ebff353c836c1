// Which check tells why the emulator refused an event. A PSP that keeps the order of a payment's events sends none of the
// later ones then: checks that wait for one of those are skipped, and name this check.

extension SeenEvent {
    /// The check that turns red because of this event's refusal; nil when it was taken in, or when no check is sure to.
    var tellingCheck: String? {
        guard fault == nil, let problem = problems.first else { return nil }
        if problem.hasPrefix("User-Agent") { return "events.user-agent" }
        if problem.hasPrefix("Content-Type") { return "events.content-type" }
        if problem.hasPrefix("Authorization") {
            return problem.isAboutUse ? "events.fresh-token" : "events.authorization"
        }
        guard let field = fieldProblems.first else {
            return kind == .transaction && problem.contains(" after ") ? "events.one-outcome" : nil
        }
        if !field.field.isInside(kind) { return "events.envelope" }
        switch field.field.split(separator: ".").last {
        case "reasonCode": return "create.reason-codes"
        case "errorCode", "errorMessage": return "limits.texts"
        case "amount" where hasAmountAsNumber: return "events.amount-string"
        case "pluginTransactionId" where field.isAboutForm, "pluginRefundId" where field.isAboutForm:
            return "limits.ids"
        default: return "events.fields"
        }
    }

    /// Whether the amount is there, and no string.
    var hasAmountAsNumber: Bool { payload["amount"].map { $0 != .null && $0.text == nil } ?? false }
}

extension Problem {
    /// Whether the field is there, belongs there, and has a wrong form.
    var isAboutForm: Bool { rule != Self.missing && rule != Self.stranger }
}

extension String {
    /// Whether a problem's field lies in the event's member.
    func isInside(_ kind: SeenEvent.Kind?) -> Bool {
        kind.map { hasPrefix("event.\($0.rawValue).") } ?? false
    }

    /// Whether a problem of Authorization is that the token can't be used (again).
    var isAboutUse: Bool {
        contains("used before") || contains("expired") || contains("not a token given out")
    }
}
