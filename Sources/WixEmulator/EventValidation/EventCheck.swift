// Submit Event's body against spec §6.2: the envelope, every member's type, length and code. What
// went before (duplicates, order) is WixPaymentView's business. Pure.

import FoundationEssentials
import WixPayments

/// Checks the bodies of Submit Event.
enum EventCheck {
    /// Reads one body.
    ///
    /// - Returns: the event when it is well formed, else everything that is wrong with it.
    static func read(_ body: [UInt8]) -> Result<ReceivedEvent, Refused> {
        guard let document = JSON(parsing: body) else { return .refused("body", "is not JSON") }
        guard case .object(let envelope) = document else { return .refused("body", "must be an object") }
        guard case .object(let members)? = envelope["event"] else { return .refused("event", "must be an object") }

        // `pluginId` is deprecated and ignored (spec §6.2).
        var problems = strangers(in: envelope, known: ["event"], at: "")
        problems += strangers(in: members, known: kinds.union(["pluginId"]), at: "event.")
        let present = kinds.intersection(members.keys)
        guard let kind = present.first, present.count == 1, let payload = members[kind] else {
            return .failure(
                Refused(problems + [Problem("event", "must hold one of transaction, refund, capture, void")]))
        }
        var reader = MemberReader(payload, at: "event.\(kind)", problems: problems)
        let event: ReceivedEvent.Kind? =
            switch kind {
            case "transaction": transaction(&reader)
            case "refund": refund(&reader)
            case "capture": action(&reader).map(ReceivedEvent.Kind.capture)
            default: action(&reader).map(ReceivedEvent.Kind.void)
            }
        guard let event, reader.problems.isEmpty else { return .failure(Refused(reader.problems)) }
        return .success(ReceivedEvent(kind: event, doubts: reader.doubts))
    }

    /// The payment that a body names, however wrong the rest is; for finding the call later.
    static func wixTransactionId(in body: [UInt8]) -> String? {
        JSON(parsing: body)?.first(named: "wixTransactionId")?.text
    }

    /// Why a body was refused; at least one problem.
    struct Refused: Error, Sendable, Equatable {
        var problems: [Problem]

        init(_ problems: [Problem]) {
            self.problems = problems
        }
    }

    private static let kinds: Set = ["transaction", "refund", "capture", "void"]

    private static func transaction(_ reader: inout MemberReader) -> ReceivedEvent.Kind? {
        let id = reader.guid("wixTransactionId")
        let code = reader.reasonCode(.transaction)
        // Only an instant decline may lack an id (spec §6.2).
        let declined = code.map { PendingCode(rawValue: $0) == nil } ?? false
        let pluginId = reader.text(
            "pluginTransactionId", required: !declined, charactersMax: Limit.pluginIdCharactersMax)
        reader.failureTexts()
        reader.credentialsOnFile()
        reader.cardDetails()
        reader.nothingElse()
        guard let id else { return nil }
        return .transaction(
            .init(wixTransactionId: id, pluginTransactionId: pluginId, reasonCode: code, payload: reader.payload))
    }

    private static func refund(_ reader: inout MemberReader) -> ReceivedEvent.Kind? {
        let id = reader.guid("wixTransactionId")
        let refundId = reader.text("pluginRefundId", required: true, charactersMax: Limit.pluginIdCharactersMax)
        let wixRefundId = reader.text("wixRefundId", required: false, charactersMax: Limit.pluginIdCharactersMax)
        let amount = reader.amount()
        let code = reader.reasonCode(.refund)
        reader.failureTexts()
        reader.nothingElse()
        guard let id, let refundId, let amount else { return nil }
        return .refund(
            .init(
                wixTransactionId: id, pluginRefundId: refundId, wixRefundId: wixRefundId, amount: amount,
                reasonCode: code, payload: reader.payload))
    }

    private static func action(_ reader: inout MemberReader) -> ReceivedEvent.Action? {
        let id = reader.guid("wixTransactionId")
        let amount = reader.amount()
        let code = reader.reasonCode(.action)
        reader.failureTexts()
        reader.nothingElse()
        guard let id, let amount else { return nil }
        return .init(wixTransactionId: id, amount: amount, reasonCode: code, payload: reader.payload)
    }

    static func strangers(in members: [String: JSON], known: Set<String>, at path: String) -> [Problem] {
        members.keys.filter { !known.contains($0) }.sorted().map { Problem(path + $0, Problem.stranger) }
    }
}

extension Result where Success == ReceivedEvent, Failure == EventCheck.Refused {
    fileprivate static func refused(_ field: String, _ rule: String) -> Self {
        .failure(EventCheck.Refused([Problem(field, rule)]))
    }
}
