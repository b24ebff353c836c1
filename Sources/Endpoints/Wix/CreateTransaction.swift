// Create Transaction: a buyer pays (spec §4). Claim, processor, settle, answer; and what a repeat is told.

import Logging
import Payments
import Processors
import Store
import WixPayments

extension EndpointService {
    func createTransaction(_ body: [UInt8], _ call: Call) -> Admission {
        do throws(RequestError) {
            let sent = try SentCreateTransaction(body)
            let asked = Payment(sent.ids)
            let known = asked.flatMap(known)
            // Nearly every repeat comes long after its first call: a look-up is all it needs, so it gets no task.
            if let asked, let known, let answer = answer(toRepeat: asked, of: known.1) { return .answer(answer) }
            return create(try sent.checked(), known, call)
        } catch {
            switch error {
            case .notJSON: return .answer(.notJSON)
            case .field(let field, let ids):
                return .work { await self.decline(field, ids, call).about(ids.wixTransactionId) }
            }
        }
    }

    /// What is stored of the payment; nil too when the store can't tell, which the claim will meet again.
    private func known(_ asked: Payment) -> (OperationStatus, PaymentRecord)? {
        try? store.payment(
            wixTransactionId: asked.wixTransactionId, pluginTransactionId: asked.pluginTransactionId)
    }

    /// Nil where the payment is not settled, or the repeat asks for something else.
    private func answer(toRepeat asked: Payment, of record: PaymentRecord) -> EndpointResponse? {
        guard record.payment.createAnswer != nil, record.payment.isSamePurchase(as: asked) else { return nil }
        return answer(record, released: []).about(asked.wixTransactionId)
    }

    // MARK: A well-formed call

    private func create(
        _ request: CreateTransactionRequest, _ known: (OperationStatus, PaymentRecord)?, _ call: Call
    ) -> Admission {
        let payment = Payment(
            wixTransactionId: request.wixTransactionId,
            pluginTransactionId: DerivedID.transaction(request.wixTransactionId),
            wixMerchantId: request.wixMerchantId, mode: request.mode, amount: request.amount,
            authorizeOnly: request.authorizeOnly, isUnattended: request.isUnattended)
        return .work { await self.create(request, payment, known, call).about(request.wixTransactionId) }
    }

    /// Goes on with a payment that is new, as far as `known` tells, or not settled yet.
    private func create(
        _ request: CreateTransactionRequest, _ payment: Payment, _ known: (OperationStatus, PaymentRecord)?,
        _ call: Call
    ) async -> EndpointResponse {
        await guardingStore(call) { () async throws(StoreError) in
            if let (status, record) = known { return try await repeated(request, payment, status, record, call) }
            let place = gate.enter()
            if case .full = place { return .overloaded }
            let new = NewPayment(
                payment, returnURLs: request.order.returnUrls,
                requireConnectedMerchant: settings.requireConnectedMerchant, requestID: call.requestID)
            switch try await claiming(
                place,
                { () async throws(StoreError) in
                    try await store.claim(new, now: clock())
                })
            {
            case .claimed(let claim, _):
                return try await pay(request, claim, place, call)
            case .existing(let status, let record):
                gate.leave(place)
                return try await repeated(request, payment, status, record, call)
            case .refused(let record, let event):
                gate.leave(place)
                return answer(record, released: [event])
            }
        }
    }

    /// Runs a claimed payment and answers it: with its outcome, or pending at the deadline while it goes on.
    private func pay(
        _ request: CreateTransactionRequest, _ claim: Claim, _ place: ProcessorGate.Place, _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        let order = PaymentOrder(
            pluginTransactionId: DerivedID.transaction(request.wixTransactionId), request: request)
        let reply = Reply<Settlement>()
        Task.immediate {
            if case .queued = place { await gate.turn() }
            let settlement = await run(order, claim, call)
            gate.leave(.open)
            // Whoever still waits for the answer takes the event along; otherwise it may leave now.
            let isTaken = reply.offer(settlement)
            if !isTaken, let event = settlement?.event { release([event]) }
            waiters.wake(claim.operation)
        }
        if case .queued = place { return try await deferAnswer(claim, reply, call) }
        let deadline = call.deadline(seconds: settings.answerDeadlineSeconds)
        if let settlement = await reply.wait(until: deadline) {
            return answer(settlement.record, released: settlement.event.map { [$0] } ?? [])
        }
        // The processor did not say, but the reconciler may still learn it in time.
        if let record = try await latest(claim.operation, until: deadline) { return answer(record, released: []) }
        return try await deferAnswer(claim, reply, call)
    }

    /// Design rule 7: pending 5009 is committed, then answered, and the work goes on.
    private func deferAnswer(
        _ claim: Claim, _ reply: Reply<Settlement>, _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        let pending = PaymentReport(.pending(Failure(.general)))
        let settlement = try await store.deferAnswer(claim, outcome(pending, .deadline, call), now: clock())
        let released = [settlement.event, reply.close()?.event].compactMap(\.self)
        return answer(settlement.record, released: released)
    }

    /// Calls the processor and settles what it says. Nil when it did not say: the reconciler takes over.
    private func run(_ order: PaymentOrder, _ claim: Claim, _ call: Call) async -> Settlement? {
        do throws(OutcomeUnknown) {
            let report = try await processor.pay(order)
            let settlement = await persist(call) { () async throws(StoreError) in
                try await self.settle(claim, report, call)
            }
            guard case .lateRedirect(let record)? = settlement else { return settlement }
            return try await cancelLateRedirect(record, claim, report, call)
        } catch {
            log(.warning, "processor outcome unknown", call, ["reason": "\(error.reason)"])
            await handOver(claim, call)
            return nil
        }
    }

    /// The buyer was told pending and is gone, or was never there: nobody will ever see the page (design rule 7).
    private func cancelLateRedirect(
        _ record: PaymentRecord, _ claim: Claim, _ report: PaymentReport, _ call: Call
    ) async throws(OutcomeUnknown) -> Settlement? {
        let known = ProcessorPayment(record.payment, state: report.processorState ?? record.processorState)
        guard let outcome = try await processor.cancel(known).afterLateRedirect(of: record.payment) else {
            throw OutcomeUnknown("the cancel was not confirmed")
        }
        return await persist(call) { () async throws(StoreError) in
            try await self.settle(claim, outcome, call)
        }
    }

    private func settle(
        _ claim: Claim, _ report: PaymentReport, _ call: Call
    ) async throws(StoreError) -> Settlement {
        let settlement = try await store.settle(claim, outcome(report, .answer, call), now: clock())
        if case .conflict(let record) = settlement {
            log(
                .error, "outcome contradicts what Wix was told", call, ["payment": "\(record.payment.wixTransactionId)"]
            )
        }
        return settlement
    }

    private func outcome(_ report: PaymentReport, _ source: OutcomeSource, _ call: Call) -> NewOutcome {
        NewOutcome(
            report, source: source, requestID: call.requestID,
            redirectExpiryMilliseconds: settings.redirectExpiryMilliseconds)
    }

    // MARK: A repeat

    /// Answers the latest state; waits while nothing is known yet (design rules 5 and 6).
    private func repeated(
        _ request: CreateTransactionRequest, _ asked: Payment, _ status: OperationStatus, _ record: PaymentRecord,
        _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        guard record.payment.isSamePurchase(as: asked) else {
            log(.warning, "idempotency mismatch", call, ["payment": "\(asked.wixTransactionId)"])
            return .mismatch
        }
        var (status, record) = (status, record)
        var polls = PollSchedule()
        let deadline = call.deadline(seconds: settings.inFlightWaitSeconds)
        while record.payment.createAnswer == nil {
            if status.isLost, let response = try await retake(request, status, call) { return response }
            guard let pause = polls.pause(until: deadline) else {
                // Nothing is stored: the first call is still going to settle it.
                let pending = TransactionOutcome.pending(
                    pluginTransactionId: record.payment.pluginTransactionId, Failure(.general))
                return EndpointResponse(
                    json: CreateTransactionResponse.outcome(pending).json(), outcome: "still-running")
            }
            await waiters.park(on: status.id, atMost: pause)
            guard let (newStatus, newRecord) = try store.payment(id: status.id) else { return .storeUnavailable }
            (status, record) = (newStatus, newRecord)
        }
        return answer(record, released: [])
    }

    /// Runs a payment again that its first worker lost and that the processor never received: this call carries the
    /// card, the store does not (design rule 8).
    private func retake(
        _ request: CreateTransactionRequest, _ status: OperationStatus, _ call: Call
    ) async throws(StoreError) -> EndpointResponse? {
        guard let (claim, place) = try await reclaim(status) else { return nil }
        return try await pay(request, claim, place, call)
    }

    // MARK: A malformed call

    /// A field is missing or wrong: declined, and with a readable id settled as such, with its event (design rule 2).
    private func decline(_ field: FieldError, _ ids: ReadableIds, _ call: Call) async -> EndpointResponse {
        let failure = field.failure(as: DeclineCode.self)
        guard let payment = Payment(ids) else {
            return EndpointResponse(
                json: CreateTransactionResponse.outcome(.declined(pluginTransactionId: nil, failure)).json(),
                outcome: "malformed")
        }
        return await guardingStore(call) { () async throws(StoreError) in
            let new = NewPayment(payment, refusal: failure, requestID: call.requestID)
            switch try await store.claim(new, now: clock()) {
            case .refused(let record, let event): return answer(record, released: [event])
            case .existing(_, let record), .claimed(_, let record):
                guard record.payment.isSamePurchase(as: payment) else { return .mismatch }
                // The id is known: its payment stands as it is, whatever this repeat looks like.
                return record.payment.createAnswer == nil ? .busy : answer(record, released: [])
            }
        }
    }

    // MARK: Answers

    func answer(_ record: PaymentRecord, released: [Int64]) -> EndpointResponse {
        guard let answer = record.payment.createAnswer else { return .busy }
        return EndpointResponse(json: answer.json(), outcome: record.payment.state.name, released: released)
    }

    /// The payment as soon as there is something to answer; nil if there is not until `deadline`.
    private func latest(
        _ id: Int64, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> PaymentRecord? {
        var polls = PollSchedule()
        while let pause = polls.pause(until: deadline) {
            await waiters.park(on: id, atMost: pause)
            if let (_, record) = try store.payment(id: id), record.payment.createAnswer != nil { return record }
        }
        return nil
    }
}

extension Payment {
    /// As much of a purchase as could be read of a call; nil without its id.
    fileprivate init?(_ ids: ReadableIds) {
        guard let id = ids.wixTransactionId else { return nil }
        let amount = ids.amountMinorUnits.flatMap { amount in
            ids.currency.map { Money(minorUnits: amount, currency: $0) }
        }
        self.init(
            wixTransactionId: id, pluginTransactionId: DerivedID.transaction(id), wixMerchantId: ids.wixMerchantId,
            mode: ids.mode, amount: amount, authorizeOnly: false)
    }
}
