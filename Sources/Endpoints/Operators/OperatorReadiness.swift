// `/readyz`: whether this service should get requests. Its answer is kept for a moment, so that no crowd of probes
// turns into a crowd of fsyncs.

import Foundation
import Store
import Synchronization

/// Whether the service is ready, and what is in the way.
struct OperatorReadiness: Sendable, Hashable, Encodable {
    let ready: Bool
    let reasons: [String]

    init(reasons: [String]) {
        ready = reasons.isEmpty
        self.reasons = reasons
    }

    var response: EndpointResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Two plain members: it can't fail.
        let json = (try? encoder.encode(self)) ?? Data("{}".utf8)
        return EndpointResponse(ready ? 200 : 503, json: Array(json), outcome: ready ? "ok" : "not-ready")
    }
}

/// Asks once for all that come within a while.
final class OperatorProbe: Sendable {
    /// How long an answer holds, in milliseconds.
    static let keptMilliseconds: Int64 = 1_000
    /// How long a commit may take, in seconds; a disk that hangs is not ready.
    static let timeoutSeconds = 2.0

    private enum State {
        case idle(last: (at: ContinuousClock.Instant, readiness: OperatorReadiness)?)
        case asking([CheckedContinuation<OperatorReadiness, Never>])
    }

    private let state = Mutex(State.idle(last: nil))

    /// The readiness, as `ask` tells it or as it did a moment ago.
    func readiness(_ ask: @escaping @Sendable () async -> OperatorReadiness) async -> OperatorReadiness {
        await withCheckedContinuation { continuation in
            let known: OperatorReadiness? = state.withLock { state in
                switch state {
                case .idle(let last?) where last.at.duration(to: .now) < .milliseconds(Self.keptMilliseconds):
                    return last.readiness
                case .idle:
                    state = .asking([continuation])
                    Task { finish(await ask()) }
                    return nil
                case .asking(let others):
                    state = .asking(others + [continuation])
                    return nil
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func finish(_ readiness: OperatorReadiness) {
        let waiting = state.withLock { state in
            defer { state = .idle(last: (.now, readiness)) }
            if case .asking(let waiting) = state { return waiting }
            return []
        }
        for continuation in waiting { continuation.resume(returning: readiness) }
    }
}

extension EndpointService {
    /// Everything that `/readyz` goes by: a real commit, the courier's lock, room on the disk.
    func askReadiness(_ settings: OperatorSettings) async -> OperatorReadiness {
        var reasons: [String] = []
        if let trouble = await writeTrouble() { reasons.append("The store can't be written: \(trouble).") }
        var reading = OperatorReading(store: nil, path: store.path, metrics: nil, now: clock())
        // What can't be looked at is no sign that there is none; the write above tells of a broken store.
        reading.isCourierAlive = try? store.isCourierAlive()
        return OperatorReadiness(reasons: reasons + reading.storeTrouble(settings))
    }

    private func writeTrouble() async -> String? {
        let reply = Reply<String>()
        let (store, now) = (store, clock())
        Task {
            do throws(StoreError) {
                try await store.probe(now: now)
                _ = reply.offer("")
            } catch {
                _ = reply.offer("\(error)")
            }
        }
        let deadline = ContinuousClock.now.advanced(by: .seconds(OperatorProbe.timeoutSeconds))
        guard let trouble = await reply.wait(until: deadline) else { return "a commit takes too long" }
        return trouble.isEmpty ? nil : trouble
    }
}
