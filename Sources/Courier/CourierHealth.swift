// What the courier tells of itself: kept in the store for `/status` and for its next start, and logged where an
// operator has to act (design rule 11).

import Glibc
import Logging
import Store
import Synchronization

final class CourierHealth: Sendable {
    /// A heartbeat is given at least this often, in milliseconds.
    static let heartbeatMilliseconds: Int64 = 8_000

    /// The processor's outage is over when for so long it has answered every look-up, in milliseconds: longer than the
    /// pauses between two look-ups of a claim.
    static let outageQuietMilliseconds = 2 * LookupBackoff.longestMilliseconds

    private struct Lookups {
        var failedAt: Int64?
        var answeredAt: Int64?
    }

    private let lookups = Mutex(Lookups())
    private let status: Mutex<CourierStatus>
    private let kept = Mutex<CourierStatus?>(nil)
    private let logger: Logger

    init(now: Int64, logger: Logger) {
        status = Mutex(CourierStatus(processID: getpid(), startedAt: now))
        self.logger = logger
    }

    /// What is to be kept now; nil when nothing has changed and the last heartbeat was not long ago.
    func news(now: Int64) -> CourierStatus? {
        endOutage(now: now)
        var current = status.withLock { $0 }
        return kept.withLock { kept in
            current.seenAt = kept?.seenAt ?? 0
            if kept == current, now - current.seenAt < Self.heartbeatMilliseconds, now >= current.seenAt { return nil }
            current.seenAt = now
            kept = current
            return current
        }
    }

    // MARK: What it hears

    func delivered(now: Int64) {
        status.withLock { status in
            status.deliveredCount += 1
            status.deliveredAt = now
            status.lastError = nil
            status.lastErrorAt = nil
            status.tokenRefusedSince = nil
        }
    }

    func failed(_ error: DeliveryError, now: Int64) {
        let isNew = status.withLock { status in
            status.lastError = error.rawValue
            status.lastErrorAt = now
            guard error == .tokenRefused, status.tokenRefusedSince == nil else { return false }
            status.tokenRefusedSince = now
            return true
        }
        if isNew {
            logger.critical(
                "Wix refuses this app's token: check wix.app-id, wix.app-secret-file and the app's permission")
        }
    }

    func lineup(sending: Int, breaker: Breaker, pausedUntil: Int64?, wall: Int64, steady: Int64) {
        let (state, probeAt): (BreakerState, Int64?) =
            switch breaker.state {
            case .closed: (.closed, nil)
            case .open(let probeAt): (.open, wall + probeAt - steady)
            case .halfOpen: (.halfOpen, nil)
            }
        status.withLock { status in
            status.eventsInFlight = sending
            if status.breaker != state {
                status.breaker = state
                status.breakerSince = wall
            }
            status.probeAt = probeAt
            status.failedProbes = breaker.failedProbes
            status.pausedUntil = pausedUntil.map { wall + $0 - steady }
        }
    }

    /// The processor has answered a look-up.
    func processorAnswered(now: Int64) {
        lookups.withLock { $0.answeredAt = now }
        endOutage(now: now)
    }

    /// The processor has not answered a look-up. Told once an outage, as a warning: for as long as it lasts, `/status`
    /// and the alert say so.
    func processorFailed(payment wixTransactionId: String, reason: String, now: Int64) {
        lookups.withLock { $0.failedAt = now }
        let isNew = status.withLock { status in
            defer { status.processorSilentSince = status.processorSilentSince ?? now }
            return status.processorSilentSince == nil
        }
        guard isNew else { return }
        logger.warning(
            "the processor does not answer look-ups; asking on",
            metadata: ["payment": "\(wixTransactionId)", "reason": "\(reason)"])
    }

    /// Where some look-ups are answered and others are not, it is one outage.
    private func endOutage(now: Int64) {
        let isQuiet = lookups.withLock { lookups in
            guard let failedAt = lookups.failedAt, lookups.answeredAt ?? .min >= failedAt else { return false }
            return !(failedAt..<failedAt + Self.outageQuietMilliseconds ~= now)
        }
        guard isQuiet else { return }
        let isOver = status.withLock { status in
            defer { status.processorSilentSince = nil }
            return status.processorSilentSince != nil
        }
        if isOver { logger.notice("the processor answers look-ups again") }
    }

    func overdue(_ payments: OverduePayments, afterMinutes minutes: Double) {
        let change = status.withLock { status in
            defer { (status.overduePayments, status.overdueExamples) = (payments.count, payments.examples) }
            return status.overduePayments != payments.count
        }
        guard change else { return }
        if payments.count == 0 {
            logger.notice("Wix has accepted every final event that was overdue")
        } else {
            logger.error(
                "Wix has not accepted the final event of \(payments.count) payments for over \(Int(minutes)) minutes",
                metadata: ["oldest": "\(payments.examples.joined(separator: ", "))"])
        }
    }
}
