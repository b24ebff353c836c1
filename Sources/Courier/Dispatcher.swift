// Takes events from the store to Wix, as many at once as the lineup allows, and keeps what came of each attempt
// (design rule 11). All decisions are the lineup's and the schedule's; this is the part that waits and writes.

import CrashPoints
import Logging
import Metrics
import Payments
import Store
import Synchronization

/// What makes the dispatcher look for work.
enum DispatchSignal: Sendable {
    /// Time has passed.
    case tick
    /// These events' answers have been flushed.
    case released([Int64])
    /// An operator has changed the queue; these shall leave now.
    case steered([Int64])
    /// An attempt has ended.
    case ended(Int64, Ended)
    /// An attempt's result is in the store.
    case recorded(Int64)

    /// How an attempt ended, as far as the lineup cares.
    struct Ended: Sendable {
        var payment: Int64
        var error: DeliveryError?
        var retryAfterSeconds: Double?
        var isProbe: Bool
        /// When it began, on the steady clock.
        var began: Int64
    }
}

final class Dispatcher: Sendable {
    private let courier: Courier
    private let client: WixClient
    private let last: CourierStatus?
    private let schedule: RetrySchedule
    private let steady = SteadyClock()
    private let signals: AsyncStream<DispatchSignal>
    private let continuation: AsyncStream<DispatchSignal>.Continuation
    private let isEnding = Mutex(false)

    /// Times that one commit moves when the breaker closes or the clock was put back.
    private static let movedPerCommitMax = 1_000

    /// - Parameter last: what the courier before told of itself.
    init(courier: Courier, client: WixClient, last: CourierStatus?) {
        self.courier = courier
        self.client = client
        self.last = last
        schedule = RetrySchedule(
            pausesSeconds: courier.settings.retryScheduleSeconds,
            giveUpAfterSeconds: courier.settings.giveUpAfterHours * 3_600)
        // Unbounded, but what goes in is bounded: wake-ups and ticks by their senders, ends by the lineup.
        (signals, continuation) = AsyncStream.makeStream(of: DispatchSignal.self)
    }

    func signal(_ signal: DispatchSignal) { continuation.yield(signal) }

    /// Works until its task is canceled, then waits for the attempts that are under way.
    func run() async {
        var lineup = startingLineup()
        tell(lineup)
        var clockWatch = ClockWatch()
        await withDiscardingTaskGroup { group in
            for await signal in signals {
                take(signal, &lineup, &group)
                if case .tick = signal, clockWatch.isPutBack(wall: courier.clock(), steady: steady.now()) {
                    group.addTask { await self.correctTimes() }
                }
                refill(&lineup, signal)
                while let (candidate, event) = next(&lineup) {
                    lineup.start(candidate, payment: event.payment)
                    let isProbe = candidate.isProbe
                    // Its own task: an attempt that has begun is finished although the courier ends.
                    group.addTask { await Task { await self.attempt(event, isProbe: isProbe) }.value }
                }
                tell(lineup)
            }
            isEnding.withLock { $0 = true }
        }
    }

    // MARK: The lineup

    /// Breaker and throttle go on where the last courier left them.
    private func startingLineup() -> Lineup {
        var lineup = Lineup(breaker: Breaker(), throttle: Throttle(most: courier.settings.concurrency))
        guard let last else { return lineup }
        let wall = courier.clock()
        let now = steady.now()
        if last.breaker != .closed {
            let pause = min(max(0, (last.probeAt ?? wall) - wall), Breaker.longestPauseMilliseconds)
            lineup.breaker = Breaker(openUntil: now + pause, failedProbes: last.failedProbes)
        }
        if let until = last.pausedUntil, until > wall {
            let pause = min(until - wall, Int64(RetryAfter.secondsMax * 1_000))
            lineup.throttle = Throttle(most: courier.settings.concurrency, pausedUntil: now + pause)
        }
        return lineup
    }

    private func tell(_ lineup: Lineup) {
        courier.health.lineup(
            sending: lineup.sendingCount, breaker: lineup.breaker, pausedUntil: lineup.throttle.pausedUntil,
            wall: courier.clock(), steady: steady.now())
    }

    private func take(_ signal: DispatchSignal, _ lineup: inout Lineup, _ group: inout DiscardingTaskGroup) {
        switch signal {
        case .tick: break
        case .released(let ids): lineup.release(ids)
        case .steered(let ids): lineup.steer(ids, now: steady.now())
        case .recorded(let id): lineup.forget(id)
        case .ended(let id, let ended):
            lineup.end(id)
            judge(ended, &lineup, &group)
        }
    }

    /// What an attempt's end means for the others.
    private func judge(
        _ ended: DispatchSignal.Ended, _ lineup: inout Lineup, _ group: inout DiscardingTaskGroup
    ) {
        let now = steady.now()
        if let error = ended.error, error.isOutage {
            if lineup.breaker.fail(payment: ended.payment, isProbe: ended.isProbe, now: now) {
                courier.logger.error(
                    "breaker opens: Wix fails one payment after the other", metadata: ["error": "\(error.rawValue)"])
            }
            return
        }
        if ended.error == .rateLimited {
            lineup.throttle.slowDown(
                began: ended.began, now: now, retryAfterMilliseconds: ended.retryAfterSeconds.map { Int64($0 * 1_000) })
        } else if ended.error == nil {
            lineup.throttle.speedUp()
        }
        guard lineup.breaker.succeed() else { return }
        let waiting = reading("the backlog") { () throws(StoreError) in
            try courier.store.dueEventCount(now: courier.clock(), limit: Ramp.countMax)
        }
        lineup.rampUp(waiting: waiting ?? 0, spanMilliseconds: courier.settings.rampMilliseconds, now: now)
        courier.logger.notice("breaker closes: Wix answers", metadata: ["waiting": "\(waiting ?? 0)"])
        group.addTask { await self.bringForward() }
    }

    private func refill(_ lineup: inout Lineup, _ signal: DispatchSignal) {
        let isTick: Bool = if case .tick = signal { true } else { false }
        guard let count = lineup.refillCount(isTick: isTick) else { return }
        let ids = reading("the queue") { () throws(StoreError) in
            try courier.store.dueEvents(now: courier.clock(), limit: count)
        }
        lineup.refill(ids ?? [], asked: count)
    }

    /// The next event that may leave, as it stands in the store at this moment.
    private func next(_ lineup: inout Lineup) -> (Lineup.Candidate, QueuedEvent)? {
        while let candidate = lineup.next(now: steady.now()) {
            let event = reading("an event") { () throws(StoreError) in
                try courier.store.event(toSend: candidate.id, isReleased: candidate.isReleased, now: courier.clock())
            }
            guard let event = event ?? nil else {
                lineup.skip(candidate, now: steady.now())
                continue
            }
            if event.isItsTurn, !lineup.isBusy(event.id, payment: event.payment) { return (candidate, event) }
            lineup.postpone(candidate, behind: event.payment, now: steady.now())
        }
        return nil
    }

    private func reading<T>(_ what: String, _ body: () throws(StoreError) -> T) -> T? {
        do throws(StoreError) {
            return try body()
        } catch {
            courier.logger.error("\(what) cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    // MARK: One attempt

    private func attempt(_ event: QueuedEvent, isProbe: Bool) async {
        let (began, beganSteady) = (courier.clock(), steady.now())
        let delivery = await client.deliver(event.body, requestID: event.requestID)
        let now = courier.clock()
        if let error = delivery.error {
            courier.health.failed(error, now: now)
        } else {
            courier.health.delivered(now: now)
        }
        signal(
            .ended(
                event.id,
                .init(
                    payment: event.payment ?? -event.id, error: delivery.error,
                    retryAfterSeconds: delivery.retryAfterSeconds, isProbe: isProbe, began: beganSteady)))
        let result = result(of: delivery, event, now: now)
        let attempt = Attempt(
            at: began, stage: delivery.stage, status: delivery.status, error: delivery.error?.rawValue,
            milliseconds: steady.now() - beganSteady)
        log(event, attempt, result)
        count(event, attempt, result, now: now)
        await record(attempt, event, result)
        CrashPoint.afterRecord.reach()
        signal(.recorded(event.id))
    }

    private func result(of delivery: Delivery, _ event: QueuedEvent, now: Int64) -> AttemptResult {
        guard delivery.error != nil else { return .delivered }
        let pause = schedule.pause(
            afterTry: event.tries + 1, ageSeconds: Double(now - event.queuedAt) / 1_000,
            retryAfterSeconds: delivery.retryAfterSeconds, jitter: .random(in: 0...1))
        return pause.map { .retry(afterMilliseconds: Int64($0 * 1_000)) } ?? .dead
    }

    /// Stores what came of an attempt, again and again while the store fails: until then the event does not leave
    /// again. If the courier ends before, it does: at least once.
    private func record(_ attempt: Attempt, _ event: QueuedEvent, _ result: AttemptResult) async {
        await Store.insist(while: { !isEnding.withLock(\.self) }) { () async throws(StoreError) in
            try await courier.store.record(attempt, of: event, result, now: courier.clock())
        } onError: { error in
            courier.logger.error(
                "an attempt could not be stored yet", metadata: ["event": "\(event.id)", "error": "\(error)"])
        }
    }

    private func count(_ event: QueuedEvent, _ attempt: Attempt, _ result: AttemptResult, now: Int64) {
        let metrics = courier.metrics
        let stage: StageLabel = attempt.stage == .token ? .token : .submit
        metrics.count(.attempt(stage, AttemptLabel(error: attempt.error)))
        metrics.observe(.attempt, milliseconds: attempt.milliseconds)
        switch result {
        case .delivered:
            metrics.count(.event(.delivered))
            metrics.observe(.delivery, milliseconds: now - event.queuedAt)
        case .retry: metrics.count(.event(.retried))
        case .dead: metrics.count(.event(.dead))
        }
    }

    private func log(_ event: QueuedEvent, _ attempt: Attempt, _ result: AttemptResult) {
        var metadata: Logger.Metadata = [
            "event": "\(event.id)", "payment": "\(event.wixTransactionId)", "attempt": "\(event.attempts + 1)",
            "stage": "\(attempt.stage.rawValue)", "ms": "\(attempt.milliseconds)",
        ]
        metadata["request"] = event.requestID.map { "\($0)" }
        metadata["status"] = attempt.status.map { "\($0)" }
        metadata["error"] = attempt.error.map { "\($0)" }
        switch result {
        case .delivered: courier.logger.info("event delivered", metadata: metadata)
        case .retry(let milliseconds):
            metadata["retry-seconds"] = "\(milliseconds / 1_000)"
            courier.logger.warning("event not accepted, will retry", metadata: metadata)
        case .dead: courier.logger.error("event given up", metadata: metadata)
        }
    }

    // MARK: Moving due times

    private func bringForward() async {
        let errors = DeliveryError.allCases.filter(\.isOutage).map(\.rawValue)
        await inSteps { () async throws(StoreError) in
            try await courier.store.bringForward(
                errors: errors, now: courier.clock(), overMilliseconds: courier.settings.rampMilliseconds,
                limit: Self.movedPerCommitMax)
        }
    }

    private func correctTimes() async {
        let longest = LongestPauses(
            lookup: LookupBackoff.longestMilliseconds, check: LookupSchedule.longestMilliseconds,
            expiry: courier.settings.redirectExpiryMilliseconds)
        await inSteps { () async throws(StoreError) in
            try await courier.store.correctTimes(now: courier.clock(), longest: longest, limit: Self.movedPerCommitMax)
        }
    }

    private func inSteps(_ step: () async throws(StoreError) -> Int) async {
        do throws(StoreError) {
            while try await step() == Self.movedPerCommitMax, !Task.isCancelled {}
        } catch {
            courier.logger.error("due times could not be moved", metadata: ["error": "\(error)"])
        }
    }
}
