// A clock in milliseconds that goes on evenly, whatever is done to the wall clock.

struct SteadyClock: Sendable {
    private let start = ContinuousClock.now

    /// Milliseconds since this clock was made.
    func now() -> Int64 { Int64(start.duration(to: .now) / .milliseconds(1)) }
}
