// Checks an event's bytes before they are stored or sent (design rule 10).
// Called by whoever enqueues events, and by the emulator on what it receives. The types make most breaches impossible;
// the linter does not trust them and reads the bytes again. A breach is named without the offending value.

/// The rules that every event keeps.
public enum EventLinter {
    /// What is wrong with the event's body; empty when nothing is.
    public static func breaches(_ event: Event) -> [String] {
        breaches(inJSON: event.json())
    }

    /// What is wrong with a Submit Event body; empty when nothing is.
    public static func breaches(inJSON body: [UInt8]) -> [String] {
        guard let top = try? ObjectReader(body: body) else { return ["the body is not a JSON object"] }
        guard top.names == ["event"], let event = try? top.object("event") else {
            return ["the body is not {\"event\": {…}}"]
        }
        guard event.names.count == 1, let kind = event.names.first else {
            return ["event does not have exactly one member"]
        }
        switch kind {
        case "transaction": return breaches(in: event, "transaction", transaction)
        case "refund": return breaches(in: event, "refund", refund)
        case "capture": return breaches(in: event, "capture", action)
        case "void": return breaches(in: event, "void", action)
        default: return ["event has an unknown member"]
        }
    }

    private static func breaches(
        in event: ObjectReader, _ name: StaticString, _ check: (inout EventFindings) -> Void
    ) -> [String] {
        guard let reader = try? event.object(name) else { return ["event.\(name) is not an object"] }
        var findings = EventFindings(reader: reader)
        check(&findings)
        findings.noOtherMembers()
        return findings.breaches
    }

    private static func transaction(_ findings: inout EventFindings) {
        findings.id("wixTransactionId", isRequired: true)
        let code = findings.failure { DeclineCode(rawValue: $0) != nil || PendingCode(rawValue: $0) != nil }
        let isDeclined = code.map { PendingCode(rawValue: $0) == nil } ?? false
        findings.id("pluginTransactionId", isRequired: !isDeclined)
        findings.credentialsOnFile()
        findings.cardDetails()
    }

    private static func refund(_ findings: inout EventFindings) {
        findings.id("wixTransactionId", isRequired: true)
        findings.id("pluginRefundId", isRequired: true)
        findings.id("wixRefundId", isRequired: false)
        findings.amount()
        _ = findings.failure { RefundFailureCode(rawValue: $0) != nil }
    }

    private static func action(_ findings: inout EventFindings) {
        findings.id("wixTransactionId", isRequired: true)
        findings.amount()
        _ = findings.failure { ActionFailureCode(rawValue: $0) != nil }
    }
}
