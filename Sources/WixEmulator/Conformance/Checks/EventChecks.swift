// Events: each outcome has its event, and it says what the answer said (spec §6.2, §6.5, §8).

extension Check {
    private static let unpaid = "The order stays unpaid at Wix, although the buyer was charged."

    static let events: [Check] = [
        Check(
            "events.approved", "§6.5", "An approval is followed by its event", wix: unpaid, needs: [.wix]
        ) { probe in
            let payment = try await probe.approved()
            _ = try await probe.requiredEvent(of: payment.id, "of an approved payment") { $0.kind == .transaction }
        },
        Check(
            "events.declined", "§6.5", "A decline is followed by its event",
            wix: "The order stays open, as if nobody had tried to pay.", needs: [.wix, .declined]
        ) { probe in
            let declined = try await probe.declined()
            _ = try await probe.requiredEvent(of: declined.wixTransactionId, "of a declined payment") {
                $0.kind == .transaction
            }
        },
        Check(
            "events.pending", "§6.5", "A pending answer is followed by a pending event",
            wix: "Wix does not show the order as pending.", needs: [.wix, .pending]
        ) { probe in
            let payment = try await probe.pending()
            _ = try await probe.requiredEvent(of: payment.id, "of a pending payment") {
                $0.kind == .transaction && $0.isPending
            }
        },
        Check(
            "events.pending-final", "§6.4, §8", "A pending payment ends with one final event", wix: unpaid,
            needs: [.wix, .pending], turn: .sideBySide
        ) { probe in
            if probe.plan.pending == nil { throw Finding.skipped("no way to pending: --pending-card or --pending") }
            let payment = try await probe.pending()
            let final = try await probe.event(of: payment.id, within: probe.plan.pendingSeconds) {
                $0.kind == .transaction && !$0.isPending
            }
            try probe.require(final != nil, "no final event within \(Int(probe.plan.pendingSeconds)) s")
        },
        Check(
            "events.authorized", "§8", "An authorization is followed by its event", wix: unpaid,
            needs: [.wix, .captures]
        ) { probe in
            let payment = try await probe.authorized()
            _ = try await probe.requiredEvent(of: payment.id, "of an authorized payment") { $0.kind == .transaction }
        },
        action("events.capture", .capture) { try await $0.captured() },
        action("events.void", .void) { try await $0.voided() },
        Check(
            "events.action-payload", "§6.2", "The event of a capture or void has the amount, and no reasonCode",
            wix: "Wix shows it as failed, or with a wrong amount.", needs: [.wix, .captures]
        ) { probe in
            for (payment, kind) in [
                (try await probe.captured(), SeenEvent.Kind.capture), (try await probe.voided(), .void),
            ] {
                let event = try await probe.givenEvent(of: payment.id, see: "events.\(kind.rawValue)") {
                    $0.kind == kind
                }
                try probe.require(event.reasonCode == nil, "\(kind.rawValue): reasonCode \(event.reasonCode ?? 0)")
                try probe.require(
                    event.amount == payment.amount,
                    "\(kind.rawValue) of \(payment.amount): the event's amount is \(event.amountAsWritten)")
            }
        },
        Check(
            "events.refund", "§6.5", "A refund is followed by its event",
            wix: "Wix does not show the refund.", needs: [.wix, .refunds]
        ) { probe in
            let payment = try await probe.approved()
            _ = try await probe.refunded(payment, payment.amount)
            _ = try await probe.requiredEvent(of: payment.id, "of a refund") { $0.kind == .refund }
        },
        Check(
            "events.refund-failed", "§6.5, §8", "A refund that failed is followed by its event, with the reasonCode",
            wix: "Wix does not learn that the refund has failed.", needs: [.wix, .refunds]
        ) { probe in
            let payment = try await probe.approved()
            let call = try await probe.refund(payment, payment.amount + 100)
            try probe.expectFailedRefund(call)
            let event = try await probe.requiredEvent(of: payment.id, "of a failed refund") { $0.kind == .refund }
            try probe.require(event.reasonCode != nil, "the event has no reasonCode: Wix takes the refund as done")
        },
        Check(
            "events.refund-payload", "§6.2, §6.5",
            "A refund's event has its wixRefundId, its pluginRefundId and its amount",
            wix: "Wix takes it for another refund, begun at the PSP.", needs: [.wix, .refunds]
        ) { probe in
            let payment = try await probe.approved()
            try await probe.requireEvents(ofRefunds: [payment.amount], on: payment)
            if probe.plan.lacks(.partialRefunds) { return }
            // Of parts, each event tells its own refund, and neither the payment nor the first part.
            let parted = try await probe.approved()
            try await probe.requireEvents(ofRefunds: [parted.amount / 4, parted.amount / 2], on: parted)
        },
        Check(
            "events.prompt", .should, "§6.5", "The event comes right after the answer",
            wix: "The buyer sees an unpaid order until it comes.", needs: [.wix]
        ) { probe in
            let payment = try await probe.approved()
            if try await probe.event(of: payment.id, within: probe.plan.promptSeconds, where: { _ in true }) != nil {
                return
            }
            _ = try await probe.givenEvent(of: payment.id, see: "events.approved") { _ in true }
            throw Finding.broken("later than \(probe.plan.promptSeconds) s after the answer")
        },
        Check(
            "events.duplicates", "§6.4", "An event that is sent again has the same payload",
            wix: "Wix refuses it, or takes the second for the truth.", needs: [.wix]
        ) { probe in
            let payment = try await probe.approved()
            _ = try await probe.givenEvent(of: payment.id, see: "events.approved") { $0.kind == .transaction }
            for _ in 1...2 { try await probe.call(.createTransaction, payment.call.request) }
            try await probe.quiet()
            let events = try await probe.events(of: payment.id, within: 0) { _ in true }
            let payloads = Set(events.filter { $0.kind == .transaction && !$0.isPending }.map(\.payload))
            try probe.require(payloads.count <= 1, "\(payloads.count) different events of one payment")
        },
        Check(
            "events.order", .should, "§6.4", "The event of a refund does not overtake the event of its payment",
            wix: "Wix is told of a refund of a payment that it does not know as paid.", needs: [.wix, .refunds],
            turn: .sideBySide
        ) { probe in
            try probe.requireRetries()
            let wix = try probe.wix()
            let payment = try await probe.approvedDisturbed(["kind": "status", "status": 500, "count": 1])
            _ = try await probe.refunded(payment, payment.amount)
            let events = try await probe.events(of: payment.id, within: probe.plan.retrySeconds) { events in
                if events.count(where: { $0.tellingCheck != nil }) > 1 { return true }
                return Set(events.filter { $0.fault == nil }.compactMap(\.kind)).isSuperset(of: [.transaction, .refund])
            }
            try await wix.clearFaults(of: payment.id)
            guard events.contains(where: { $0.fault != nil }) else { throw Finding.skipped("the fault was not met") }
            let order = events.filter { $0.fault == nil }.compactMap(\.kind)
            guard let paid = order.firstIndex(of: .transaction), let refunded = order.firstIndex(of: .refund) else {
                let other = events.lazy.compactMap(\.tellingCheck).first ?? "retries.status-500 and events.refund"
                throw Finding.skipped("not both events came: see \(other)")
            }
            try probe.require(paid < refunded, "the refund's event came first")
        },
    ]

    private static func action(
        _ id: String, _ kind: SeenEvent.Kind, _ make: @escaping @Sendable (Probe) async throws -> CheckedPayment
    ) -> Check {
        Check(
            id, "§6.5, §8", "A \(kind.rawValue) is followed by its event",
            wix: "Wix does not show it.", needs: [.wix, .captures]
        ) { probe in
            let payment = try await make(probe)
            _ = try await probe.requiredEvent(of: payment.id, "of a \(kind.rawValue)") { $0.kind == kind }
        }
    }
}

extension Probe {
    /// Refunds these amounts, one after the other, and looks at the event of each.
    fileprivate func requireEvents(ofRefunds amounts: [Int64], on payment: CheckedPayment) async throws {
        var told: [JSON] = []
        for amount in amounts {
            let call = try await refunded(payment, amount)
            let event = try await givenEvent(of: payment.id, see: "events.refund") {
                $0.kind == .refund && !told.contains($0.payload)
            }
            told.append(event.payload)
            let wixRefundId = call.request["wixRefundId"]?.text
            try require(
                event.wixRefundId == wixRefundId,
                "wixRefundId is \(event.wixRefundId ?? "missing"), the call had \(wixRefundId ?? "none")")
            try require(
                event.pluginRefundId == call.pluginRefundId,
                "pluginRefundId is \(event.pluginRefundId ?? "missing"), the answer had \(call.pluginRefundId ?? "")")
            try require(
                event.amount == amount,
                "refund of \(amount) on \(payment.amount): the event's amount is \(event.amountAsWritten)")
        }
    }
}
