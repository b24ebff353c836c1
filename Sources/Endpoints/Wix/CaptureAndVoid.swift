// Capture Transaction and Void Transaction (spec §5): attempts on an authorization, kept from acting twice by the
// payment's state (design rule 9).

import Logging
import Payments
import Processors
import Store
import WixPayments

extension EndpointService {
    func act(_ action: PaymentAction, _ body: [UInt8], _ call: Call) -> Admission {
        do throws(RequestError) {
            let request = try ActionRequest(action, body)
            return .work { await self.act(request, call).about(request.wixTransactionId) }
        } catch {
            switch error {
            case .notJSON: return .answer(.notJSON)
            case .field(let field, _):
                // Without an id of its own such a call has nothing to be settled under.
                let answer = ActionResponse.failed(field.failure(as: ActionFailureCode.self))
                return .answer(EndpointResponse(json: answer.json(), outcome: "malformed"))
            }
        }
    }

    private func act(_ request: ActionRequest, _ call: Call) async -> EndpointResponse {
        let mismatch = settings.actionCodes.amountMismatch.map {
            Failure($0, errorCode: "AMOUNT_MISMATCH", errorMessage: "The amount does not fit the authorization")
        }
        let new = NewAction(
            request.action, wixTransactionId: request.wixTransactionId,
            derivedTransactionId: DerivedID.transaction(request.wixTransactionId),
            namedTransactionId: request.pluginTransactionId, amount: request.amount, amountMismatch: mismatch,
            requestID: call.requestID)
        return await guardingStore(call) { () async throws(StoreError) in
            let place = gate.enter()
            guard case .open = place else {
                gate.leave(place)
                return .overloaded
            }
            let claim = try await claiming(place) { () async throws(StoreError) in
                try await store.claim(new, now: clock())
            }
            if case .claimed(let claim, let record) = claim { return try await run(request, claim, record, call) }
            gate.leave(place)
            switch claim {
            case .claimed: return .busy
            case .unknownPayment:
                return failed(never, "TRANSACTION_NOT_FOUND", "No payment with this wixTransactionId")
            case .foreignPayment:
                return failed(.generalError, "TRANSACTION_MISMATCH", "pluginTransactionId is not this payment's")
            case .refused(let event): return answer(mismatch, "amount-mismatch", released: event.map { [$0] } ?? [])
            case .forbidden(let decision, let running):
                return try await forbidden(decision, running, request, call)
            }
        }
    }

    /// Runs a claimed attempt and answers its outcome; at the deadline 503, while the work goes on.
    private func run(
        _ request: ActionRequest, _ claim: Claim, _ record: PaymentRecord, _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        let order = ActionOrder(
            request.action,
            key: request.action.attemptKey(of: record.payment.pluginTransactionId, record.payment.attempts),
            payment: ProcessorPayment(record.payment, state: record.processorState), amount: request.amount,
            merchantCredentials: request.merchantCredentials)
        let reply = Reply<FinishedAction>()
        Task {
            let finished = await carryOut(order, claim, call)
            gate.leave(.open)
            let isTaken = reply.offer(finished)
            if !isTaken, let event = finished?.event { release([event]) }
            waiters.wake(claim.operation)
        }
        let deadline = call.deadline(seconds: settings.answerDeadlineSeconds)
        if let finished = await reply.wait(until: deadline) {
            return answer(finished, request, released: finished.event.map { [$0] } ?? [])
        }
        if let event = reply.close()?.event { release([event]) }
        return try await latest(claim.operation, request, until: deadline, call) ?? .busy
    }

    private func carryOut(_ order: ActionOrder, _ claim: Claim, _ call: Call) async -> FinishedAction? {
        do throws(OutcomeUnknown) {
            let outcome = try await processor.act(order)
            let finished =
                await persist(call) { () async throws(StoreError) in
                    try await store.settle(claim, order.action, outcome, requestID: call.requestID, now: clock())
                } ?? nil
            if finished?.isContradicted == true {
                log(
                    .error, "\(order.action.rawValue) contradicts what Wix was told", call,
                    ["payment": "\(order.payment.payment.wixTransactionId)"])
            }
            return finished
        } catch {
            log(.warning, "\(order.action.rawValue) outcome unknown", call, ["reason": "\(error.reason)"])
            await handOver(claim, call)
            return nil
        }
    }

    /// The payment's state does not allow it: a repeat, a crossed call, or a payment without authorization.
    private func forbidden(
        _ decision: ActionDecision, _ running: OperationStatus?, _ request: ActionRequest, _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        switch decision {
        case .alreadyCaptured: return repeated(settings.actionCodes.alreadyCaptured, "ALREADY_CAPTURED")
        case .alreadyVoided: return repeated(settings.actionCodes.alreadyVoided, "ALREADY_VOIDED")
        case .busy:
            guard let running, running.kind == OperationKind(request.action), running.amount == request.amount else {
                return .busy
            }
            let deadline = call.deadline(seconds: settings.inFlightWaitSeconds)
            return try await latest(running.id, request, until: deadline, call) ?? .busy
        case .begin, .amountMismatch, .notAuthorized:
            return failed(never, "NOT_AUTHORIZED", "The payment has no open authorization")
        }
    }

    /// The outcome of an attempt that runs elsewhere; nil if it is not known until `deadline`. An attempt that was lost
    /// is run again (design rule 8).
    private func latest(
        _ operation: Int64, _ request: ActionRequest, until deadline: ContinuousClock.Instant, _ call: Call
    ) async throws(StoreError) -> EndpointResponse? {
        var polls = PollSchedule()
        while let pause = polls.pause(until: deadline) {
            await waiters.park(on: operation, atMost: pause)
            if let finished = try store.finishedAction(operation: operation) {
                return answer(finished, request, released: [])
            }
            if let status = try store.operation(id: operation), status.isLost, let id = status.payment,
                let (_, record) = try store.payment(id: id), let (claim, _) = try await reclaim(status)
            {
                return try await run(request, claim, record, call)
            }
        }
        return nil
    }

    private func repeated(_ code: ActionFailureCode?, _ errorCode: String) -> EndpointResponse {
        answer(
            code.map { Failure($0, errorCode: errorCode, errorMessage: $0.message) }, errorCode.lowercased(),
            released: [])
    }

    /// For what never was and so never succeeded, whatever is configured.
    private var never: ActionFailureCode { settings.actionCodes.failed ?? .generalError }

    private func failed(_ code: ActionFailureCode, _ errorCode: String, _ message: String) -> EndpointResponse {
        answer(Failure(code, errorCode: errorCode, errorMessage: message), errorCode.lowercased(), released: [])
    }

    /// An attempt's outcome. Where failures without a code are configured to answer success, those are the ones told with
    /// 6000; their event tells of the failure all the same.
    private func answer(_ finished: FinishedAction, _ request: ActionRequest, released: [Int64]) -> EndpointResponse {
        let isToldAsSuccess = settings.actionCodes.failed == nil && finished.failure?.code == .generalError
        return answer(isToldAsSuccess ? nil : finished.failure, request.outcome(finished), released: released)
    }

    /// Success when there is no failure.
    private func answer(
        _ failure: Failure<ActionFailureCode>?, _ outcome: String, released: [Int64]
    ) -> EndpointResponse {
        let response = failure.map(ActionResponse.failed) ?? .succeeded
        return EndpointResponse(json: response.json(), outcome: outcome, released: released)
    }
}

/// What Capture and Void have in common.
struct ActionRequest: Sendable {
    let action: PaymentAction
    let wixTransactionId: String
    let pluginTransactionId: String
    let amount: Int64
    let merchantCredentials: Secret<[String: String]>

    /// For log and metrics.
    func outcome(_ finished: FinishedAction) -> String {
        finished.failure == nil ? action.rawValue : "\(action.rawValue)-failed"
    }

    init(_ action: PaymentAction, _ body: [UInt8]) throws(RequestError) {
        self.action = action
        switch action {
        case .capture:
            let request = try CaptureTransactionRequest.parse(body)
            wixTransactionId = request.wixTransactionId
            pluginTransactionId = request.pluginTransactionId
            amount = request.captureAmount
            merchantCredentials = request.merchantCredentials
        case .void:
            let request = try VoidTransactionRequest.parse(body)
            wixTransactionId = request.wixTransactionId
            pluginTransactionId = request.pluginTransactionId
            amount = request.voidAmount
            merchantCredentials = request.merchantCredentials
        }
    }
}
