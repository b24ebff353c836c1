// When a child that ended is started again. A pure rule: durations in, a delay out.

/// The delay before the next start of one child: short after a long life, doubling while it keeps dying.
struct RestartPolicy: Sendable, Equatable {
    /// Delay after the first death.
    static let firstDelaySeconds = 0.1
    /// Longest delay.
    static let delaySecondsMax = 10.0
    /// A child that ran this long was healthy: its next delay is the first again.
    static let healthySeconds = 10.0

    private var nextDelaySeconds = RestartPolicy.firstDelaySeconds

    /// How long to wait, in seconds, before starting again a child that ended after `ranSeconds`.
    mutating func delaySeconds(afterRunning ranSeconds: Double) -> Double {
        if ranSeconds >= Self.healthySeconds { nextDelaySeconds = Self.firstDelaySeconds }
        defer { nextDelaySeconds = min(nextDelaySeconds * 2, Self.delaySecondsMax) }
        return nextDelaySeconds
    }
}
