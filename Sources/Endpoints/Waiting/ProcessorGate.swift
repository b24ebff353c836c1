// How many processor calls run at once, and how many may wait for their turn (design rule 7). Waiting calls hold their
// card in memory and nowhere else, so both numbers are bounded.

import Synchronization

final class ProcessorGate: Sendable {
    /// A place at the gate; whoever holds one gives it back with `leave`.
    enum Place: Sendable {
        /// The call may run now.
        case open
        /// The call has to wait in `turn` first.
        case queued
        /// Too many wait: take no claim.
        case full
    }

    private struct State: ~Copyable {
        var running = 0
        var queued = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let runningMax: Int
    private let queuedMax: Int
    private let state = Mutex(State())

    /// A gate for `callsMax` running calls and as many queued ones.
    init(callsMax: Int) {
        runningMax = callsMax
        queuedMax = callsMax
    }

    /// Processor calls that run or wait.
    var count: Int { state.withLock { $0.running + $0.queued } }

    /// Takes a place.
    func enter() -> Place {
        state.withLock { state in
            if state.running < runningMax {
                state.running += 1
                return .open
            }
            guard state.queued < queuedMax else { return .full }
            state.queued += 1
            return .queued
        }
    }

    /// Waits until a queued place turns into an open one.
    func turn() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                guard state.running >= runningMax else {
                    state.queued -= 1
                    state.running += 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Gives a place back: an open one goes to the longest-waiting call. A queued one is given back only before its
    /// `turn`.
    func leave(_ place: Place) {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            switch place {
            case .full: return nil
            case .queued:
                state.queued -= 1
                return nil
            case .open:
                guard !state.waiting.isEmpty else {
                    state.running -= 1
                    return nil
                }
                state.queued -= 1
                return state.waiting.removeFirst()
            }
        }
        next?.resume()
    }
}
