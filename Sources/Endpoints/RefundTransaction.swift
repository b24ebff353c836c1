// Refund Transaction: a merchant gives money back (spec §5). There is no pending refund: while its outcome is open a
// call is answered 503, so that Wix calls again; a reason code would mean failed (design rule 5).

internal import Logging
internal import Payments
internal import Processors
internal import Store
internal import WixPayments

extension Service {
    func refundTransaction(_ body: [UInt8], _ call: Call) -> Admission {
        do throws(RequestError) {
            let request = try RefundTransactionRequest.parse(body)
            return .work { await self.refund(request, call) }
        } catch {
            switch error {
            case .notJSON: return .answer(.notJSON)
            case .field(let field, let ids): return .work { await self.refuseRefund(field, ids, call) }
            }
        }
    }

    private func refund(_ request: RefundTransactionRequest, _ call: Call) async -> EndpointResponse {
        let new = NewRefund(
            wixTransactionId: request.wixTransactionId,
            derivedTransactionId: DerivedID.transaction(request.wixTransactionId),
            namedTransactionId: request.pluginTransactionId, wixRefundId: request.wixRefundId,
            pluginRefundId: DerivedID.refund(request.wixRefundId), amount: request.refundAmount,
            requestID: call.requestID)
        return await guardingStore(call) { () async throws(StoreError) in
            if let (_, record) = try store.refund(
                wixRefundId: new.wixRefundId, pluginRefundId: new.pluginRefundId)
            {
                return try await repeated(new, record, call)
            }
            let place = gate.enter()
            guard case .open = place else {
                gate.leave(place)
                return .overloaded
            }
            switch try await claiming(place, { () async throws(StoreError) in
                try await store.claim(new, now: clock())
            }) {
            case .claimed(let claim, let record, let payment):
                let order = RefundOrder(
                    pluginRefundId: new.pluginRefundId,
                    payment: ProcessorPayment(payment.payment, state: payment.processorState),
                    amount: record.refund.amount ?? 0, reason: request.reason?.rawValue,
                    merchantCredentials: request.merchantCredentials)
                return try await run(order, claim, call)
            case .existing(_, let record):
                gate.leave(place)
                return try await repeated(new, record, call)
            case .refused(let record, let event):
                gate.leave(place)
                return answer(record, released: event.map { [$0] } ?? [])
            }
        }
    }

    /// Runs a claimed refund and answers its outcome; at the deadline 503, while the work goes on.
    private func run(
        _ order: RefundOrder, _ claim: Claim, _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        let reply = Reply<RefundSettlement>()
        Task {
            let settlement = await carryOut(order, claim, call)
            gate.leave(.open)
            let isTaken = reply.offer(settlement)
            if !isTaken, let event = settlement?.event { release([event]) }
            waiters.wake(claim.operation)
        }
        let deadline = call.deadline(seconds: settings.answerDeadlineSeconds)
        if let settlement = await reply.wait(until: deadline) {
            return answer(settlement.record, released: settlement.event.map { [$0] } ?? [])
        }
        if let event = reply.close()?.event { release([event]) }
        return try await latest(refund: claim.operation, until: deadline)
    }

    private func carryOut(_ order: RefundOrder, _ claim: Claim, _ call: Call) async -> RefundSettlement? {
        do throws(OutcomeUnknown) {
            let outcome = try await processor.refund(order)
            return await persist(call) { () async throws(StoreError) in
                try await store.settle(claim, outcome, requestID: call.requestID, now: clock())
            }
        } catch {
            log(.warning, "refund outcome unknown", call, ["reason": "\(error.reason)"])
            await handOver(claim, call)
            return nil
        }
    }

    /// A repeat of a refund answers how it stands (spec §7).
    private func repeated(
        _ asked: NewRefund, _ record: RefundRecord, _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        let refund = record.refund
        let isSame = refund.wixTransactionId == asked.wixTransactionId
            && (asked.amount == nil || refund.amount == nil || asked.amount == refund.amount)
        guard isSame else {
            log(.warning, "idempotency mismatch", call, ["refund": "\(asked.wixRefundId)"])
            return .mismatch
        }
        if refund.answer != nil { return answer(record, released: []) }
        return try await latest(refund: record.id, until: call.deadline(seconds: settings.inFlightWaitSeconds))
    }

    private func latest(
        refund id: Int64, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> EndpointResponse {
        var polls = PollSchedule()
        while let pause = polls.pause(until: deadline) {
            await waiters.park(on: id, atMost: pause)
            if let (_, record) = try store.refund(id: id), record.refund.answer != nil {
                return answer(record, released: [])
            }
        }
        return .busy
    }

    private func refuseRefund(_ field: FieldError, _ ids: ReadableIds, _ call: Call) async -> EndpointResponse {
        let failure = field.failure(as: RefundFailureCode.self)
        guard let id = ids.wixRefundId, let wixTransactionId = ids.wixTransactionId else {
            return EndpointResponse(
                json: RefundTransactionResponse.failed(pluginRefundId: nil, failure).json(), outcome: "malformed")
        }
        let new = NewRefund(
            wixTransactionId: wixTransactionId, derivedTransactionId: DerivedID.transaction(wixTransactionId),
            namedTransactionId: nil, wixRefundId: id, pluginRefundId: DerivedID.refund(id),
            amount: ids.amountMinorUnits, refusal: failure, requestID: call.requestID)
        return await guardingStore(call) { () async throws(StoreError) in
            switch try await store.claim(new, now: clock()) {
            case .refused(let record, let event): return answer(record, released: event.map { [$0] } ?? [])
            case .existing(_, let record), .claimed(_, let record, _): return try await repeated(new, record, call)
            }
        }
    }

    private func answer(_ record: RefundRecord, released: [Int64]) -> EndpointResponse {
        guard let answer = record.refund.answer else { return .busy }
        return EndpointResponse(
            json: answer.json(), outcome: "refund-\(record.refund.state.name)", released: released)
    }
}
