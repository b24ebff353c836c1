// What the courier tells of itself: kept in the store for `/status` and for its next start, and logged where an
// operator has to act (design rule 11).

internal import Glibc
internal import Logging
internal import Store
internal import Synchronization

final class CourierHealth: Sendable {
    /// A sign of life is given at least this often, in milliseconds.
    static let signMilliseconds: Int64 = 8_000

    private let status: Mutex<CourierStatus>
    private let kept = Mutex<CourierStatus?>(nil)
    private let logger: Logger

    init(now: Int64, logger: Logger) {
        status = Mutex(CourierStatus(processID: getpid(), startedAt: now))
        self.logger = logger
    }

    /// What is to be kept now; nil when nothing has changed and a sign of life was given not long ago.
    func news(now: Int64) -> CourierStatus? {
        var current = status.withLock { $0 }
        return kept.withLock { kept in
            current.seenAt = kept?.seenAt ?? 0
            if kept == current, now - current.seenAt < Self.signMilliseconds, now >= current.seenAt { return nil }
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
        let (word, probeAt): (String, Int64?) =
            switch breaker.state {
            case .closed: ("closed", nil)
            case .open(let probeAt): ("open", wall + probeAt - steady)
            case .halfOpen: ("half-open", nil)
            }
        status.withLock { status in
            status.eventsInFlight = sending
            if status.breaker != word {
                status.breaker = word
                status.breakerSince = wall
            }
            status.probeAt = probeAt
            status.failedProbes = breaker.failedProbes
            status.pausedUntil = pausedUntil.map { wall + $0 - steady }
        }
    }

    /// Whether the processor answers look-ups.
    func processorAnswers(_ answers: Bool, now: Int64) {
        let change = status.withLock { status -> Bool in
            let before = status.processorSilentSince
            status.processorSilentSince = answers ? nil : before ?? now
            return (before == nil) != answers
        }
        guard change else { return }
        if answers {
            logger.notice("the processor answers look-ups again")
        } else {
            logger.error("the processor does not answer look-ups; asking on")
        }
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
                "Wix has not accepted the final event of some payments for long",
                metadata: [
                    "payments": "\(payments.count)", "minutes": "\(Int(minutes))",
                    "oldest": "\(payments.examples.joined(separator: ", "))",
                ])
        }
    }
}
