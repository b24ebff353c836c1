// How a check gets a payment of the kind it needs. Where it can't, the check says nothing: another check, whose business
// it is, turns red.

/// A payment that the PSP has taken on.
struct CheckedPayment: Sendable {
    /// The call that began it.
    var call: PSPCall
    /// The PSP's id.
    var pluginId: String
    /// Minor units.
    var amount: Int64

    var id: String { call.wixTransactionId }
    /// Where the buyer is to be sent in the end, by outcome.
    var returnURLs: [String] {
        (call.request["order"]?["returnUrls"]?.members ?? [:]).values.compactMap(\.text)
    }
}

extension Probe {
    /// Pays once. With a PSP that approves sometimes: until one of the wanted outcomes comes; with one that has every
    /// payment decided on its page: by pressing the button for one of them.
    func pay(
        _ scenario: CheckPlan.Scenario? = nil, wanting outcomes: Set<Conclusion.Outcome> = [.approved],
        _ edit: (inout JSON) -> Void = { _ in }, before: (String) async throws -> Void = { _ in }
    ) async throws -> PSPCall {
        var attempts = session.approval == .sometimes ? Session.attemptsMax : 1
        while true {
            let id = Session.newID()
            var request = session.create(id: id).with(scenario)
            edit(&request)
            try await before(id)
            let call = try await call(.createTransaction, request)
            attempts -= 1
            if call.outcome == .redirect, session.approval == .onPage, let decision = Decision(outcomes) {
                return try await settle(call, by: decision)
            }
            let isByChance = [.approved, .authorized, .pending, .declined].contains(call.outcome)
            if outcomes.contains(call.outcome) || !isByChance || attempts == 0 { return call }
        }
    }

    /// A payment that is approved.
    func approved(_ edit: (inout JSON) -> Void = { _ in }) async throws -> CheckedPayment {
        guard session.approval != .never else { throw Finding.skipped("no payment is approved: see create.approved") }
        return try taken(try await pay(nil, wanting: [.approved], edit), [.approved], "create.approved")
    }

    func authorized() async throws -> CheckedPayment {
        let call = try await pay(nil, wanting: [.authorized]) { $0.set("authorizeOnly", to: true) }
        return try taken(call, [.authorized], "create.authorize-only")
    }

    func declined() async throws -> PSPCall {
        let call = try await pay(plan.declined, wanting: [.declined])
        try expect(call, [.declined], "create.declined")
        return call
    }

    func pending() async throws -> CheckedPayment {
        try taken(try await pay(plan.pending, wanting: [.pending]), [.pending], "create.pending")
    }

    func redirected(_ edit: (inout JSON) -> Void = { _ in }) async throws -> CheckedPayment {
        try taken(try await pay(plan.redirected, wanting: [.redirect], edit), [.redirect], "create.redirect")
    }

    private func taken(
        _ call: PSPCall, _ outcomes: Set<Conclusion.Outcome>, _ other: String
    ) throws(Finding) -> CheckedPayment {
        try expect(call, outcomes, other)
        guard let id = call.pluginTransactionId, !id.isEmpty else {
            throw .skipped("the answer has no pluginTransactionId: see create.plugin-id")
        }
        return CheckedPayment(
            call: call, pluginId: id, amount: call.request["order"]?["description"]?["totalAmount"]?.integer ?? 0)
    }

    /// Skips, naming the check that judges this.
    func expect(_ call: PSPCall, _ outcomes: Set<Conclusion.Outcome>, _ other: String) throws(Finding) {
        if !outcomes.contains(call.outcome) { throw .skipped("\(call.came): see \(other)") }
    }

    // MARK: What follows a payment

    @discardableResult
    func refund(
        _ payment: CheckedPayment, _ amount: Int64?, id: String = Session.newID(), reason: String? = nil
    ) async throws -> PSPCall {
        try await call(.refundTransaction, refundRequest(payment, amount, id: id, reason: reason))
    }

    func refundRequest(
        _ payment: CheckedPayment, _ amount: Int64?, id: String = Session.newID(), reason: String? = nil
    ) -> JSON {
        session.followUp(
            payment.id, payment.pluginId,
            .refund(wixRefundId: id, amount: amount, reason: reason, mode: plan.mode))
    }

    /// A refund that succeeds.
    func refunded(_ payment: CheckedPayment, _ amount: Int64, id: String = Session.newID()) async throws -> PSPCall {
        let call = try await refund(payment, amount, id: id)
        try expect(call, [.refunded], amount < payment.amount ? "refunds.partial" : "refunds.full")
        guard call.pluginRefundId != nil else {
            throw Finding.skipped("the answer has no pluginRefundId: see refunds.refund-id")
        }
        return call
    }

    /// Skips unless a refund has failed as it should, naming the check that tells of it.
    func expectFailedRefund(_ call: PSPCall) throws(Finding) {
        if !call.isAnswered { throw .skipped("\(call.came): see transport.refund-failure-status") }
        if call.json["reasonCode"] != nil, call.outcome == .failure {
            throw .skipped("its reasonCode can't be read: see create.reason-codes")
        }
        try expect(call, [.refundFailed], "refunds.too-much")
    }

    @discardableResult
    func capture(_ payment: CheckedPayment, _ amount: Int64? = nil) async throws -> PSPCall {
        try await call(.captureTransaction, captureRequest(payment, amount))
    }

    func captureRequest(_ payment: CheckedPayment, _ amount: Int64? = nil) -> JSON {
        session.followUp(payment.id, payment.pluginId, .capture(amount: amount ?? payment.amount))
    }

    @discardableResult
    func void(_ payment: CheckedPayment, _ amount: Int64? = nil) async throws -> PSPCall {
        try await call(.voidTransaction, voidRequest(payment, amount))
    }

    func voidRequest(_ payment: CheckedPayment, _ amount: Int64? = nil) -> JSON {
        session.followUp(payment.id, payment.pluginId, .void(amount: amount ?? payment.amount))
    }

    func captured() async throws -> CheckedPayment {
        let payment = try await authorized()
        try expect(try await capture(payment), [.captured], "captures.capture")
        return payment
    }

    func voided() async throws -> CheckedPayment {
        let payment = try await authorized()
        try expect(try await void(payment), [.voided], "voids.void")
        return payment
    }
}
