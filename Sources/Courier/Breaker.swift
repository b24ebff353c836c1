// Stops hammering a dead Wix (design rule 11). Pure: results and times go in, the new state comes out.
//
// Times are milliseconds of a clock that never jumps.

struct Breaker: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// Events leave.
        case closed
        /// Nothing leaves before `probeAt`; then one event does.
        case open(probeAt: Int64)
        /// The probe is on its way; nothing else leaves.
        case halfOpen
    }

    /// What an event that could leave meets.
    enum Admission: Sendable, Equatable {
        case go, probe, wait
    }

    /// So many payments fail one after the other, with no success in between, and the breaker opens. One payment
    /// alone, however often it fails, may be its own fault and must not stop the others.
    static let paymentsToOpen = 5
    /// From opening to the first probe; doubles with each probe that fails.
    static let firstPauseMilliseconds: Int64 = 2_000
    /// The longest pause between probes: how late a recovery is noticed at worst.
    static let longestPauseMilliseconds: Int64 = 30_000

    private(set) var state = State.closed
    /// Probes in a row that failed.
    private(set) var failedProbes = 0
    /// Payments that have failed since the last success; at most `paymentsToOpen`.
    private var failing: Set<Int64> = []

    init() {}

    /// Goes on as the courier before: open, until its next probe.
    init(openUntil probeAt: Int64, failedProbes: Int) {
        state = .open(probeAt: probeAt)
        self.failedProbes = failedProbes
    }

    /// Asks for an event that is ready to leave. After `.probe` its result, or `abandonProbe`, has to follow.
    mutating func admit(now: Int64) -> Admission {
        switch state {
        case .closed: return .go
        case .open(let probeAt) where now >= probeAt:
            state = .halfOpen
            return .probe
        case .open, .halfOpen: return .wait
        }
    }

    /// Wix answered as one who is alive. Returns whether this closed the breaker.
    mutating func succeed() -> Bool {
        defer { self = Breaker() }
        return state != .closed
    }

    /// Wix, or the way to it, failed a payment. Returns whether this opened the breaker.
    mutating func fail(payment: Int64, isProbe: Bool, now: Int64) -> Bool {
        switch state {
        case .closed:
            failing.insert(payment)
            guard failing.count >= Self.paymentsToOpen else { return false }
            failing = []
            state = .open(probeAt: now + pauseMilliseconds)
            return true
        case .halfOpen where isProbe:
            failedProbes += 1
            state = .open(probeAt: now + pauseMilliseconds)
        // Others had left before it opened: they tell nothing new.
        case .halfOpen, .open: break
        }
        return false
    }

    /// There was nothing to send after all.
    mutating func abandonProbe(now: Int64) {
        if state == .halfOpen { state = .open(probeAt: now) }
    }

    /// An operator wants to know now.
    mutating func probeNow(now: Int64) {
        if case .open = state { state = .open(probeAt: now) }
    }

    private var pauseMilliseconds: Int64 {
        min(Self.longestPauseMilliseconds, Self.firstPauseMilliseconds << Int64(min(failedProbes, 8)))
    }
}
