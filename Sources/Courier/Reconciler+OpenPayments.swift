// Payments that stay open: pending ones are asked about, abandoned redirects end (design rule 9).

internal import Logging
internal import Payments
internal import Processors
internal import Store
internal import WixPayments

extension Reconciler {
    /// How soon an expiry is tried again whose cancel was not confirmed, in milliseconds.
    private static let expiryPauseMilliseconds: Int64 = 60_000

    /// Asks about a pending or redirected payment.
    func check(_ record: PaymentRecord) async throws {
        let next: Int64?
        do throws(OutcomeUnknown) {
            next = try await look(record)
        } catch {
            courier.logger.warning(
                "check without an answer",
                metadata: ["payment": "\(record.payment.wixTransactionId)", "reason": "\(error.reason)"])
            next = CheckSchedule.delayMilliseconds(afterChecks: record.checks + 1)
        }
        guard let next else { return }
        try await store.noteCheck(record, nextAt: now + next)
    }

    /// The pause until the next check in milliseconds; nil when the payment is no longer open.
    private func look(_ record: PaymentRecord) async throws(OutcomeUnknown) -> Int64? {
        let usual = CheckSchedule.delayMilliseconds(afterChecks: record.checks + 1)
        let known = ProcessorPayment(record.payment, state: record.processorState)
        guard case .found(let report, _, _) = try await processor.lookup(known) else { return usual }
        let settlement = await keep { () async throws(StoreError) in
            try await self.store.report(self.outcome(report, .lookup), payment: record.id, now: self.now)
        }
        guard let settlement else { return usual }
        note(settlement, "check")
        if case .unchanged = settlement { return report.checkAfterMilliseconds ?? usual }
        return nil
    }

    /// Ends a redirect that was left: canceled at the processor first, because any other answer is the outcome.
    func expire(_ record: PaymentRecord) async throws {
        let report: PaymentReport
        do throws(OutcomeUnknown) {
            report = try await processor.cancel(ProcessorPayment(record.payment, state: record.processorState))
        } catch {
            courier.logger.warning(
                "cancel without an answer",
                metadata: ["payment": "\(record.payment.wixTransactionId)", "reason": "\(error.reason)"])
            return try await store.postponeExpiry(record, to: now + Self.expiryPauseMilliseconds)
        }
        if case .declined(let failure) = report.outcome, failure.code == .buyerCanceled {
            let expired = Failure<DeclineCode>(
                .buyerCanceled, errorCode: "REDIRECT_EXPIRED", errorMessage: "The buyer left the payment page")
            return note(try await store.expire(payment: record.id, because: expired, now: now), "expiry")
        }
        let settlement = try await store.report(outcome(report, .expiry), payment: record.id, now: now)
        note(settlement, "expiry")
        if case .unchanged = settlement {
            try await store.postponeExpiry(record, to: now + Self.expiryPauseMilliseconds)
        }
    }
}
