import Logging
import Store
import Testing

@testable import Courier

@Suite("The courier's account of itself")
struct HealthTests {
    private let lines = Lines()
    private let health: CourierHealth

    init() {
        let lines = lines
        health = CourierHealth(now: 0, logger: lines.logger)
    }

    private static let quiet = CourierHealth.outageQuietMilliseconds

    @Test("A processor that answers some look-ups and not others is one outage, told with payment and reason")
    func flapping() {
        for round in 0..<50 as Range<Int64> {
            health.processorFailed(payment: "p\(round)", reason: "timeout", now: round * 1_000)
            health.processorAnswered(now: round * 1_000 + 500)
        }
        #expect(health.news(now: 50_000)?.processorSilentSince == 0)
        #expect(lines.all == ["warning the processor does not answer look-ups; asking on payment=p0 reason=timeout"])
    }

    @Test("The outage is over when all look-ups have been answered for a while, though none is made at that moment")
    func over() throws {
        health.processorFailed(payment: "p", reason: "timeout", now: 0)
        health.processorAnswered(now: 10)
        #expect(health.news(now: Self.quiet - 1)?.processorSilentSince == 0)
        #expect(try #require(health.news(now: Self.quiet)).processorSilentSince == nil)
        #expect(lines.all.last == "notice the processor answers look-ups again")
        health.processorFailed(payment: "q", reason: "refused", now: Self.quiet + 1)
        #expect(lines.all.count == 3)
    }

    @Test("Without an answer the outage goes on, however long no look-up is made")
    func goesOn() {
        health.processorFailed(payment: "p", reason: "timeout", now: 0)
        #expect(health.news(now: 10 * Self.quiet)?.processorSilentSince == 0)
    }

    @Test("A clock that was put back ends the outage with the next answer")
    func clockPutBack() throws {
        health.processorFailed(payment: "p", reason: "timeout", now: 1_000_000)
        health.processorAnswered(now: 1_000_000)
        #expect(try #require(health.news(now: 5)).processorSilentSince == nil)
    }
}
