import Testing

@testable import Courier

@Suite("Breaker")
struct BreakerTests {
    /// A breaker that has just opened, at time 0.
    private static func opened() -> Breaker {
        var breaker = Breaker()
        for payment in 1...Int64(Breaker.paymentsToOpen) { _ = breaker.fail(payment: payment, isProbe: false, now: 0) }
        return breaker
    }

    @Test("It opens when one payment after the other fails")
    func opens() {
        var breaker = Breaker()
        let openings = (1...Int64(Breaker.paymentsToOpen)).map { breaker.fail(payment: $0, isProbe: false, now: 0) }
        #expect(openings == [false, false, false, false, true])
        #expect(breaker.admit(now: 0) == .wait)
    }

    @Test("One payment alone never opens it")
    func onePaymentAlone() {
        var breaker = Breaker()
        for _ in 1...100 { _ = breaker.fail(payment: 7, isProbe: false, now: 0) }
        #expect(breaker.admit(now: 0) == .go)
    }

    @Test("A success in between keeps it closed")
    func successBetween() {
        var breaker = Breaker()
        for payment in 1...4 as ClosedRange<Int64> { _ = breaker.fail(payment: payment, isProbe: false, now: 0) }
        _ = breaker.succeed()
        for payment in 5...8 as ClosedRange<Int64> { _ = breaker.fail(payment: payment, isProbe: false, now: 0) }
        #expect(breaker.admit(now: 0) == .go)
    }

    @Test("After its pause it lets one probe through, and no more")
    func oneProbe() {
        var breaker = Self.opened()
        #expect(breaker.admit(now: Breaker.firstPauseMilliseconds - 1) == .wait)
        #expect(breaker.admit(now: Breaker.firstPauseMilliseconds) == .probe)
        #expect(breaker.admit(now: Breaker.firstPauseMilliseconds) == .wait)
    }

    @Test("A probe that succeeds closes it")
    func closes() {
        var breaker = Self.opened()
        _ = breaker.admit(now: 10_000)
        let isClosing = breaker.succeed()
        #expect(isClosing)
        #expect(breaker == Breaker())
    }

    @Test("Pauses double with each probe that fails, up to the longest")
    func pausesDouble() {
        var breaker = Self.opened()
        var now: Int64 = 0
        var pauses: [Int64] = []
        for _ in 1...7 {
            guard case .open(let probeAt) = breaker.state else { break }
            pauses.append(probeAt - now)
            now = probeAt
            _ = breaker.admit(now: now)
            _ = breaker.fail(payment: 9, isProbe: true, now: now)
        }
        #expect(pauses == [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    }

    @Test("Attempts that had left before it opened do not count as its probe")
    func stragglers() {
        var breaker = Self.opened()
        _ = breaker.admit(now: 2_000)
        _ = breaker.fail(payment: 9, isProbe: false, now: 2_100)
        #expect(breaker.state == .halfOpen)
    }

    @Test("A probe that was not sent is free for the next event")
    func abandonedProbe() {
        var breaker = Self.opened()
        _ = breaker.admit(now: 2_000)
        breaker.abandonProbe(now: 2_000)
        #expect(breaker.admit(now: 2_000) == .probe)
    }

    @Test("An operator's wish lets a probe through at once")
    func probeNow() {
        var breaker = Self.opened()
        breaker.probeNow(now: 5)
        #expect(breaker.admit(now: 5) == .probe)
    }

    @Test("The next courier goes on with the same pause")
    func restored() {
        var breaker = Breaker(openUntil: 500, failedProbes: 3)
        #expect(breaker.admit(now: 499) == .wait)
        #expect(breaker.admit(now: 500) == .probe)
        _ = breaker.fail(payment: 1, isProbe: true, now: 500)
        #expect(breaker.state == .open(probeAt: 500 + 30_000))
    }
}
