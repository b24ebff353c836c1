// Between a task that finishes an operation and the call that waits for it, for a while.

import Synchronization

/// Hands one value from a worker task to a waiting call. Either the call gets it in time, or the worker learns that
/// nobody waits any more.
final class Reply<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value?, Never>)
        case offered(Value?)
        case closed
    }

    private let state = Mutex(State.empty)

    /// Offers the value. Returns whether somebody takes it.
    func offer(_ value: Value?) -> Bool {
        let (waiting, isTaken) = state.withLock { state -> (CheckedContinuation<Value?, Never>?, Bool) in
            switch state {
            case .empty:
                state = .offered(value)
                return (nil, true)
            case .waiting(let continuation):
                state = .closed
                return (continuation, true)
            case .offered, .closed: return (nil, false)
            }
        }
        waiting?.resume(returning: value)
        return isTaken
    }

    /// Waits for the value; nil when it did not come until `deadline`, or when there is none.
    func wait(until deadline: ContinuousClock.Instant) async -> Value? {
        var alarm: Alarms.Token?
        defer { if let alarm { Alarms.shared.cancel(alarm) } }
        return await withCheckedContinuation { continuation in
            let ready: Value?? = state.withLock { state in
                if case .offered(let value) = state {
                    state = .closed
                    return .some(value)
                }
                state = .waiting(continuation)
                return nil
            }
            if let ready {
                continuation.resume(returning: ready)
            } else {
                alarm = Alarms.shared.set(deadline) { self.giveUp() }
            }
        }
    }

    /// Stops waiting; returns a value that was offered meanwhile.
    func close() -> Value? {
        state.withLock { state in
            defer { state = .closed }
            if case .offered(let value) = state { return value }
            return nil
        }
    }

    private func giveUp() {
        let waiting = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = .empty
            return continuation
        }
        waiting?.resume(returning: nil)
    }
}
