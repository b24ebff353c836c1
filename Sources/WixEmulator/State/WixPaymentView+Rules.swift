// Which events Wix forbids, given what came before (spec §6.4). One function an event kind; each
// returns the breaches and changes nothing.

import WixPayments

extension WixPaymentView {
    /// Pending any number of times, then one final event; after it only its exact repeat.
    func forbidden(_ event: ReceivedEvent.Transaction) -> [Problem] {
        guard let known = transaction else { return [] }
        let field = "event.transaction"
        guard let final = Finality(known) else {
            // A pending event says nothing final, but the payment's id at the PSP never changes.
            return event.pluginTransactionId == known.pluginTransactionId || event.pluginTransactionId == nil
                ? [] : [Problem("\(field).pluginTransactionId", "differs from the pending event's")]
        }
        guard let next = Finality(event) else { return [Problem(field, "pending after \(final.rawValue)")] }
        if next != final { return [Problem(field, "\(next.rawValue) after \(final.rawValue)")] }
        return event.payload == known.payload
            ? [] : [Problem(field, "repeats the \(final.rawValue) event with another payload")]
    }

    /// The first event with a `pluginRefundId` creates the refund. Later ones repeat it or, when the refund was not begun
    /// by Wix, update it.
    func forbidden(_ event: Refund) -> [Problem] {
        let field = "event.refund"
        var refunded = refundedAmount
        if let known = refunds.first(where: { $0.pluginRefundId == event.pluginRefundId }) {
            if known.payload == event.payload { return [] }
            guard known.wixRefundId == nil, event.wixRefundId == nil else {
                return [Problem("\(field).pluginRefundId", "belongs to a refund that was told with another payload")]
            }
            refunded -= known.reasonCode == nil ? known.amount : 0
        }
        var problems: [Problem] = []
        if let id = event.wixRefundId, refunds.contains(where: { $0.wixRefundId == id }) {
            problems.append(Problem("\(field).wixRefundId", "belongs to another pluginRefundId already"))
        }
        // A failed refund changes nothing, so it may be told of any payment.
        guard event.reasonCode == nil else { return problems }
        if [.pending, .authorized, .declined, .canceled, .voided].contains(status) {
            problems.append(Problem(field, "succeeded on a payment that is \(status.rawValue)"))
        }
        if let paid = captured?.amount ?? terms?.amount, refunded + event.amount > paid {
            problems.append(Problem("\(field).amount", "refunds more than was paid"))
        }
        return problems
    }

    /// Once, of an approved authorization, at most its amount.
    func forbiddenCapture(_ event: ReceivedEvent.Action) -> [Problem] {
        guard event.reasonCode == nil else { return [] }
        var problems = forbiddenAction(event, repeating: captured, crossing: voided, kind: "capture")
        if let amount = terms?.amount, event.amount > amount {
            problems.append(Problem("event.capture.amount", "is more than was authorized"))
        }
        return problems
    }

    /// Once, of an approved authorization, exactly its amount (spec §5).
    func forbiddenVoid(_ event: ReceivedEvent.Action) -> [Problem] {
        guard event.reasonCode == nil else { return [] }
        var problems = forbiddenAction(event, repeating: voided, crossing: captured, kind: "void")
        if let amount = terms?.amount, event.amount != amount {
            problems.append(Problem("event.void.amount", "is not what was authorized"))
        }
        return problems
    }

    private func forbiddenAction(
        _ event: ReceivedEvent.Action, repeating known: ReceivedEvent.Action?, crossing other: ReceivedEvent.Action?,
        kind: String
    ) -> [Problem] {
        let field = "event.\(kind)"
        if let known {
            return known.payload == event.payload ? [] : [Problem(field, "repeats with another payload")]
        }
        if other != nil || isPending || transaction.flatMap(Finality.init) == .declined {
            return [Problem(field, "succeeded on a payment that is \(status.rawValue)")]
        }
        return terms?.authorizeOnly == false ? [Problem(field, "the payment was not to be authorized only")] : []
    }

    private var isPending: Bool { transaction.map { Finality($0) == nil } ?? false }
}

/// What a final transaction event says; nil for a pending one.
private enum Finality: String {
    case approved, declined

    init?(_ event: ReceivedEvent.Transaction) {
        switch event.reasonCode {
        case nil: self = .approved
        case let code? where PendingCode(rawValue: code) != nil: return nil
        default: self = .declined
        }
    }
}
