// Events as commands print them. No card data, credential or token is shown, though an event may carry some
// (design rule 13).

import Foundation
import Store

/// An event in a list.
struct EventRow: Encodable {
    var id: Int64
    var state: String
    var kind: String
    var final: Bool
    var wixTransactionId: String
    var requestId: String?
    var createdAt: String
    var dueAt: String
    var doneAt: String?
    var attempts: Int
    var lastError: String?

    init(_ event: EventSummary) {
        id = event.id
        state = event.state.rawValue
        kind = event.kind
        final = event.isFinal
        wixTransactionId = event.wixTransactionId
        requestId = event.requestID
        createdAt = WallTime.text(event.createdAt)
        dueAt = WallTime.text(event.dueAt)
        doneAt = event.doneAt.map(WallTime.text)
        attempts = event.attempts
        lastError = event.error
    }
}

/// An attempt.
struct AttemptRow: Encodable {
    var at: String
    var stage: String
    var status: Int?
    var error: String?
    var milliseconds: Int64

    init(_ attempt: Attempt) {
        at = WallTime.text(attempt.at)
        stage = attempt.stage.rawValue
        status = attempt.status
        error = attempt.error
        milliseconds = attempt.milliseconds
    }

    /// For people.
    var summary: String {
        let answer = status.map { "status \($0)" } ?? "no answer"
        return "\(stage), \(answer), \(error ?? "delivered"), \(milliseconds) ms"
    }
}

/// One event with all that is known of it.
struct EventView: Encodable {
    var event: EventRow
    /// The event that has to go first.
    var behind: Int64?
    var body: String
    var attempts: [AttemptRow]

    init(_ details: EventDetails, behind: Int64? = nil) {
        event = EventRow(details.event)
        self.behind = behind
        body = ShownBody.text(details.body)
        attempts = details.attempts.map(AttemptRow.init)
    }

    /// For people.
    var lines: [String] {
        var lines = [
            "event     \(event.id), \(event.kind)\(event.final ? "" : " (pending)")",
            "payment   \(event.wixTransactionId)",
            "state     \(event.state)\(behind.map { ", behind event \($0)" } ?? "")",
            "created   \(event.createdAt)",
        ]
        lines.append(event.doneAt.map { "done      \($0)" } ?? "due       \(event.dueAt)")
        if let requestId = event.requestId { lines.append("request   \(requestId)") }
        lines.append("message   \(body)")
        lines.append("attempts  \(event.attempts)")
        return lines + attempts.map { "  \($0.at)  \($0.summary)" }
    }
}

/// An event's message without what must not be shown.
enum ShownBody {
    private static let hidden: Set<String> = ["credentialsOnFile", "cardDetails", "redirectUrl"]
    private static let dots = "•••"

    static func text(_ body: String) -> String {
        guard let value = try? JSONSerialization.jsonObject(with: Data(body.utf8)),
            let data = try? JSONSerialization.data(
                withJSONObject: hide(value), options: [.sortedKeys, .withoutEscapingSlashes])
        else { return dots }
        return String(decoding: data, as: UTF8.self)
    }

    private static func hide(_ value: Any) -> Any {
        guard let object = value as? [String: Any] else { return value }
        return Dictionary(uniqueKeysWithValues: object.map { ($0, hidden.contains($0) ? dots : hide($1)) })
    }
}
