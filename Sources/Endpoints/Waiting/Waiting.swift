// Waiting for what somebody else finishes: in this process a waiter is woken, for other processes the store is asked
// again and again, ever less often (design rule 5).

import Synchronization

/// Wakes those who wait for an operation that runs in this process.
final class Waiters: Sendable {
    private struct State: ~Copyable {
        var nextToken: UInt64 = 0
        var parked: [Int64: [UInt64: CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// Returns once `wake` is called for the operation, or after `duration`.
    func park(on operation: Int64, atMost duration: Duration) async {
        await withCheckedContinuation { continuation in
            let token = state.withLock { state in
                state.nextToken += 1
                state.parked[operation, default: [:]][state.nextToken] = continuation
                return state.nextToken
            }
            Task {
                try? await Task.sleep(for: duration)
                resume(operation, token)
            }
        }
    }

    /// Wakes all who wait for the operation.
    func wake(_ operation: Int64) {
        let all = state.withLock { $0.parked.removeValue(forKey: operation) }
        all?.values.forEach { $0.resume() }
    }

    private func resume(_ operation: Int64, _ token: UInt64) {
        let continuation = state.withLock { state in
            let continuation = state.parked[operation]?.removeValue(forKey: token)
            if state.parked[operation]?.isEmpty == true { state.parked[operation] = nil }
            return continuation
        }
        continuation?.resume()
    }
}

/// The pauses between two looks at the store: 5 ms, doubling to 100 ms.
struct PollSchedule {
    private var next: Duration = .milliseconds(5)
    private static let longest: Duration = .milliseconds(100)

    mutating func pause(until deadline: ContinuousClock.Instant) -> Duration? {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return nil }
        defer { next = min(next * 2, Self.longest) }
        return min(next, left)
    }
}
