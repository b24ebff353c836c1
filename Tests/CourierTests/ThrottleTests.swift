import Testing

@testable import Courier

@Suite("Throttle")
struct ThrottleTests {
    @Test("429 stops everything for as long as Wix asks")
    func obeysRetryAfter() {
        var throttle = Throttle(most: 32)
        throttle.slowDown(began: 0, now: 100, retryAfterMilliseconds: 5_000)
        #expect(throttle.limit(now: 5_099) == 0)
        #expect(throttle.limit(now: 5_100) == 16)
    }

    @Test("Without a wish the pauses double, up to the longest")
    func ownPauses() {
        var throttle = Throttle(most: 32)
        var now: Int64 = 0
        var pauses: [Int64] = []
        for _ in 1...8 {
            throttle.slowDown(began: now, now: now, retryAfterMilliseconds: nil)
            let until = throttle.pausedUntil ?? now
            pauses.append(until - now)
            now = until
        }
        #expect(pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    }

    @Test("Those that were on their way together are one refusal")
    func together() {
        var throttle = Throttle(most: 32)
        for _ in 1...32 { throttle.slowDown(began: 0, now: 100, retryAfterMilliseconds: 0) }
        #expect(throttle.limit(now: 100) == 16)
    }

    @Test("However often Wix refuses, one event at a time is tried")
    func neverNothing() {
        var throttle = Throttle(most: 32)
        for now in 1...20 as ClosedRange<Int64> { throttle.slowDown(began: now, now: now, retryAfterMilliseconds: 0) }
        #expect(throttle.limit(now: 1_000) == 1)
    }

    @Test("What Wix takes brings the speed back")
    func recovers() {
        var throttle = Throttle(most: 8)
        throttle.slowDown(began: 0, now: 0, retryAfterMilliseconds: 0)
        for _ in 1...200 { throttle.speedUp() }
        #expect(throttle.limit(now: 1) == 8)
    }
}

@Suite("Ramp")
struct RampTests {
    /// How many leave until `now`, asked every ten milliseconds.
    private func left(of waiting: Int, until now: Int64) -> Int {
        var ramp = Ramp(waiting: waiting, now: 0)
        var count = 0
        for time in stride(from: 0, through: now, by: 10) {
            while !ramp.isOver(now: time), ramp.take(now: time) { count += 1 }
        }
        return count
    }

    @Test("A long backlog falls due evenly over a minute", arguments: [(1_000, 1), (15_000, 1_500), (30_000, 3_000)])
    func evenly(milliseconds: Int, count: Int) {
        #expect(abs(left(of: 6_000, until: Int64(milliseconds)) - milliseconds / 10) <= 1)
    }

    @Test("A short one leaves within seconds")
    func shortOne() {
        #expect(left(of: 20, until: 2_000) == 20)
    }

    @Test("After a minute nothing is held back")
    func isOver() {
        #expect(Ramp(waiting: 200_000, now: 0).isOver(now: 60_000))
    }
}

@Suite("Clock watch")
struct ClockWatchTests {
    @Test("The first look counts as a clock that was put back, since nobody knows")
    func firstLook() {
        var watch = ClockWatch()
        #expect(watch.isPutBack(wall: 1_000_000, steady: 0) == true)
    }

    @Test(
        "A clock that is put back is noticed once; one that is put forward or drifts is not",
        arguments: [(-5_000, true), (-1_001, true), (-500, false), (0, false), (5_000, false)] as [(Int64, Bool)])
    func jumps(jump: Int64, isNoticed: Bool) {
        var watch = ClockWatch()
        _ = watch.isPutBack(wall: 1_000_000, steady: 0)
        #expect(watch.isPutBack(wall: 1_000_250 + jump, steady: 250) == isNoticed)
        #expect(watch.isPutBack(wall: 1_000_500 + jump, steady: 500) == false)
    }

    @Test("A clock that was put forward and back again is noticed")
    func forwardAndBack() {
        var watch = ClockWatch()
        _ = watch.isPutBack(wall: 0, steady: 0)
        #expect(watch.isPutBack(wall: 86_400_250, steady: 250) == false)
        #expect(watch.isPutBack(wall: 500, steady: 500) == true)
    }
}
