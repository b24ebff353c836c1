// Which events are on their way: takes what is due, as many at once as configured, and keeps what came of each attempt
// (design rule 11).

internal import Foundation
internal import Logging
internal import Store

/// What makes the dispatcher look for work.
enum DispatchSignal: Sendable {
    /// Time has passed.
    case tick
    /// These events' answers have been flushed.
    case released([Int64])
    /// An attempt has ended.
    case finished(Int64)
}

final class Dispatcher: Sendable {
    private let courier: Courier
    private let client: WixClient
    private let schedule: RetrySchedule
    private let signals: AsyncStream<DispatchSignal>
    private let continuation: AsyncStream<DispatchSignal>.Continuation

    init(courier: Courier, client: WixClient) {
        self.courier = courier
        self.client = client
        schedule = RetrySchedule(
            pausesSeconds: courier.settings.retryScheduleSeconds,
            giveUpAfterSeconds: courier.settings.giveUpAfterHours * 3_600)
        // Unbounded, but what goes in is bounded: pokes and ticks by their senders, ends by the concurrency.
        (signals, continuation) = AsyncStream.makeStream(of: DispatchSignal.self)
    }

    func signal(_ signal: DispatchSignal) { continuation.yield(signal) }

    /// Works until its task is canceled, then waits for the attempts that are under way.
    func run() async {
        await withDiscardingTaskGroup { group in
            var inFlight: Set<Int64> = []
            for await signal in signals {
                if case .finished(let id) = signal { inFlight.remove(id) }
                for event in candidates(signal, inFlight) {
                    inFlight.insert(event.id)
                    // Its own task: an attempt that has begun is finished although the courier ends.
                    group.addTask {
                        await Task { await self.attempt(event) }.value
                        self.signal(.finished(event.id))
                    }
                }
            }
        }
    }

    /// What can be started now.
    private func candidates(_ signal: DispatchSignal, _ inFlight: Set<Int64>) -> [QueuedEvent] {
        let room = courier.settings.concurrency - inFlight.count
        guard room > 0 else { return [] }
        do throws(StoreError) {
            let events: [QueuedEvent]
            if case .released(let ids) = signal {
                events = try courier.store.releasedEvents(ids)
            } else {
                events = try courier.store.dueEvents(now: courier.clock(), limit: courier.settings.concurrency)
            }
            return Array(events.filter { !inFlight.contains($0.id) }.prefix(room))
        } catch {
            courier.logger.error("the queue cannot be read", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func attempt(_ event: QueuedEvent) async {
        let began = courier.clock()
        let delivery = await client.deliver(event.body, requestID: event.requestID)
        let now = courier.clock()
        let result = result(of: delivery, event, now: now)
        let attempt = Attempt(
            at: began, stage: delivery.stage, status: delivery.status, error: delivery.error?.rawValue,
            milliseconds: now - began)
        log(event, attempt, result)
        do throws(StoreError) {
            try await courier.store.record(attempt, of: event, result, now: now)
        } catch {
            // The event stays queued and goes out again: at least once.
            courier.logger.error(
                "an attempt could not be stored", metadata: ["event": "\(event.id)", "error": "\(error)"])
        }
    }

    private func result(of delivery: Delivery, _ event: QueuedEvent, now: Int64) -> AttemptResult {
        guard delivery.error != nil else { return .delivered }
        let pause = schedule.pause(
            afterAttempt: event.attempts + 1, ageSeconds: Double(now - event.createdAt) / 1_000,
            retryAfterSeconds: delivery.retryAfterSeconds, jitter: .random(in: 0...1))
        return pause.map { .retry(at: now + Int64($0 * 1_000)) } ?? .dead
    }

    private func log(_ event: QueuedEvent, _ attempt: Attempt, _ result: AttemptResult) {
        var metadata: Logger.Metadata = [
            "event": "\(event.id)", "payment": "\(event.wixTransactionId)", "attempt": "\(event.attempts + 1)",
            "ms": "\(attempt.milliseconds)",
        ]
        metadata["request"] = event.requestID.map { "\($0)" }
        metadata["status"] = attempt.status.map { "\($0)" }
        metadata["error"] = attempt.error.map { "\($0)" }
        switch result {
        case .delivered: courier.logger.info("event delivered", metadata: metadata)
        case .retry: courier.logger.warning("event not taken, will retry", metadata: metadata)
        case .dead: courier.logger.error("event given up", metadata: metadata)
        }
    }
}
