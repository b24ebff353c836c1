// A payment's timeline, put together from what the store keeps: each row says what was so at its time, and nothing that
// is not kept. A call whose signature was refused leaves no trace in the store, so every request here was genuine.

import Foundation
import Payments
import Store
import WixPayments

/// One line of a timeline.
struct TimelineEntry: Encodable {
    /// RFC 3339.
    var at: String
    /// request, verdict, claim, processor, answer, event, attempt or conflict.
    var what: String
    /// What it belongs to: create, refund …, capture, void, or event N.
    var of: String
    var details: String

    private init(_ at: Int64, _ what: String, _ of: String, _ details: String) {
        self.at = WallTime.text(at)
        self.what = what
        self.of = of
        self.details = details
    }

    /// All of a payment's entries, oldest first. `isAlive` tells whether a claim's process lives.
    static func all(_ timeline: PaymentTimeline, isAlive: (Int64) -> Bool) -> [TimelineEntry] {
        var entries: [(at: Int64, entry: TimelineEntry)] = []
        func add(_ at: Int64, _ what: String, _ of: String, _ details: String) {
            entries.append((at, TimelineEntry(at, what, of, details)))
        }
        for operation in timeline.operations {
            let status = operation.status
            let name = name(operation)
            let told = timeline.events.first { $0.event.operation == status.id }
            add(status.claimedAt, "request", name, request(operation, timeline, told?.event.requestID))
            if operation.refund?.refund.wixRefundId != nil || status.kind != .refund {
                add(status.claimedAt, "verdict", name, "signature genuine")
            }
            add(status.claimedAt, "claim", name, claim(operation, isAlive))
            for step in steps(operation, timeline) { add(step.at, step.what, name, step.details) }
            if operation.settledAt == nil, let lookupAt = status.lookupAt {
                add(lookupAt, "processor", name, "to be asked, \(status.lookups) look-ups so far")
            }
        }
        for details in timeline.events {
            let name = "event \(details.event.id)"
            add(details.event.createdAt, "event", name, ShownBody.text(details.body))
            for attempt in details.attempts {
                add(attempt.at, "attempt", name, AttemptRow(attempt).summary)
            }
            let event = details.event
            if event.state != .delivered { add(event.doneAt ?? event.dueAt, "event", name, event.state.rawValue) }
        }
        for conflict in timeline.conflicts {
            let resolved = conflict.resolvedAt == nil ? "open" : "resolved"
            add(
                conflict.at, "conflict", "payment",
                "\(conflict.source) said \(conflict.outcome), Wix was told \(conflict.state); \(resolved)")
        }
        // Of the same millisecond, in the order in which they were put together.
        return entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element.entry)
    }

    private static func name(_ operation: TimelineOperation) -> String {
        guard let refund = operation.refund?.refund else { return operation.status.kind.rawValue }
        return "refund \(refund.pluginRefundId)"
    }

    private static func request(
        _ operation: TimelineOperation, _ timeline: PaymentTimeline, _ requestID: String?
    ) -> String {
        let payment = timeline.payment.payment
        let amount: Int64? =
            switch operation.status.kind {
            case .create: payment.amount?.minorUnits
            case .refund: operation.refund?.refund.amount
            case .capture, .void: operation.status.amount
            }
        var parts = [amount.map { "\($0) \(payment.amount?.currency.code ?? "")" } ?? "no amount"]
        if operation.status.kind == .create, payment.authorizeOnly { parts.append("authorize only") }
        if let refund = operation.refund?.refund {
            parts.append(refund.wixRefundId.map { "wixRefundId \($0)" } ?? "begun at the PSP")
        }
        if let requestID { parts.append("request \(requestID)") }
        return parts.joined(separator: ", ")
    }

    private static func claim(_ operation: TimelineOperation, _ isAlive: (Int64) -> Bool) -> String {
        let status = operation.status
        var parts = ["generation \(status.generation)"]
        if let owner = status.owner {
            parts.append(isAlive(owner) ? "held by a running process" : "its process is dead")
        } else if !status.isSettled {
            parts.append("handed over to the courier")
        }
        if status.notFoundAt != nil { parts.append("the processor had never received it") }
        return parts.joined(separator: ", ")
    }

    // MARK: What the processor said, and what a call was answered with from then on

    private typealias Step = (at: Int64, what: String, details: String)

    private static func steps(_ operation: TimelineOperation, _ timeline: PaymentTimeline) -> [Step] {
        if operation.status.kind == .create { return createSteps(operation, timeline) }
        guard let settledAt = operation.settledAt else { return [] }
        let refund = operation.refund?.refund
        let isFailed = refund.map { $0.state != .succeeded } ?? (operation.failure != nil)
        var steps: [Step] = [
            (settledAt, "processor", (isFailed ? "failed" : "succeeded") + howLearned(operation))
        ]
        let answer: [UInt8]?
        if let refund {
            // One that began at the PSP was no call.
            answer = refund.wixRefundId == nil ? nil : refund.answer?.json()
        } else {
            answer = (operation.failure.map(ActionResponse.failed) ?? .succeeded).json()
        }
        if let answer { steps.append((settledAt, "answer", ShownBody.text(String(decoding: answer, as: UTF8.self)))) }
        return steps
    }

    /// From the events, which were stored with what they tell: the payment itself may have gone on since.
    private static func createSteps(_ operation: TimelineOperation, _ timeline: PaymentTimeline) -> [Step] {
        let told = timeline.events.filter { $0.event.operation == operation.status.id }
        var steps: [Step] = []
        for details in told {
            let event = details.event
            // A pending of pspd's own, at the deadline, while the processor worked on.
            let isDeadline = !event.isFinal && event.createdAt < operation.settledAt ?? .max
            if !isDeadline {
                steps.append((event.createdAt, "processor", word(details, timeline) + howLearned(operation)))
            }
            if let answer = answer(in: details.body) { steps.append((event.createdAt, "answer", answer)) }
        }
        guard let settledAt = operation.settledAt, !told.contains(where: { $0.event.createdAt == settledAt }) else {
            return steps
        }
        if case .redirected = timeline.payment.payment.state, let answer = timeline.payment.payment.createAnswer {
            steps.append((settledAt, "processor", "redirected" + howLearned(operation)))
            steps.append((settledAt, "answer", ShownBody.text(String(decoding: answer.json(), as: UTF8.self))))
        } else {
            steps.append(
                (settledAt, "processor", "nothing that Wix was told by event: a page for the buyer, or not kept"))
        }
        return steps
    }

    private static func word(_ details: EventDetails, _ timeline: PaymentTimeline) -> String {
        let state = timeline.payment.payment.state
        let code = transaction(in: details.body)?["reasonCode"].map { " \($0)" } ?? ""
        guard details.event.isFinal else { return "pending\(code)" }
        // An approval and an authorization are told alike; captured and voided payments were authorized before.
        return (state.standing != .succeeded || state == .approved ? state.name : "authorized") + code
    }

    private static func howLearned(_ operation: TimelineOperation) -> String {
        operation.status.lookups > 0 ? ", learned by look-up" : ""
    }

    /// The answer that says the same as a transaction event.
    private static func answer(in body: String) -> String? {
        guard var members = transaction(in: body) else { return nil }
        members["wixTransactionId"] = nil
        guard let json = try? JSONSerialization.data(withJSONObject: members) else { return nil }
        return ShownBody.text(String(decoding: json, as: UTF8.self))
    }

    private static func transaction(in body: String) -> [String: Any]? {
        let json = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        return (json?["event"] as? [String: Any])?["transaction"] as? [String: Any]
    }
}
