// Refunds (spec §5, §8).

extension Check {
    static let refunds: [Check] = [
        Check(
            "refunds.full", "§5", "A payment can be refunded in full", wix: "The merchant can't refund.",
            needs: [.refunds]
        ) { probe in
            let payment = try await probe.approved()
            let call = try await probe.refund(payment, payment.amount)
            try probe.require(call.outcome == .refunded, call.came)
        },
        Check(
            "refunds.refund-id", "§5", "A refund that succeeds has a pluginRefundId",
            wix: "Wix keeps refunds by this id: it has none.", needs: [.refunds]
        ) { probe in
            let payment = try await probe.approved()
            let call = try await probe.refund(payment, payment.amount)
            try probe.expect(call, [.refunded], "refunds.full")
            try probe.require(call.pluginRefundId.map { !$0.isEmpty } ?? false, "the answer has none")
        },
        Check(
            "refunds.partial", "§5, §8", "A payment can be refunded in parts",
            wix: "The merchant can't refund single items.", needs: [.partialRefunds]
        ) { probe in
            let payment = try await probe.approved()
            for part in 1...2 {
                let call = try await probe.refund(payment, payment.amount / 4)
                try probe.require(call.outcome == .refunded, "part \(part): \(call.came)")
            }
        },
        Check(
            "refunds.distinct-ids", "§5, §6.4", "Every refund has a pluginRefundId of its own",
            wix: "Wix takes the second refund for an update of the first and does not show it.",
            needs: [.partialRefunds]
        ) { probe in
            let payment = try await probe.approved()
            let first = try await probe.refunded(payment, payment.amount / 4)
            let second = try await probe.refunded(payment, payment.amount / 4)
            try probe.require(
                first.pluginRefundId != second.pluginRefundId, "two refunds have \(first.pluginRefundId ?? "")")
        },
        Check(
            "refunds.unique-ids", "§5, §6.4", "Refunds of different payments have different pluginRefundIds",
            wix: "Wix keeps refunds by this id: it may take the second for an update of the first.", needs: [.refunds]
        ) { probe in
            let (one, other) = (try await probe.approved(), try await probe.approved())
            let first = try await probe.refunded(one, one.amount)
            let second = try await probe.refunded(other, other.amount)
            try probe.require(
                first.pluginRefundId != second.pluginRefundId,
                "refunds of two payments have \(first.pluginRefundId ?? "")")
        },
        Check(
            "refunds.too-much", "§5, §8", "A refund of more than the payment is refused",
            wix: "More money goes back than came in.", needs: [.refunds]
        ) { probe in
            let payment = try await probe.approved()
            let call = try await probe.refund(payment, payment.amount + 100)
            if call.outcome != .refunded, call.json["reasonCode"] != nil || !call.isAnswered {
                try probe.expectFailedRefund(call)
            }
            try probe.require(call.outcome == .refundFailed, call.came)
        },
        Check(
            "refunds.too-much-in-parts", "§5, §8", "Refunds that add up to more than the payment are refused",
            wix: "More money goes back than came in.", needs: [.partialRefunds]
        ) { probe in
            let payment = try await probe.approved()
            let part = payment.amount * 3 / 4
            _ = try await probe.refunded(payment, part)
            let call = try await probe.refund(payment, part)
            try probe.require(call.outcome != .refunded, "the second refund of \(part): \(call.came)")
        },
        Check(
            "refunds.concurrent", "§5, §8", "Refunds at once never add up to more than the payment",
            wix: "More money goes back than came in.", needs: [.partialRefunds]
        ) { probe in
            let payment = try await probe.approved()
            let part = payment.amount / 4
            let calls = try await probe.calls(8, .refundTransaction) { _ in probe.refundRequest(payment, part) }
            let count = Int64(calls.count { $0.outcome == .refunded })
            if count > 4 {
                // With one after the other it is another check's business.
                let other = try await probe.approved()
                _ = try await probe.refunded(other, other.amount * 3 / 4)
                try probe.expect(
                    try await probe.refund(other, other.amount * 3 / 4), [.refundFailed], "refunds.too-much-in-parts")
            }
            try probe.require(count <= 4, "\(count) refunds of \(part) on \(payment.amount) succeeded")
        },
        Check(
            "refunds.unknown-payment", "§10", "A refund of an unknown payment fails",
            wix: "The merchant believes that the buyer has been paid back.", needs: [.refunds]
        ) { probe in
            let call = try await probe.refundOfNothing()
            if !call.isAnswered { throw Finding.skipped("\(call.came): see transport.refund-failure-status") }
            try probe.require(call.outcome == .refundFailed, call.came)
        },
        Check(
            "refunds.absent-amount", .should, "§5", "Without refundAmount all that remains is refunded, or nothing",
            wix: "Wix shows another amount than went back.", needs: [.refunds]
        ) { probe in
            try await probe.requireRest(of: try await probe.approved(), refunded: 0)
            if probe.plan.lacks(.partialRefunds) { return }
            let parted = try await probe.approved()
            try await probe.requireRest(of: parted, refunded: parted.amount / 4)
        },
        Check(
            "refunds.minor-units", "§11", "Amounts are minor units in every currency",
            wix: "Wix shows, and adds up, a wrong amount.", needs: [.refunds, .wix]
        ) { probe in
            try await probe.requireFullRefund()
            for (currency, amount) in [("JPY", Int64(1500)), ("KWD", 12_345)] {
                let call = try await probe.pay { request in
                    request.set("order.description.currency", to: .string(currency))
                    request.set("order.description.totalAmount", to: .integer(amount))
                }
                guard call.outcome == .approved, let id = call.pluginTransactionId else { continue }
                let payment = CheckedPayment(call: call, pluginId: id, amount: amount)
                let refund = try await probe.refund(payment, amount)
                try probe.require(refund.outcome == .refunded, "refund of \(amount) \(currency): \(refund.came)")
                let event = try await probe.givenEvent(of: payment.id, see: "events.refund") { $0.kind == .refund }
                try probe.require(
                    event.amount == amount,
                    "\(amount) \(currency) refunded, the event's amount is \(event.amountAsWritten)")
            }
        },
        Check(
            "refunds.unknown-reason", .should, "§5", "A reason that is new is no error",
            wix: "When Wix adds a reason, refunds fail.", needs: [.refunds]
        ) { probe in
            try await probe.requireFullRefund()
            let payment = try await probe.approved()
            let call = try await probe.refund(payment, payment.amount, reason: "SOMETHING_NEW")
            try probe.require(call.outcome == .refunded, call.came)
        },
        Check(
            "refunds.of-declined", .should, "§8", "A declined payment can't be refunded",
            wix: "Money goes back that never came in.", needs: [.refunds, .declined]
        ) { probe in
            let declined = try await probe.declined()
            let payment = CheckedPayment(
                call: declined, pluginId: declined.pluginTransactionId ?? "none", amount: probe.plan.amount)
            let call = try await probe.refund(payment, payment.amount)
            try probe.require(call.outcome != .refunded, call.came)
        },
        Check(
            "refunds.before-capture", .should, "§8", "A payment that is only authorized can't be refunded",
            wix: "Money goes back that was never taken.", needs: [.refunds, .captures]
        ) { probe in
            let payment = try await probe.authorized()
            let call = try await probe.refund(payment, payment.amount)
            try probe.require(call.outcome != .refunded, call.came)
        },
        Check(
            "refunds.after-capture", "§8", "A captured payment can be refunded", wix: "The merchant can't refund.",
            needs: [.refunds, .captures]
        ) { probe in
            try await probe.requireFullRefund()
            let payment = try await probe.captured()
            let call = try await probe.refund(payment, payment.amount)
            try probe.require(call.outcome == .refunded, call.came)
        },
    ]
}

extension Probe {
    /// A refund without an amount refunds what is left, or nothing.
    ///
    /// - Parameter part: what has gone back before, in minor units.
    fileprivate func requireRest(of payment: CheckedPayment, refunded part: Int64) async throws {
        if part > 0 {
            let call = try await refunded(payment, part)
            if let event = try await refundEvent(call), event.amount != part {
                throw Finding.skipped("a part's event has another amount: see events.refund-payload")
            }
        }
        let call = try await refund(payment, nil)
        try require([.refunded, .refundFailed].contains(call.outcome), call.came)
        guard call.outcome == .refunded, let event = try await refundEvent(call) else { return }
        try require(
            event.amount == payment.amount - part,
            "\(part) of \(payment.amount) had been refunded: the event's amount is \(event.amountAsWritten)")
    }

    /// The event of a refund, by Wix's id or else the PSP's; nil when events can't be seen.
    private func refundEvent(_ call: PSPCall) async throws -> SeenEvent? {
        guard session.wix != nil else { return nil }
        let (wixRefundId, pluginRefundId) = (call.request["wixRefundId"]?.text, call.pluginRefundId)
        return try await givenEvent(of: call.wixTransactionId, see: "events.refund") {
            $0.kind == .refund
                && ($0.wixRefundId.map { $0 == wixRefundId } ?? ($0.pluginRefundId == pluginRefundId))
        }
    }

    /// Skips when an ordinary refund does not succeed either.
    fileprivate func requireFullRefund() async throws {
        let payment = try await approved()
        _ = try await refunded(payment, payment.amount)
    }
}
