// Alarms for waits that nearly always end before them: an answer takes milliseconds, its deadline is seconds away. A
// sleeping task for each would live on until its time has come, ten thousand of them under load; here an alarm that is
// not needed any more is forgotten at once, and one task sleeps for all.

import Synchronization

/// The alarms of a process.
final class Alarms: Sendable {
    /// Names an alarm that is set.
    struct Token: Sendable, Hashable { fileprivate let number: UInt64 }

    static let shared = Alarms()

    private struct Alarm: Sendable {
        let at: ContinuousClock.Instant
        let ring: @Sendable () -> Void
    }

    private struct State: ~Copyable {
        var lastNumber: UInt64 = 0
        var alarms: [UInt64: Alarm] = [:]
        /// When the task that sleeps for all wakes: no later than the first alarm. Nil while none sleeps.
        var wakesAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// Calls `ring` once at `at`, on another thread, unless it is canceled before.
    func set(_ at: ContinuousClock.Instant, ring: @escaping @Sendable () -> Void) -> Token {
        let (number, isFirst) = state.withLock { state in
            state.lastNumber += 1
            state.alarms[state.lastNumber] = Alarm(at: at, ring: ring)
            let isFirst = state.wakesAt.map { at < $0 } ?? true
            if isFirst { state.wakesAt = at }
            return (state.lastNumber, isFirst)
        }
        if isFirst { sleep(until: at) }
        return Token(number: number)
    }

    /// Forgets an alarm. One that rings this very moment may still do so.
    func cancel(_ token: Token) {
        // Released outside the lock, whatever its closure holds.
        _ = state.withLock { $0.alarms.removeValue(forKey: token.number) }
    }

    /// Alarms that are set.
    var count: Int { state.withLock { $0.alarms.count } }

    private func sleep(until at: ContinuousClock.Instant) {
        Task {
            try? await Task.sleep(until: at)
            ringDue(wokenAt: at)
        }
    }

    private func ringDue(wokenAt at: ContinuousClock.Instant) {
        let now = ContinuousClock.now
        let (due, next) = state.withLock { state -> ([Alarm], ContinuousClock.Instant?) in
            let due = state.alarms.filter { $0.value.at <= now }
            for number in due.keys { state.alarms[number] = nil }
            // An earlier alarm came after this task fell asleep: another one sleeps for all now.
            guard state.wakesAt == at else { return (Array(due.values), nil) }
            state.wakesAt = state.alarms.values.map(\.at).min()
            return (Array(due.values), state.wakesAt)
        }
        for alarm in due { alarm.ring() }
        if let next { sleep(until: next) }
    }
}
