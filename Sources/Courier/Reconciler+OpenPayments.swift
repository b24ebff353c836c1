// Payments that stay open: pending ones are asked about, abandoned redirects end (design rule 9).

import Logging
import Payments
import Processors
import Store
import WixPayments

extension Reconciler {
    /// How soon an expiry is tried again whose cancel was not confirmed, in milliseconds.
    private static let expiryPauseMilliseconds: Int64 = 60_000

    /// Asks about a pending or redirected payment.
    func check(_ found: PaymentRecord) async {
        guard let record = await stillDue(found, \.checkAt) else { return }
        let usual = LookupSchedule.delayMilliseconds(afterChecks: record.checks + 1)
        var next: Int64? = usual
        do throws(OutcomeUnknown) {
            next = try await look(record, usual: usual)
            courier.health.processorAnswered(now: now)
        } catch {
            tell("check without an answer", record, error)
        }
        guard let next else { return }
        await withStore { () async throws(StoreError) in try await self.store.noteCheck(record, nextAt: self.now + next)
        }
    }

    /// The pause until the next check in milliseconds; nil when its state changed, which has set the next check.
    private func look(_ record: PaymentRecord, usual: Int64) async throws(OutcomeUnknown) -> Int64? {
        let known = ProcessorPayment(record.payment, state: record.processorState)
        guard case .found(var report, _, _) = try await processor.lookup(known) else { return usual }
        var settlement = await keepOutcome(report, .lookup, record, "check")
        if case .lateRedirect? = settlement {
            report = try await cancelLateRedirect(record)
            settlement = await keepOutcome(report, .lookup, record, "cancel")
        }
        if case .settled? = settlement { return nil }
        return report.checkAfterMilliseconds ?? usual
    }

    /// Ends a redirect that was left: canceled at the processor first, because any other answer is the outcome.
    func expire(_ found: PaymentRecord) async {
        guard let record = await stillDue(found, \.expiresAt) else { return }
        do throws(OutcomeUnknown) {
            let report = try await processor.cancel(ProcessorPayment(record.payment, state: record.processorState))
            courier.health.processorAnswered(now: now)
            if case .declined(let failure) = report.outcome, failure.code == .buyerCanceled {
                let expired = Failure<DeclineCode>(
                    .buyerCanceled, errorCode: "REDIRECT_EXPIRED", errorMessage: "The buyer left the payment page")
                let settlement = await withStore { () async throws(StoreError) in
                    try await self.store.expire(payment: record.id, because: expired, now: self.now)
                }
                if let settlement { note(settlement, "expiry") }
                return
            }
            guard case .unchanged? = await keepOutcome(report, .expiry, record, "expiry") else { return }
            throw OutcomeUnknown("the cancel was not confirmed")
        } catch {
            tell("cancel without an answer", record, error)
            await withStore { () async throws(StoreError) in
                try await self.store.postponeExpiry(record, to: self.now + Self.expiryPauseMilliseconds)
            }
        }
    }

    /// The payment as it stands now; nil when `at` is no longer set or due. With a slow processor it may have waited long
    /// for its turn, and its buyer may have finished meanwhile.
    private func stillDue(_ found: PaymentRecord, _ at: KeyPath<PaymentRecord, Int64?>) async -> PaymentRecord? {
        let record = await withStore { () throws(StoreError) in try self.store.payment(id: found.id)?.1 } ?? nil
        guard let record, let due = record[keyPath: at], due <= now else { return nil }
        return record
    }

    /// Takes in what was learned of a payment whose claim is not needed for that.
    @discardableResult
    func keepOutcome(
        _ report: PaymentReport, _ source: OutcomeSource, _ record: PaymentRecord, _ how: String
    ) async -> Settlement? {
        let settlement = await withStore { () async throws(StoreError) in
            try await self.store.report(self.outcome(report, source), payment: record.id, now: self.now)
        }
        if let settlement { note(settlement, how) }
        return settlement
    }

    private func tell(_ what: String, _ record: PaymentRecord, _ error: OutcomeUnknown) {
        courier.health.processorFailed(
            payment: record.payment.wixTransactionId, reason: error.reason, now: now)
        courier.logger.debug(
            "\(what)", metadata: ["payment": "\(record.payment.wixTransactionId)", "reason": "\(error.reason)"])
    }
}
