// Claims that were handed over: the processor is asked until it knows (design rule 8).

internal import Logging
internal import Payments
internal import Processors
internal import Store
internal import WixPayments

/// Pauses between look-ups of a claim whose processor does not answer.
enum LookupBackoff {
    /// The longest pause, in milliseconds.
    static let longestMilliseconds: Int64 = 60_000

    /// 1 s, doubling with each look-up.
    static func milliseconds(afterLookups lookups: Int) -> Int64 {
        lookups >= 6 ? longestMilliseconds : min(longestMilliseconds, 1_000 << Int64(max(0, lookups)))
    }
}

extension Reconciler {
    func settle(_ status: OperationStatus) async throws {
        do throws(OutcomeUnknown) {
            switch status.kind {
            case .create: try await settleCreate(status)
            case .refund: try await settleRefund(status)
            case .capture: try await settleAction(.capture, status)
            case .void: try await settleAction(.void, status)
            }
        } catch {
            courier.logger.warning(
                "look-up without an answer",
                metadata: ["operation": "\(status.id)", "kind": "\(status.kind.rawValue)", "reason": "\(error.reason)"])
            await keep { () async throws(StoreError) in
                try await self.store.noteLookup(
                    status, nextAt: self.now + LookupBackoff.milliseconds(afterLookups: status.lookups),
                    notFoundAt: status.notFoundAt)
            }
        }
    }

    // MARK: Payments

    private func settleCreate(_ status: OperationStatus) async throws(OutcomeUnknown) {
        guard let record = await keep({ () throws(StoreError) in try self.store.payment(id: status.id)?.1 }) ?? nil
        else { return }
        let known = ProcessorPayment(record.payment, state: record.processorState)
        switch try await processor.lookup(known) {
        case .found(let report, _, _):
            try await settle(status.claim, record, report)
        case .notFound:
            // While the buyer's call may still come back with the card, it may run the payment; once Wix was told
            // pending it no longer does.
            let isOpen: Bool = if case .claimed = record.payment.state { true } else { false }
            guard await windowIsOver(status, isOpen: isOpen), let claim = await seize(status) else { return }
            var report: PaymentReport
            do throws(OutcomeUnknown) {
                report = try await processor.cancel(known)
            } catch {
                await keep { () async throws(StoreError) in try await self.store.handOver(claim, now: self.now) }
                throw error
            }
            if case .declined = report.outcome { report.outcome = .declined(Self.lost) }
            try await settle(claim, record, report)
        }
    }

    private func settle(
        _ claim: Claim, _ record: PaymentRecord, _ report: PaymentReport
    ) async throws(OutcomeUnknown) {
        let settlement = await keep { () async throws(StoreError) in
            try await self.store.settle(claim, self.outcome(report, .lookup), now: self.now)
        }
        guard let settlement else { return }
        note(settlement, "look-up")
        guard case .lateRedirect(let record) = settlement else { return }
        // Wix was told pending: nobody will see the page.
        var canceled = try await processor.cancel(ProcessorPayment(record.payment, state: record.processorState))
        if case .declined = canceled.outcome { canceled.outcome = .declined(Self.lost) }
        let final = canceled
        let last = await keep { () async throws(StoreError) in
            try await self.store.settle(claim, self.outcome(final, .lookup), now: self.now)
        }
        if let last { note(last, "cancel") }
    }

    private static var lost: Failure<DeclineCode> {
        Failure(
            .providerTechnicalError, errorCode: "PAYMENT_LOST",
            errorMessage: "The payment was interrupted before it reached the processor, and canceled there")
    }

    // MARK: Refunds

    private func settleRefund(_ status: OperationStatus) async throws(OutcomeUnknown) {
        guard let (refund, payment) = await keep({ () throws(StoreError) in try self.refundAndPayment(status) }) ?? nil
        else { return }
        let known = ProcessorRefund(
            refund.refund.pluginRefundId, of: ProcessorPayment(payment.payment, state: payment.processorState))
        switch try await processor.lookupRefund(known) {
        case .found(let outcome): await settle(refund: status.claim, outcome)
        case .pending: throw OutcomeUnknown("the refund is pending")
        case .notFound:
            guard await windowIsOver(status, isOpen: true), let claim = await seize(status) else { return }
            do throws(OutcomeUnknown) {
                switch try await processor.cancelRefund(known) {
                case .found(.succeeded): await settle(refund: claim, .succeeded)
                case .found(.failed), .notFound:
                    await settle(
                        refund: claim,
                        .failed(
                            Failure(
                                .refundTechnicalError, errorCode: "REFUND_LOST",
                                errorMessage: "The refund was interrupted before it reached the processor")))
                case .pending: throw OutcomeUnknown("the refund is pending")
                }
            } catch {
                await keep { () async throws(StoreError) in try await self.store.handOver(claim, now: self.now) }
                throw error
            }
        }
    }

    private func refundAndPayment(_ status: OperationStatus) throws(StoreError) -> (RefundRecord, PaymentRecord)? {
        guard let (_, refund) = try store.refund(id: status.id), let id = refund.payment,
            let (_, payment) = try store.payment(id: id)
        else { return nil }
        return (refund, payment)
    }

    private func settle(refund claim: Claim, _ outcome: RefundOutcome) async {
        let settlement = await keep { () async throws(StoreError) in
            try await self.store.settle(claim, outcome, requestID: nil, now: self.now)
        }
        send(settlement?.event)
    }

    // MARK: Captures and voids

    /// They have no cancel: what did not happen within the window ends the attempt, and the next call is a new one.
    private func settleAction(_ action: PaymentAction, _ status: OperationStatus) async throws(OutcomeUnknown) {
        guard let id = status.payment,
            let record = await keep({ () throws(StoreError) in try self.store.payment(id: id)?.1 }) ?? nil
        else { return }
        let lookup = try await processor.lookup(ProcessorPayment(record.payment, state: record.processorState))
        var isDone = false
        if case .found(_, let captured, let voided) = lookup { isDone = action == .capture ? captured : voided }
        if isDone { return await settle(action, status.claim, .succeeded) }
        guard await windowIsOver(status, isOpen: true), let claim = await seize(status) else { return }
        await settle(
            action, claim,
            .failed(
                Failure(
                    .generalError, errorCode: "\(action.rawValue.uppercased())_LOST",
                    errorMessage: "The \(action.rawValue) was interrupted and did not happen")))
    }

    private func settle(_ action: PaymentAction, _ claim: Claim, _ outcome: ActionOutcome) async {
        let finished = await keep { () async throws(StoreError) in
            try await self.store.settle(claim, action, outcome, requestID: nil, now: self.now)
        }
        send(finished??.event)
    }

    // MARK: Steps

    /// Whether Wix's repeat has had its time to run an operation that the processor never received; notes the
    /// beginning of that time.
    private func windowIsOver(_ status: OperationStatus, isOpen: Bool) async -> Bool {
        guard isOpen else { return true }
        let since = status.notFoundAt ?? now
        let end = since + Store.repeatWindowMilliseconds
        if status.notFoundAt != nil, now >= end { return true }
        await keep { () async throws(StoreError) in
            try await self.store.noteLookup(status, nextAt: end, notFoundAt: since)
        }
        return false
    }

    private func seize(_ status: OperationStatus) async -> Claim? {
        await keep { () async throws(StoreError) in try await self.store.seize(status, now: self.now) } ?? nil
    }

    /// Uses the store; an error is logged here, and what was to be done is due again in the next sweep.
    @discardableResult
    func keep<T>(_ body: () async throws(StoreError) -> T) async -> T? {
        do throws(StoreError) {
            return try await body()
        } catch {
            courier.logger.error("the reconciler cannot use the store", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
