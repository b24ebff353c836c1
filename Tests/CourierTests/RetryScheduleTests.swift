import Testing

@testable import Courier

@Suite("Retry schedule")
struct RetryScheduleTests {
    private let schedule = RetrySchedule(pausesSeconds: [1, 5, 30], giveUpAfterSeconds: 3_600)

    @Test(
        "Each try has its pause, and the last one repeats", arguments: [(1, 1.0), (2, 5), (3, 30), (4, 30), (99, 30)])
    func pauses(tries: Int, seconds: Double) {
        #expect(schedule.pause(afterTry: tries, ageSeconds: 0, retryAfterSeconds: nil, jitter: 0) == seconds)
    }

    @Test("Jitter stretches a pause by a fifth at most, and never shortens it", arguments: [0.0, 0.3, 1])
    func jitter(jitter: Double) throws {
        let pause = try #require(schedule.pause(afterTry: 3, ageSeconds: 0, retryAfterSeconds: nil, jitter: jitter))
        #expect(pause == 30 * (1 + 0.2 * jitter))
    }

    @Test("Retry-After lengthens a pause")
    func retryAfterLengthens() {
        #expect(schedule.pause(afterTry: 1, ageSeconds: 0, retryAfterSeconds: 7, jitter: 0) == 7)
    }

    @Test("Retry-After never shortens a pause")
    func retryAfterNeverShortens() {
        #expect(schedule.pause(afterTry: 3, ageSeconds: 0, retryAfterSeconds: 7, jitter: 0) == 30)
    }

    @Test("An event that is old enough is given up", arguments: [(3_599.0, false), (3_600, true), (9_999, true)])
    func givesUp(ageSeconds: Double, isGivenUp: Bool) {
        let pause = schedule.pause(afterTry: 1, ageSeconds: ageSeconds, retryAfterSeconds: nil, jitter: 0)
        #expect((pause == nil) == isGivenUp)
    }

    @Test("A give-up time of 0 gives up after the first try")
    func givesUpAtOnce() {
        let schedule = RetrySchedule(pausesSeconds: [1], giveUpAfterSeconds: 0)
        #expect(schedule.pause(afterTry: 1, ageSeconds: 0, retryAfterSeconds: nil, jitter: 0) == nil)
    }
}

@Suite("Retry-After")
struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    private static let date = 784_111_777.0

    @Test(
        "Numbers and the three forms of HTTP dates are understood, within bounds",
        arguments: [
            ("0", 0.0), ("120", 120), (" 7 ", 7), ("86400", 3_600), ("99999999999999999999999999", 3_600),
            ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
            ("Sun Nov  6 08:50:37 1994", 60), ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("Mon, 07 Nov 1994 08:49:37 GMT", 3_600),
        ])
    func understood(value: String, seconds: Double) {
        #expect(RetryAfter.seconds(value, now: Self.date) == seconds)
    }

    @Test("Anything else is no wish", arguments: ["", "-1", "1.5", "1e3", "inf", "nan", "0x10", "soon", "12 s"])
    func nonsense(value: String) {
        #expect(RetryAfter.seconds(value, now: Self.date) == nil)
    }
}
