// When the breaker closes, what has waited because of it falls due over a minute, so that a Wix that has just come back
// is not knocked over again (design rule 11). Pure; times are milliseconds of a clock that never jumps.

struct Ramp: Sendable, Equatable {
    /// Over how long the waiting events are spread.
    static let usualSpanMilliseconds: Int64 = 60_000
    /// Few events need no minute: at least so many leave a second.
    static let perSecondMin = 10.0
    /// More than this in a minute is no limit in practice, so a longer backlog need not be counted.
    static let countMax = 200_000

    private let startedAt: Int64
    private let spanMilliseconds: Int64
    private let perMillisecond: Double
    private var left: Int
    private var taken = 0.0

    /// `waiting` events are due at `now`.
    init(waiting: Int, spanMilliseconds: Int64 = usualSpanMilliseconds, now: Int64) {
        startedAt = now
        self.spanMilliseconds = spanMilliseconds
        left = waiting
        perMillisecond = max(Self.perSecondMin / 1_000, Double(waiting) / Double(spanMilliseconds))
    }

    /// Whether nothing is held back any more.
    func isOver(now: Int64) -> Bool { left <= 0 || now >= startedAt + spanMilliseconds }

    /// Whether one of the events that waited may leave now; if so, it counts.
    mutating func take(now: Int64) -> Bool {
        guard !isOver(now: now) else { return true }
        guard taken + 1 <= 1 + Double(now - startedAt) * perMillisecond else { return false }
        taken += 1
        left -= 1
        return true
    }
}
