// Which events are on their way and which comes next (design rule 11): bounded whatever the backlog, fair between old
// and new, held back by the breaker, the throttle and the ramp. Pure: the dispatcher feeds it with ids from the store.
//
// Times are milliseconds of a clock that never jumps.

struct Lineup: Sendable {
    /// An event that could leave.
    struct Candidate: Sendable, Equatable {
        var id: Int64
        /// Its answer has just been flushed, or an operator wants it now: it may leave before it is due.
        var isReleased: Bool
        /// It shows whether Wix is back.
        var isProbe: Bool
    }

    /// Due ids that are kept in memory; the rest of the backlog stays on disk.
    static let dueMax = 1_000
    /// Released ids that are kept in memory; more are found on disk when they fall due.
    static let releasedMax = 4_096
    /// Released ids that wait for an earlier event of their payment; at more, all of them are left to their due times.
    static let postponedMax = 4_096
    /// Attempts that have ended and wait for the store; beyond it nothing leaves, so that a disk that is full for long
    /// costs neither memory nor endless repeats.
    static let unrecordedMax = 1_000

    var breaker: Breaker
    var throttle: Throttle
    private(set) var ramp: Ramp?
    /// Events from their start until their attempt is recorded, with their payments.
    private(set) var active: [Int64: Int64?] = [:]
    /// Attempts under way.
    private(set) var sendingCount = 0

    private var busyPayments: Set<Int64> = []
    private var released = Queue()
    private var due = Queue()
    private var dueHasMore = true
    private var isReleasedNext = true
    /// Released events by the payment whose earlier event has to be recorded first.
    private var postponed: [Int64: Set<Int64>] = [:]
    private var postponedCount = 0

    init(breaker: Breaker, throttle: Throttle) {
        self.breaker = breaker
        self.throttle = throttle
    }

    // MARK: What could leave

    /// Takes up events whose answers have been flushed.
    mutating func release(_ ids: [Int64]) {
        // While nothing leaves they are better off on disk.
        guard breaker.state == .closed else { return }
        for id in ids where released.count < Self.releasedMax { released.append(id) }
    }

    /// Takes up events that an operator wants to leave now, and forgets what was read before that.
    mutating func steer(_ ids: [Int64], now: Int64) {
        breaker.probeNow(now: now)
        due = Queue()
        dueHasMore = true
        for id in ids where released.count < Self.releasedMax { released.append(id) }
    }

    /// How many due ids to read from the store; nil while there is no need. `isTick`: time has passed, so more may be
    /// due than at the last look.
    func refillCount(isTick: Bool) -> Int? {
        // While few are left the next ones are read, so that no slot waits for the store.
        guard due.count < throttle.most, dueHasMore || isTick && due.isEmpty else { return nil }
        // Those on their way are still queued in the store, and due.
        return Self.dueMax + active.count
    }

    /// Takes up what the store had, of `asked` at most.
    mutating func refill(_ ids: [Int64], asked: Int) {
        dueHasMore = ids.count >= asked
        due = Queue(ids.filter { active[$0] == nil }.prefix(Self.dueMax))
    }

    // MARK: Start and end

    /// What leaves next; nil when nothing may. `start`, `postpone` or `skip` has to follow.
    mutating func next(now: Int64) -> Candidate? {
        guard sendingCount < throttle.limit(now: now), active.count - sendingCount < Self.unrecordedMax else {
            return nil
        }
        if ramp?.isOver(now: now) == true { ramp = nil }
        guard !released.isEmpty || !due.isEmpty else { return nil }
        let admission = breaker.admit(now: now)
        guard admission != .wait else { return nil }
        let isProbe = admission == .probe
        // One from each, in turn: neither a backlog nor a rush keeps the other from leaving.
        var fromReleased = due.isEmpty || isReleasedNext && !released.isEmpty
        if !fromReleased, !isProbe, ramp?.take(now: now) == false {
            guard !released.isEmpty else { return nil }
            fromReleased = true
        }
        isReleasedNext = !fromReleased
        let id = fromReleased ? released.removeFirst() : due.removeFirst()
        return Candidate(id: id, isReleased: fromReleased, isProbe: isProbe)
    }

    /// Whether the event, or another one of its payment, is on its way.
    func isBusy(_ id: Int64, payment: Int64?) -> Bool {
        active[id] != nil || payment.map(busyPayments.contains) ?? false
    }

    /// The candidate is on its way.
    mutating func start(_ candidate: Candidate, payment: Int64?) {
        active[candidate.id] = .some(payment)
        if let payment { busyPayments.insert(payment) }
        sendingCount += 1
    }

    /// The candidate has to wait for an earlier event of its payment. A released one comes up again when that one's
    /// attempt is recorded; any other is found in the store when it is its turn.
    mutating func postpone(_ candidate: Candidate, behind payment: Int64?, now: Int64) {
        skip(candidate, now: now)
        guard candidate.isReleased, let payment else { return }
        if postponedCount >= Self.postponedMax { (postponed, postponedCount) = ([:], 0) }
        if postponed[payment, default: []].insert(candidate.id).inserted { postponedCount += 1 }
    }

    /// The candidate is not to be sent after all.
    mutating func skip(_ candidate: Candidate, now: Int64) {
        if candidate.isProbe { breaker.abandonProbe(now: now) }
    }

    /// The attempt has ended; its place is free for another one.
    mutating func end(_ id: Int64) { sendingCount -= 1 }

    /// The attempt is recorded: the store tells what is next of its payment.
    mutating func forget(_ id: Int64) {
        guard let payment = active.removeValue(forKey: id) ?? nil else { return }
        busyPayments.remove(payment)
        guard let ids = postponed.removeValue(forKey: payment) else { return }
        postponedCount -= ids.count
        release(ids.sorted())
    }

    /// The breaker has closed; `waiting` events are due.
    mutating func rampUp(waiting: Int, spanMilliseconds: Int64, now: Int64) {
        ramp = Ramp(waiting: waiting, spanMilliseconds: spanMilliseconds, now: now)
    }
}

/// First in, first out.
private struct Queue: Sendable {
    /// Items that were taken out are dropped in batches of this many.
    private static let takenMax = 1_024

    private var items: [Int64]
    private var head = 0

    init(_ items: some Sequence<Int64> = []) { self.items = Array(items) }

    var count: Int { items.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ item: Int64) { items.append(item) }

    mutating func removeFirst() -> Int64 {
        defer {
            head += 1
            if head == Self.takenMax || head == items.count {
                items.removeFirst(head)
                head = 0
            }
        }
        return items[head]
    }
}
