// Claims that were handed over: the processor is asked until it knows (design rule 8).

import Logging
import Payments
import Processors
import Store
import WixPayments

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
    /// Asks once what became of a claim.
    func settle(_ status: OperationStatus) async {
        do throws(OutcomeUnknown) {
            switch status.kind {
            case .create: try await settleCreate(status)
            case .refund: try await settleRefund(status)
            case .capture: try await settleAction(.capture, status)
            case .void: try await settleAction(.void, status)
            }
            courier.health.processorAnswered(now: now)
        } catch {
            let payment = await wixTransactionId(of: status)
            courier.health.processorFailed(payment: payment, reason: error.reason, now: now)
            courier.logger.debug(
                "look-up without an answer",
                metadata: [
                    "payment": "\(payment)", "operation": "\(status.id)", "kind": "\(status.kind.rawValue)",
                    "reason": "\(error.reason)",
                ])
            await askAgain(status)
        }
    }

    /// For the log.
    private func wixTransactionId(of status: OperationStatus) async -> String {
        guard let id = status.payment else { return "unknown" }
        let record = await withStore { () throws(StoreError) in try self.store.payment(id: id)?.1 } ?? nil
        return record?.payment.wixTransactionId ?? "unknown"
    }

    /// Puts the next look-up off, ever longer.
    private func askAgain(_ status: OperationStatus) async {
        await withStore { () async throws(StoreError) in
            // As it stands now: a claim that was taken and given back is of a later generation.
            guard let latest = try self.store.operation(id: status.id) else { return }
            try await self.store.noteLookup(
                latest, nextAt: self.now + LookupBackoff.milliseconds(afterLookups: latest.lookups),
                notFoundAt: latest.notFoundAt)
        }
    }

    // MARK: Payments

    private func settleCreate(_ status: OperationStatus) async throws(OutcomeUnknown) {
        guard let record = await withStore({ () throws(StoreError) in try self.store.payment(id: status.id)?.1 }) ?? nil
        else { return }
        let known = ProcessorPayment(record.payment, state: record.processorState)
        switch try await processor.lookup(known) {
        case .found(let report, _, _):
            try await settle(status.claim, report)
        case .notFound:
            // While the buyer's call may still come back with the card, it may run the payment; once Wix was told
            // pending it no longer does.
            let isOpen: Bool = if case .claimed = record.payment.state { true } else { false }
            guard await windowIsOver(status, isOpen: isOpen), let claim = await seize(status) else { return }
            try await givingBack(claim) { () async throws(OutcomeUnknown) in
                var report = try await processor.cancel(known)
                // A reason of the gateway's own is the better one.
                if case .declined(let failure) = report.outcome, [.buyerCanceled, .generalError].contains(failure.code)
                {
                    report.outcome = .declined(Self.lost)
                }
                return try await settle(claim, report)
            }
        }
    }

    /// Returns whether the outcome is stored.
    @discardableResult
    private func settle(_ claim: Claim, _ report: PaymentReport) async throws(OutcomeUnknown) -> Bool {
        var settlement = await keepOutcome(claim, report, "look-up")
        if case .lateRedirect(let record)? = settlement {
            settlement = await keepOutcome(claim, try await cancelLateRedirect(record), "cancel")
        }
        return settlement != nil
    }

    private func keepOutcome(_ claim: Claim, _ report: PaymentReport, _ how: String) async -> Settlement? {
        let settlement = await withStore { () async throws(StoreError) in
            try await self.store.settle(claim, self.outcome(report, .lookup), now: self.now)
        }
        if let settlement { note(settlement, how) }
        return settlement
    }

    private static var lost: Failure<DeclineCode> {
        Failure(
            .providerTechnicalError, errorCode: "PAYMENT_LOST",
            errorMessage: "The payment was interrupted before it reached the processor, and canceled there")
    }

    // MARK: Refunds

    private func settleRefund(_ status: OperationStatus) async throws(OutcomeUnknown) {
        guard
            let (refund, payment) = await withStore({ () throws(StoreError) in try self.refundAndPayment(status) })
                ?? nil
        else { return }
        let known = ProcessorRefund(
            refund.refund.pluginRefundId, of: ProcessorPayment(payment.payment, state: payment.processorState))
        switch try await processor.lookupRefund(known) {
        case .found(let outcome): await settle(refund: status.claim, outcome)
        case .pending: await askAgain(status)
        case .notFound:
            guard await windowIsOver(status, isOpen: true), let claim = await seize(status) else { return }
            try await givingBack(claim) { () async throws(OutcomeUnknown) in
                switch try await processor.cancelRefund(known) {
                case .found(.succeeded): return await settle(refund: claim, .succeeded)
                case .found(.failed), .notFound: return await settle(refund: claim, .failed(Self.lostRefund))
                case .pending: throw OutcomeUnknown("the refund is pending")
                }
            }
        }
    }

    private func refundAndPayment(_ status: OperationStatus) throws(StoreError) -> (RefundRecord, PaymentRecord)? {
        guard let (_, refund) = try store.refund(id: status.id), let id = refund.payment,
            let (_, payment) = try store.payment(id: id)
        else { return nil }
        return (refund, payment)
    }

    /// Returns whether the outcome is stored.
    @discardableResult
    private func settle(refund claim: Claim, _ outcome: RefundOutcome) async -> Bool {
        let settlement = await withStore { () async throws(StoreError) in
            try await self.store.settle(claim, outcome, source: .lookup, requestID: nil, now: self.now)
        }
        switch settlement {
        case .settled(let record, let event):
            courier.logger.info(
                "refund settled by the reconciler",
                metadata: ["payment": "\(record.refund.wixTransactionId)", "state": "\(record.refund.state.name)"])
            send(event)
        case .conflict(let record):
            courier.logger.error(
                "refund contradicts what Wix was told", metadata: ["payment": "\(record.refund.wixTransactionId)"])
        case .unchanged, .superseded, nil: break
        }
        return settlement != nil
    }

    private static var lostRefund: Failure<RefundFailureCode> {
        Failure(
            .providerTechnicalError, errorCode: "REFUND_LOST",
            errorMessage: "The refund was interrupted before it reached the processor, and canceled there")
    }

    // MARK: Captures and voids

    /// They have no cancel: what did not happen within the window ends the attempt, and the next call is a new one.
    private func settleAction(_ action: PaymentAction, _ status: OperationStatus) async throws(OutcomeUnknown) {
        guard let id = status.payment,
            let record = await withStore({ () throws(StoreError) in try self.store.payment(id: id)?.1 }) ?? nil
        else { return }
        let lookup = try await processor.lookup(ProcessorPayment(record.payment, state: record.processorState))
        if lookup.shows(action) {
            await settle(action, status.claim, .succeeded)
            return
        }
        // What came instead may contradict the authorization: captured under a void, declined under a capture.
        if case .found(let report, _, _) = lookup { await keepOutcome(report, .lookup, record, "look-up") }
        guard await windowIsOver(status, isOpen: true), let claim = await seize(status) else { return }
        let lost = Failure<ActionFailureCode>(
            .generalError, errorCode: "\(action.rawValue.uppercased())_LOST",
            errorMessage: "The \(action.rawValue) was interrupted and did not happen")
        try await givingBack(claim) { await settle(action, claim, .failed(lost)) }
        guard case .found(_, _, voided: true) = lookup else { return }
        // The authorization that the capture was for has ended meanwhile.
        let lapse = await withStore { () async throws(StoreError) in
            try await self.store.lapse(payment: id, source: .lookup, now: self.now)
        }
        if case .done(let event, _)? = lapse { send(event) }
    }

    /// Returns whether the outcome is stored.
    @discardableResult
    private func settle(_ action: PaymentAction, _ claim: Claim, _ outcome: ActionOutcome) async -> Bool {
        let stored = await withStore { () async throws(StoreError) in
            try await self.store.settle(claim, action, outcome, source: .lookup, requestID: nil, now: self.now)
        }
        guard let finished = stored ?? nil else { return stored != nil }
        guard !finished.isContradicted else {
            courier.logger.error(
                "\(action.rawValue) contradicts what Wix was told", metadata: ["operation": "\(claim.operation)"])
            return true
        }
        courier.logger.info(
            "\(action.rawValue) settled by the reconciler",
            metadata: ["operation": "\(claim.operation)", "failed": "\(finished.failure != nil)"])
        send(finished.event)
        return true
    }

    // MARK: Steps

    /// Whether Wix's repeat has had its time to run an operation that the processor never received; notes the
    /// beginning of that time.
    private func windowIsOver(_ status: OperationStatus, isOpen: Bool) async -> Bool {
        guard isOpen else { return true }
        let since = status.notFoundAt ?? now
        let end = since + Store.repeatWindowMilliseconds
        if status.notFoundAt != nil, now >= end { return true }
        await withStore { () async throws(StoreError) in
            try await self.store.noteLookup(status, nextAt: end, notFoundAt: since)
        }
        return false
    }

    private func seize(_ status: OperationStatus) async -> Claim? {
        await withStore { () async throws(StoreError) in try await self.store.seize(status, now: self.now) } ?? nil
    }

    /// Ends a claim that was taken for good: `body` says whether its outcome is stored. If it isn't, nobody holds the
    /// claim again; as long as this process lives, nobody else would look for it.
    private func givingBack(
        _ claim: Claim, _ body: () async throws(OutcomeUnknown) -> Bool
    ) async throws(OutcomeUnknown) {
        do throws(OutcomeUnknown) {
            if try await body() { return }
        } catch {
            await handOver(claim)
            throw error
        }
        await handOver(claim)
    }

    private func handOver(_ claim: Claim) async {
        await Store.insist(while: { !Task.isCancelled }) { () async throws(StoreError) in
            try await store.handOver(claim, now: now)
        } onError: { error in
            courier.logger.error(
                "a claim could not be handed back yet",
                metadata: ["operation": "\(claim.operation)", "error": "\(error)"])
        }
    }
}

extension PaymentLookup {
    /// Whether it shows that a capture or void has happened. Some gateways call a voided authorization declined or
    /// canceled.
    fileprivate func shows(_ action: PaymentAction) -> Bool {
        guard case .found(let report, let captured, let voided) = self else { return false }
        return switch (action, report.outcome) {
        case (.capture, _): captured
        case (.void, .declined): true
        case (.void, _): voided
        }
    }
}
