// A payment's timeline, put together from what the store keeps. A call whose signature was refused leaves no trace in
// the store, so every request here was genuine.

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
            if let settledAt = operation.settledAt {
                add(settledAt, "processor", name, outcome(operation, timeline, told))
                if let answer = answer(operation, timeline, told) { add(settledAt, "answer", name, answer) }
            } else if let lookupAt = status.lookupAt {
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

    private static func outcome(
        _ operation: TimelineOperation, _ timeline: PaymentTimeline, _ told: EventDetails?
    ) -> String {
        let how = operation.status.lookups > 0 ? ", learned by look-up" : ""
        switch operation.status.kind {
        case .create: return "\(timeline.payment.payment.state.name)\(how)"
        case .refund: return "\(operation.refund?.refund.state.name ?? "unknown")\(how)"
        case .capture, .void: return "\(told == nil ? "ended" : "ended, see its event")\(how)"
        }
    }

    /// What a repeat of the call is answered now.
    private static func answer(
        _ operation: TimelineOperation, _ timeline: PaymentTimeline, _ told: EventDetails?
    ) -> String? {
        let body: [UInt8]? =
            switch operation.status.kind {
            case .create: timeline.payment.payment.createAnswer?.json()
            case .refund: operation.refund?.refund.answer?.json()
            case .capture, .void: nil
            }
        return body.map { ShownBody.text(String(decoding: $0, as: UTF8.self)) }
    }
}
