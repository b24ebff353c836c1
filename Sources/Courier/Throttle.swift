// How much may be on its way at once. Shrinks when Wix answers 429, grows again with what it takes (design rule 11).
// Pure; times are milliseconds of a clock that never jumps.

struct Throttle: Sendable, Equatable {
    /// Without a `Retry-After` the first pause is this long; it doubles while Wix goes on refusing.
    static let firstPauseMilliseconds: Int64 = 1_000
    /// The longest pause of our own choice.
    static let longestPauseMilliseconds: Int64 = 60_000

    /// Events on their way at once, as configured.
    let most: Int
    /// Nothing leaves before.
    private(set) var pausedUntil: Int64?
    private var share: Double
    private var refusalsInARow = 0
    private var slowedAt: Int64 = .min

    init(most: Int, pausedUntil: Int64? = nil) {
        self.most = most
        self.pausedUntil = pausedUntil
        share = Double(most)
    }

    /// How many may be on their way now.
    mutating func limit(now: Int64) -> Int {
        if let until = pausedUntil {
            if now < until { return 0 }
            pausedUntil = nil
        }
        return max(1, Int(share))
    }

    /// Wix answered 429 to an attempt that began at `began`.
    mutating func slowDown(began: Int64, now: Int64, retryAfterMilliseconds: Int64?) {
        // Those that were on their way together are one refusal.
        if began >= slowedAt {
            slowedAt = now
            share = max(1, share / 2)
            refusalsInARow += 1
        }
        let own = min(
            Self.longestPauseMilliseconds, Self.firstPauseMilliseconds << Int64(min(refusalsInARow - 1, 10)))
        pausedUntil = max(pausedUntil ?? 0, now + (retryAfterMilliseconds ?? own))
    }

    /// Wix took an event.
    mutating func speedUp() {
        refusalsInARow = 0
        share = min(Double(most), share + 1 / share)
    }
}
