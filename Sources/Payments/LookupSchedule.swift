// When an open payment is asked about again. A pure rule.

/// Pending and redirected payments are looked up after 1, 5 and 30 minutes, then hourly: a lost notification never
/// means pending forever (design rule 9).
public enum LookupSchedule {
    /// How old the state is at its first checks.
    private static let agesMinutes: [Int64] = [1, 5, 30]
    /// The pause from then on, in milliseconds; no other is longer.
    public static let longestMilliseconds: Int64 = 60 * 60_000

    /// Milliseconds from check number `checks` (0: the state was just entered) to the next one.
    public static func delayMilliseconds(afterChecks checks: Int) -> Int64 {
        let done = max(checks, 0)
        guard done < agesMinutes.count else { return longestMilliseconds }
        return (agesMinutes[done] - (done == 0 ? 0 : agesMinutes[done - 1])) * 60_000
    }
}
