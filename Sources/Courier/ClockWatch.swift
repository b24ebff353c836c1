// Notices that the wall clock was put back, by comparing it with one that never jumps. Pure.

struct ClockWatch: Sendable {
    /// Smaller differences are drift, in milliseconds.
    static let toleranceMilliseconds: Int64 = 1_000

    private var offset: Int64?

    /// Whether the wall clock has been put back since the last call that said so. The first call does: what happened
    /// before is not known.
    mutating func isPutBack(wall: Int64, steady: Int64) -> Bool {
        let now = wall - steady
        guard let before = offset else {
            offset = now
            return true
        }
        if now > before { offset = now }
        guard before - now > Self.toleranceMilliseconds else { return false }
        offset = now
        return true
    }
}
