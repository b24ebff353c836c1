import Testing

@testable import Courier

@Suite("Lineup")
struct LineupTests {
    private func lineup(_ concurrency: Int, due: [Int64] = [], released: [Int64] = []) -> Lineup {
        var lineup = Lineup(breaker: Breaker(), throttle: Throttle(most: concurrency))
        lineup.refill(due, asked: 1_000)
        lineup.release(released)
        return lineup
    }

    /// Starts all that may leave; their ids.
    private func start(_ lineup: inout Lineup, now: Int64 = 0) -> [Int64] {
        var ids: [Int64] = []
        while let candidate = lineup.next(now: now) {
            lineup.start(candidate, payment: candidate.id)
            ids.append(candidate.id)
        }
        return ids
    }

    /// Does something with the next one that may leave.
    private func take(_ lineup: inout Lineup, _ body: (inout Lineup, Lineup.Candidate) -> Void) throws {
        let candidate = lineup.next(now: 0)
        body(&lineup, try #require(candidate))
    }

    @Test("No more leave at once than configured")
    func concurrency() {
        var lineup = lineup(3, due: [1, 2, 3, 4])
        #expect(start(&lineup) == [1, 2, 3])
        lineup.end(2)
        #expect(start(&lineup) == [4])
    }

    @Test("A backlog and new events take turns")
    func fair() {
        var lineup = lineup(6, due: [1, 2, 3, 4], released: [11, 12, 13, 14])
        #expect(start(&lineup) == [11, 1, 12, 2, 13, 3])
    }

    @Test("New events leave before they are due; those of the backlog do not")
    func releasedAreMarked() throws {
        var lineup = lineup(2, due: [1], released: [11])
        let candidates = [lineup.next(now: 0), lineup.next(now: 0)]
        #expect(
            candidates == [
                .init(id: 11, isReleased: true, isProbe: false), .init(id: 1, isReleased: false, isProbe: false),
            ])
    }

    @Test("What is on its way is not taken up again")
    func notTwice() {
        var lineup = lineup(8, due: [1, 2])
        _ = start(&lineup)
        lineup.refill([1, 2, 3], asked: 1_002)
        #expect(start(&lineup) == [3])
    }

    @Test("An event stays busy, with its payment, until its attempt is recorded")
    func busyUntilRecorded() throws {
        var lineup = lineup(8, due: [1])
        let candidate = lineup.next(now: 0)
        lineup.start(try #require(candidate), payment: 70)
        lineup.end(1)
        #expect(lineup.isBusy(1, payment: 70))
        #expect(lineup.isBusy(2, payment: 70))
        lineup.forget(1)
        #expect(!lineup.isBusy(2, payment: 70))
    }

    @Test("A released event that comes too early for its payment comes up again when the earlier one is recorded")
    func postponed() throws {
        var lineup = lineup(8, released: [1, 2, 3])
        try take(&lineup) { $0.start($1, payment: 70) }
        while let candidate = lineup.next(now: 0) { lineup.postpone(candidate, behind: 70, now: 0) }
        lineup.end(1)
        #expect(lineup.next(now: 0) == nil)
        lineup.forget(1)
        #expect(lineup.next(now: 0) == .init(id: 2, isReleased: true, isProbe: false))
        #expect(lineup.next(now: 0) == .init(id: 3, isReleased: true, isProbe: false))
        #expect(lineup.next(now: 0) == nil)
    }

    @Test("An event of the backlog that comes too early is left to the store")
    func backlogIsNotPostponed() throws {
        var lineup = lineup(8, due: [1, 2])
        try take(&lineup) { $0.start($1, payment: 70) }
        try take(&lineup) { $0.postpone($1, behind: 70, now: 0) }
        lineup.end(1)
        lineup.forget(1)
        #expect(lineup.next(now: 0) == nil)
    }

    @Test("The memory of postponed events is bounded; over the limit they are left to their due times")
    func postponedIsBounded() throws {
        var lineup = lineup(8, released: [1])
        try take(&lineup) { $0.start($1, payment: 70) }
        for id in 2...Int64(Lineup.postponedMax + 2) {
            lineup.release([id])
            try take(&lineup) { $0.postpone($1, behind: 70, now: 0) }
        }
        lineup.end(1)
        lineup.forget(1)
        #expect(start(&lineup) == [Int64(Lineup.postponedMax + 2)])
    }

    @Test("A probe that comes too early for its payment leaves the probe to the next one")
    func postponedProbe() throws {
        var lineup = lineup(8, released: [1, 2])
        lineup.breaker = Breaker(openUntil: 0, failedProbes: 0)
        try take(&lineup) { $0.postpone($1, behind: 70, now: 0) }
        #expect(lineup.next(now: 0) == .init(id: 2, isReleased: true, isProbe: true))
    }

    @Test("While attempts cannot be recorded, no more leave than the limit")
    func unrecorded() {
        var lineup = lineup(1_000_000, due: Array(1...1_000))
        var started = start(&lineup)
        for id in started { lineup.end(id) }
        lineup.refill(Array(2_000...3_000), asked: 1_001)
        started = start(&lineup)
        #expect(started.isEmpty)
        lineup.forget(1)
        #expect(start(&lineup).first == 2_000)
    }

    @Test("The memory of due and released events is bounded")
    func bounded() {
        var lineup = lineup(1, due: Array(1...100_000), released: Array(200_000...300_000))
        var count = 0
        while let candidate = lineup.next(now: 0) {
            lineup.skip(candidate, now: 0)
            count += 1
        }
        #expect(count == Lineup.dueMax + Lineup.releasedMax)
    }

    @Test("The store is asked for more before the last slot runs dry, and again only after a tick when it had no more")
    func refills() {
        var lineup = lineup(2, due: [1, 2, 3])
        #expect(lineup.refillCount(isTick: false) == nil)
        #expect(lineup.refillCount(isTick: true) == nil)
        _ = lineup.next(now: 0)
        _ = lineup.next(now: 0)
        _ = lineup.next(now: 0)
        #expect(lineup.refillCount(isTick: false) == nil)
        #expect(lineup.refillCount(isTick: true) == Lineup.dueMax)
        lineup.refill(Array(1...1_000), asked: 1_000)
        for _ in 1...999 { _ = lineup.next(now: 0) }
        #expect(lineup.refillCount(isTick: false) == Lineup.dueMax)
    }

    @Test("While the breaker is open nothing leaves but one probe")
    func breakerOpen() {
        var lineup = lineup(8, due: [1, 2, 3])
        lineup.breaker = Breaker(openUntil: 100, failedProbes: 0)
        #expect(start(&lineup, now: 99) == [])
        #expect(start(&lineup, now: 100) == [1])
    }

    @Test("When the first candidate for a probe turns out not to be sendable, the next one is the probe")
    func nextProbe() throws {
        var lineup = lineup(8, due: [1, 2])
        lineup.breaker = Breaker(openUntil: 0, failedProbes: 0)
        let first = lineup.next(now: 0)
        lineup.skip(try #require(first), now: 0)
        let second = lineup.next(now: 0)
        #expect(second == .init(id: 2, isReleased: false, isProbe: true))
    }

    @Test("After the breaker has closed, those that waited leave slowly and new ones at once")
    func rampsUp() {
        var lineup = lineup(100, due: Array(1...50))
        lineup.rampUp(waiting: 50, spanMilliseconds: 60_000, now: 0)
        #expect(start(&lineup) == [1])
        lineup.release([99])
        #expect(start(&lineup) == [99])
        #expect(start(&lineup, now: 1_000).count == 10)
    }

    @Test("An operator's events leave first, and what was read before is forgotten")
    func steered() {
        var lineup = lineup(1, due: [1, 2, 3])
        lineup.steer([9], now: 0)
        #expect(lineup.refillCount(isTick: false) != nil)
        #expect(start(&lineup) == [9])
    }

    @Test("429 holds everything back")
    func throttled() {
        var lineup = lineup(8, due: [1], released: [2])
        lineup.throttle.slowDown(began: 0, now: 0, retryAfterMilliseconds: 1_000)
        #expect(start(&lineup, now: 999) == [])
        #expect(start(&lineup, now: 1_000).count == 2)
    }
}
