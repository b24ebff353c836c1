// Refund Transaction: a merchant gives money back (spec §5). There is no pending refund: while its outcome is open a
// call is answered 503, so that Wix calls again; a reason code would mean failed (design rule 5).

import Logging
import Payments
import Processors
import Store
import WixPayments

extension EndpointService {
    func refundTransaction(_ body: [UInt8], _ call: Call) -> Admission {
        do throws(RequestError) {
            let request = try RefundTransactionRequest.parse(body)
            return .work { await self.refund(request, call).about(request.wixTransactionId) }
        } catch {
            switch error {
            case .notJSON: return .answer(.notJSON)
            case .field(let field, let ids):
                return .work { await self.refuseRefund(field, ids, call).about(ids.wixTransactionId) }
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
            if let (status, record) = try store.refund(
                wixRefundId: new.wixRefundId, pluginRefundId: new.pluginRefundId)
            {
                return try await repeated(new, request, status, record, call)
            }
            let place = gate.enter()
            guard case .open = place else {
                gate.leave(place)
                return .overloaded
            }
            switch try await claiming(
                place,
                { () async throws(StoreError) in
                    try await store.claim(new, now: clock())
                })
            {
            case .claimed(let claim, let record, let payment):
                return try await run(request, claim, record, payment, call)
            case .existing(let status, let record):
                gate.leave(place)
                return try await repeated(new, request, status, record, call)
            case .refused(let record, let event):
                gate.leave(place)
                return answer(record, released: event.map { [$0] } ?? [])
            }
        }
    }

    /// Runs a claimed refund and answers its outcome; at the deadline 503, while the work goes on.
    private func run(
        _ request: RefundTransactionRequest, _ claim: Claim, _ record: RefundRecord, _ payment: PaymentRecord,
        _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        let order = RefundOrder(
            pluginRefundId: record.refund.pluginRefundId,
            payment: ProcessorPayment(payment.payment, state: payment.processorState),
            amount: record.refund.amount ?? 0, reason: request.reason?.rawValue,
            merchantCredentials: request.merchantCredentials)
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
        // The processor did not say, but the reconciler may still learn it in time.
        var polls = PollSchedule()
        while let pause = polls.pause(until: deadline) {
            await waiters.park(on: claim.operation, atMost: pause)
            if let (_, record) = try store.refund(id: claim.operation), record.refund.answer != nil {
                return answer(record, released: [])
            }
        }
        return .busy
    }

    private func carryOut(_ order: RefundOrder, _ claim: Claim, _ call: Call) async -> RefundSettlement? {
        do throws(OutcomeUnknown) {
            let outcome = try await processor.refund(order)
            let settlement = await persist(call) { () async throws(StoreError) in
                try await store.settle(claim, outcome, requestID: call.requestID, now: clock())
            }
            if case .conflict(let record)? = settlement {
                log(
                    .error, "refund contradicts what Wix was told", call,
                    ["payment": "\(record.refund.wixTransactionId)"])
            }
            return settlement
        } catch {
            log(.warning, "refund outcome unknown", call, ["reason": "\(error.reason)"])
            await handOver(claim, call)
            return nil
        }
    }

    /// A repeat of a refund answers how it stands (spec §7), and runs it again if it was lost (design rule 8).
    /// `request` is nil for a malformed call, which can run nothing.
    private func repeated(
        _ asked: NewRefund, _ request: RefundTransactionRequest?, _ status: OperationStatus, _ record: RefundRecord,
        _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        guard record.refund.isSame(as: asked) else {
            log(.warning, "idempotency mismatch", call, ["refund": "\(asked.wixRefundId)"])
            return .mismatch
        }
        var (status, record) = (status, record)
        var polls = PollSchedule()
        let deadline = call.deadline(seconds: settings.inFlightWaitSeconds)
        while record.refund.answer == nil {
            if status.isLost, let request, let id = record.payment, let (_, payment) = try store.payment(id: id),
                let (claim, _) = try await reclaim(status)
            {
                return try await run(request, claim, record, payment, call)
            }
            guard let pause = polls.pause(until: deadline) else { return .busy }
            await waiters.park(on: status.id, atMost: pause)
            guard let (newStatus, newRecord) = try store.refund(id: status.id) else { return .storeUnavailable }
            (status, record) = (newStatus, newRecord)
        }
        return answer(record, released: [])
    }

    private func refuseRefund(_ field: FieldError, _ ids: ReadableIds, _ call: Call) async -> EndpointResponse {
        let failure = field.failure(as: RefundFailureCode.self)
        return await guardingStore(call) { () async throws(StoreError) in
            guard let id = ids.wixRefundId, let wixTransactionId = try refundedPayment(ids) else {
                return EndpointResponse(
                    json: RefundTransactionResponse.failed(pluginRefundId: nil, failure).json(), outcome: "malformed")
            }
            let new = NewRefund(
                wixTransactionId: wixTransactionId, derivedTransactionId: DerivedID.transaction(wixTransactionId),
                namedTransactionId: nil, wixRefundId: id, pluginRefundId: DerivedID.refund(id),
                amount: ids.amountMinorUnits, refusal: failure, requestID: call.requestID)
            switch try await store.claim(new, now: clock()) {
            case .refused(let record, let event): return answer(record, released: event.map { [$0] } ?? [])
            case .existing(let status, let record): return try await repeated(new, nil, status, record, call)
            case .claimed: preconditionFailure("a refused refund was claimed")
            }
        }
    }

    /// Wix's id of the payment that is meant: its event needs one. The PSP's id tells it too.
    private func refundedPayment(_ ids: ReadableIds) throws(StoreError) -> String? {
        if let id = ids.wixTransactionId { return id }
        guard let id = ids.pluginTransactionId else { return nil }
        return try store.payment(pluginTransactionId: id)?.1.payment.wixTransactionId
    }

    private func answer(_ record: RefundRecord, released: [Int64]) -> EndpointResponse {
        guard let answer = record.refund.answer else { return .busy }
        return EndpointResponse(
            json: answer.json(), outcome: "refund-\(record.refund.state.name)", released: released)
    }
}

extension Refund {
    /// Whether a repeat asks for the same as what is stored; an absent amount stands for what remained then.
    func isSame(as asked: NewRefund) -> Bool {
        guard wixTransactionId == asked.wixTransactionId else { return false }
        guard let amount, let askedAmount = asked.amount else { return true }
        return amount == askedAmount
    }
}
