// What would leave an order at Wix other than the PSP believes it to be: unpaid although the buyer paid, above all
// (spec §6.4, §6.5, §16). Computed from what has come; the time is handed in.

/// One thing that a PSP's owner should look at.
struct PaymentFlag: Sendable, Equatable {
    enum Code: String, Sendable, CaseIterable {
        /// An answer told an outcome, and no event has confirmed it.
        case missingEvent = "missing-event"
        /// The answer approved, the final event has a `reasonCode`: Wix shows declined.
        case finalEventWithReasonCode = "final-event-with-reason-code"
        /// Answer and event tell different outcomes.
        case contradictingEvent = "event-contradicts-answer"
        /// A refund event has a `wixRefundId` that Wix has not given out.
        case unknownRefund = "unknown-refund"
        /// A refund event has the `pluginRefundId` of another payment's refund.
        case reusedRefundId = "reused-refund-id"
        /// The latest events were refused, so that Wix does not know what they told.
        case refusedEvent = "refused-event"
        /// Taken in, although Wix's text asks for something else.
        case toleratedEvent = "tolerated-event"
    }

    var code: Code
    /// One sentence for people.
    var text: String

    var json: JSON { ["code": .string(code.rawValue), "text": .string(text)] }
}

/// An answer that an event must follow.
struct OwedEvent: Sendable, Equatable {
    enum Subject: Sendable, Equatable {
        case transaction
        case refund(wixRefundId: String)
        case capture, void

        var name: String {
            switch self {
            case .transaction: "transaction"
            case .refund(let id): "refund \(id)"
            case .capture: "capture"
            case .void: "void"
            }
        }
    }

    var subject: Subject
    /// nil: success.
    var reasonCode: Int?
    /// What the call asked for, in minor units; nil when it said nothing.
    var amount: Int64?
    /// Seconds since 1970.
    var since: Int64
}

extension WixPaymentView {
    /// How long an event may take before its absence is flagged. Wix wants it at once (spec §6.5).
    static let eventDueSeconds: Int64 = 10

    /// The answers whose events have not come.
    var awaited: [OwedEvent] {
        owed.filter { owed in
            switch owed.subject {
            case .transaction: transaction == nil
            case .refund(let id): !refunds.contains { $0.wixRefundId == id }
            case .capture: owed.reasonCode == nil ? captured == nil : !hasCaptureEvent
            case .void: owed.reasonCode == nil ? voided == nil : !hasVoidEvent
            }
        }
    }

    /// - Parameter now: seconds since 1970.
    func flags(now: Int64) -> [PaymentFlag] {
        var flags = awaited.filter { now - $0.since >= Self.eventDueSeconds }.map {
            PaymentFlag(code: .missingEvent, text: "no event for the \($0.subject.name) since \(now - $0.since) s")
        }
        flags += contradictions + strangeRefunds
        flags += tolerated.map { PaymentFlag(code: .toleratedEvent, text: $0.description) }
        if let problem = refusedEvents.first {
            flags.append(
                PaymentFlag(
                    code: .refusedEvent, text: "Wix refused the latest event, so it counts as not sent: \(problem)"))
        }
        return flags
    }

    private var contradictions: [PaymentFlag] {
        var flags = transactionContradiction
        for owed in owed {
            switch owed.subject {
            case .transaction: continue
            case .refund(let id):
                guard let told = refunds.first(where: { $0.wixRefundId == id }) else { continue }
                if (told.reasonCode == nil) != (owed.reasonCode == nil) {
                    flags.append(
                        PaymentFlag(
                            code: .contradictingEvent, text: "refund \(id) was answered otherwise than its event says"))
                }
                flags += amountContradiction(owed, told.amount)
            case .capture: flags += captured.map { amountContradiction(owed, $0.amount) } ?? []
            case .void: continue
            }
        }
        return flags
    }

    private func amountContradiction(_ owed: OwedEvent, _ told: Int64) -> [PaymentFlag] {
        guard let asked = owed.amount, asked != told else { return [] }
        let text = "the \(owed.subject.name) was asked for with \(asked), its event says \(told)"
        return [PaymentFlag(code: .contradictingEvent, text: text)]
    }

    /// Refunds that can't be told apart, or that nobody has asked for. Judged only where the emulator was told of the
    /// payment's calls.
    private var strangeRefunds: [PaymentFlag] {
        let reused = reusedRefundIds.sorted { $0.key < $1.key }.map { id, owner in
            PaymentFlag(
                code: .reusedRefundId,
                text: "pluginRefundId \(id) belongs to a refund of payment \(owner): Wix may take this one for the same"
            )
        }
        guard terms != nil, askedRefunds.count < Self.owedMax else { return reused }
        let unknown = refunds.compactMap(\.wixRefundId).filter { !askedRefunds.contains($0) }.map { id in
            PaymentFlag(code: .unknownRefund, text: "Wix has asked for no refund \(id) of this payment")
        }
        return reused + unknown
    }

    private var transactionContradiction: [PaymentFlag] {
        guard let transaction else { return [] }
        if let answeredId, let told = transaction.pluginTransactionId, told != answeredId {
            let text = "the answer has pluginTransactionId \(answeredId), the event \(told)"
            return [PaymentFlag(code: .contradictingEvent, text: text)] + outcomeContradiction(transaction)
        }
        return outcomeContradiction(transaction)
    }

    private func outcomeContradiction(_ transaction: ReceivedEvent.Transaction) -> [PaymentFlag] {
        let approved = [.approved, .authorized].contains(answer?.outcome)
        if approved, let code = transaction.reasonCode {
            return [
                PaymentFlag(
                    code: .finalEventWithReasonCode,
                    text: "the answer approved, but the event has reasonCode \(code): the order stays unpaid")
            ]
        }
        if answer?.outcome == .declined, transaction.reasonCode == nil {
            return [
                PaymentFlag(
                    code: .contradictingEvent, text: "the answer declined, but the event approves: Wix shows it as paid"
                )
            ]
        }
        return []
    }
}
