// Idempotency: a call that comes again, or several times at once, has one effect and the latest answer (spec §7).

extension Check {
    private static let twice = "The buyer is charged twice, and Wix knows of one payment."

    static let idempotency: [Check] = [
        Check(
            "idempotency.repeat", "§7", "A repeated payment answers the same pluginTransactionId and outcome",
            wix: twice
        ) { probe in
            let first = try await probe.approved()
            for _ in 1...2 {
                let again = try await probe.call(.createTransaction, first.call.request)
                try probe.require(again.outcome == .approved, "approved first, then \(again.came)")
                try probe.require(
                    again.pluginTransactionId == first.pluginId,
                    "first \(first.pluginId), then \(again.pluginTransactionId ?? "none")")
            }
        },
        Check(
            "idempotency.repeat-declined", "§7", "A repeated payment that was declined stays declined",
            wix: "The buyer was told to pay otherwise, and pays twice.", needs: [.declined]
        ) { probe in
            let first = try await probe.declined()
            let again = try await probe.call(.createTransaction, first.request)
            try probe.require(
                again.outcome == .declined && again.reasonCode == first.reasonCode,
                "declined with \(first.reasonCode ?? 0) first, then \(again.came)")
        },
        Check("idempotency.concurrent", "§7", "The same payment eight times at once is one payment", wix: twice) {
            probe in
            if probe.session.approval == .never { throw Finding.skipped("no payment is approved: see create.approved") }
            let request = probe.payment()
            let calls = try await probe.calls(8, .createTransaction) { _ in request }
            try probe.require(calls.contains(where: \.isAnswered), "no call was answered with HTTP 200")
            let last = try await probe.call(.createTransaction, request)
            let ids = Set((calls + [last]).compactMap(\.pluginTransactionId))
            try probe.require(ids.count <= 1, "\(ids.count) payments: \(ids.sorted().joined(separator: ", "))")
        },
        Check(
            "idempotency.while-running", "§7",
            "A repeat that comes while the first call is still running starts no second payment", wix: twice,
            needs: [.slow]
        ) { probe in
            let request = probe.payment().with(probe.plan.slow)
            async let first = probe.call(.createTransaction, request)
            try await Task.sleep(for: .milliseconds(200))
            let second = try await probe.call(.createTransaction, request)
            let ids = Set([try await first, second].compactMap(\.pluginTransactionId))
            try probe.require(ids.count <= 1, "two payments: \(ids.sorted().joined(separator: ", "))")
            try probe.require(second.outcome != .declined, "the repeat is declined: \(second.came)")
        },
        Check(
            "idempotency.other-amount", .should, "§7",
            "The same wixTransactionId with another amount starts no second payment", wix: twice
        ) { probe in
            let first = try await probe.approved()
            var request = first.call.request
            request.set("order.description.totalAmount", to: .integer(first.amount + 100))
            let again = try await probe.call(.createTransaction, request)
            let id = again.pluginTransactionId
            try probe.require(id == nil || id == first.pluginId, "first \(first.pluginId), then \(id ?? "none")")
        },
        Check(
            "idempotency.after-refund", "§7", "A refunded payment that is asked for again was approved all the same",
            wix: "Wix takes the payment for declined and cancels the order.", needs: [.refunds]
        ) { probe in
            let payment = try await probe.approved()
            _ = try await probe.refunded(payment, payment.amount)
            try await probe.requireSuccess(of: payment, after: "the refund")
        },
        Check(
            "idempotency.after-capture", "§7", "A captured payment that is asked for again was approved all the same",
            wix: "Wix takes the payment for declined and cancels the order.", needs: [.captures]
        ) { probe in try await probe.requireSuccess(of: try await probe.captured(), after: "the capture") },
        Check(
            "idempotency.after-void", .should, "§7",
            "A voided payment that is asked for again was authorized all the same",
            wix: "Wix hears two different outcomes of one payment.", needs: [.captures]
        ) { probe in try await probe.requireSuccess(of: try await probe.voided(), after: "the void") },
        Check(
            "idempotency.after-pending", "§7", "When a pending payment is final, a repeat answers the final outcome",
            wix: "Wix shows the payment as pending for ever.", needs: [.pending, .wix], turn: .sideBySide
        ) { probe in
            let payment = try await probe.pending()
            let final = try await probe.event(of: payment.id, within: probe.plan.pendingSeconds) {
                $0.kind == .transaction && !$0.isPending
            }
            guard let final else { throw Finding.skipped("no final event: see events.pending-final") }
            let again = try await probe.call(.createTransaction, payment.call.request)
            let fits = final.reasonCode == nil ? again.outcome == .approved : again.reasonCode == final.reasonCode
            try probe.require(
                fits,
                "the final event says \(final.reasonCode.map(String.init) ?? "approved"), the repeat \(again.came)")
        },
        Check(
            "idempotency.redirect-repeat", "§7", "While the buyer is on the page, a repeat answers the same page",
            wix: "The buyer is sent to a second page and pays twice.", needs: [.redirected]
        ) { probe in
            let first = try await probe.redirected()
            let again = try await probe.call(.createTransaction, first.call.request)
            try probe.require(
                again.redirectUrl == first.call.redirectUrl && again.pluginTransactionId == first.pluginId,
                "first \(first.call.redirectUrl ?? ""), then \(again.redirectUrl ?? again.came)")
        },
        Check(
            "idempotency.after-redirect", "§7",
            "When the payment has failed on the page, a repeat has reasonCode and no redirectUrl",
            wix: "The buyer is sent to a page that is over.", needs: [.redirected]
        ) { probe in
            let payment = try await probe.redirected()
            let again = try await probe.settle(payment.call, by: .decline)
            if again.json["reasonCode"] != nil, again.redirectUrl != nil {
                throw Finding.skipped("it has both: see create.redirect-or-code")
            }
            if again.json["reasonCode"]?.text != nil {
                throw Finding.skipped("its reasonCode can't be read: see create.reason-codes")
            }
            try probe.require(again.redirectUrl == nil, "redirectUrl is \(again.redirectUrl ?? "")")
            try probe.require(again.outcome == .declined, again.came)
        },
    ]

    static let refundIdempotency: [Check] = [
        Check(
            "idempotency.refund-repeat", "§7", "A repeated refund answers the same pluginRefundId and success",
            wix: "The buyer is paid back twice.", needs: [.refunds]
        ) { probe in
            let payment = try await probe.approved()
            let id = Session.newID()
            let first = try await probe.refunded(payment, payment.amount, id: id)
            for _ in 1...2 {
                let again = try await probe.refund(payment, payment.amount, id: id)
                try probe.require(again.outcome == .refunded, "refunded first, then \(again.came)")
                try probe.require(
                    again.pluginRefundId == first.pluginRefundId,
                    "first \(first.pluginRefundId ?? ""), then \(again.pluginRefundId ?? "none")")
            }
        },
        Check(
            "idempotency.refund-counted-once", "§7", "A repeated refund counts once towards the payment's amount",
            wix: "The merchant can't refund the rest: the PSP believes that it has gone.", needs: [.partialRefunds]
        ) { probe in
            let payment = try await probe.approved()
            let quarter = payment.amount / 4
            let id = Session.newID()
            let first = try await probe.refunded(payment, quarter, id: id)
            for _ in 1...3 { try await probe.refund(payment, quarter, id: id) }
            let rest = try await probe.refund(payment, payment.amount - quarter)
            if rest.outcome == .refunded { return }
            // Refused: because of the repeats, or are second refunds refused anyway?
            let other = try await probe.approved()
            _ = try await probe.refunded(other, quarter)
            let control = try await probe.refund(other, other.amount - quarter)
            try probe.expect(control, [.refunded], "refunds.partial")
            throw Finding.broken(
                "after \(quarter) was refunded once as \(first.pluginRefundId ?? "") and repeated, the rest: \(rest.came)"
            )
        },
        Check(
            "idempotency.refund-concurrent", "§7", "The same refund six times at once is one refund",
            wix: "The buyer is paid back several times.", needs: [.refunds]
        ) { probe in
            let payment = try await probe.approved()
            let request = probe.refundRequest(payment, payment.amount)
            let calls = try await probe.calls(6, .refundTransaction) { _ in request }
            let ids = Set(calls.filter { $0.outcome == .refunded }.compactMap(\.pluginRefundId))
            if ids.isEmpty { throw Finding.skipped("no refund succeeded: see refunds.full") }
            try probe.require(ids.count == 1, "\(ids.count) refunds: \(ids.sorted().joined(separator: ", "))")
        },
        Check(
            "idempotency.refund-failed-repeat", "§7", "A repeated refund that failed has failed still",
            wix: "Wix was told that no money went back, and then it does.", needs: [.refunds]
        ) { probe in
            let payment = try await probe.approved()
            let id = Session.newID()
            let first = try await probe.refund(payment, payment.amount + 100, id: id)
            try probe.expectFailedRefund(first)
            let again = try await probe.refund(payment, payment.amount + 100, id: id)
            try probe.require(again.outcome == .refundFailed, "failed first, then \(again.came)")
        },
    ]
}

extension Probe {
    /// A repeat of Create answers success.
    fileprivate func requireSuccess(of payment: CheckedPayment, after what: String) async throws {
        let again = try await call(.createTransaction, payment.call.request)
        try require([.approved, .authorized].contains(again.outcome), "after \(what): \(again.came)")
    }
}
