// When a child that ended is started again. A pure rule: durations in, a delay out.

/// The delay before the next start of one child: short after a long life, doubling while it keeps dying.
public struct RestartPolicy: Sendable, Equatable {
    /// Delay after the first death.
    public static let firstDelaySeconds = 0.1
    /// Longest delay.
    public static let delaySecondsMax = 10.0
    /// A child that ran this long was healthy: its next delay is the first again.
    public static let healthySeconds = 10.0

    private var nextDelaySeconds = RestartPolicy.firstDelaySeconds

    /// The policy of a child that has not died yet.
    public init() {}

    /// How long to wait, in seconds, before starting again a child that ended after `ranSeconds`.
    public mutating func delaySeconds(afterRunning ranSeconds: Double) -> Double {
        if ranSeconds >= Self.healthySeconds { nextDelaySeconds = Self.firstDelaySeconds }
        defer { nextDelaySeconds = min(nextDelaySeconds * 2, Self.delaySecondsMax) }
        return nextDelaySeconds
    }
}
