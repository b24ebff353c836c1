// When an event is tried again, as a pure rule (design rule 11).

/// The schedule of retries.
struct RetrySchedule: Sendable {
    /// Pauses between attempts in seconds; the last one is used again and again.
    let pausesSeconds: [Double]
    /// Age at which an event is given up, in seconds.
    let giveUpAfterSeconds: Double
    /// How far a pause is stretched at most, as a part of it: events that failed together do not come back together.
    static let jitterMax = 0.2

    /// Creates a schedule; `pausesSeconds` is not empty.
    init(pausesSeconds: [Double], giveUpAfterSeconds: Double) {
        precondition(!pausesSeconds.isEmpty, "a retry schedule has at least one pause")
        self.pausesSeconds = pausesSeconds
        self.giveUpAfterSeconds = giveUpAfterSeconds
    }

    /// What follows try number `tries` (1...) that failed `ageSeconds` after the event was queued.
    ///
    /// - Parameters:
    ///   - retryAfterSeconds: what Wix asked for; never shortens the pause.
    ///   - jitter: 0...1, drawn by the caller.
    /// - Returns: seconds until the next try; nil: give up.
    func pause(afterTry tries: Int, ageSeconds: Double, retryAfterSeconds: Double?, jitter: Double) -> Double? {
        guard ageSeconds < giveUpAfterSeconds else { return nil }
        let planned = pausesSeconds[min(max(tries, 1), pausesSeconds.count) - 1]
        return max(planned * (1 + Self.jitterMax * jitter), retryAfterSeconds ?? 0)
    }
}
