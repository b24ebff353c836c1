import Foundation
import Payments
import Store
import Testing
import WixPayments

@testable import Courier

@Suite("A dead Wix", .serialized, .timeLimit(.minutes(2)))
struct RecoveryTests {
    private func events(_ fixture: Fixture, _ count: Int) async throws -> [Int64] {
        var events: [Int64] = []
        for number in 1...count { events.append(try await fixture.approved("payment-\(number)")) }
        return events
    }

    @Test("The breaker opens after a few failures, spares the rest, and brings all forward when its probe succeeds")
    func breaker() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { _ in .json(503, "{}") }
        let all = try await events(fixture, 100)
        // Older than their not-before, so that they are a backlog.
        fixture.clock.jump(milliseconds: 2_000)
        let settings = Fixture.settings(server.url) {
            $0.concurrency = 4
            $0.retryScheduleSeconds = [3_600]
            $0.rampMilliseconds = 3_000
        }
        try await fixture.withCourier(settings) {
            try await fixture.until { try fixture.store.courierStatus()?.breaker == .open }
            let status = try #require(try fixture.store.courierStatus())
            #expect(status.probeAt != nil)
            #expect(status.lastError == "server-error")
            let before = server.requests.count
            #expect(before <= Breaker.paymentsToOpen + settings.concurrency)
            server.follow(WixServer.kind)
            // Those that failed wait for an hour by the schedule, but it was not their fault.
            try await fixture.delivered(all)
            #expect(try fixture.store.courierStatus()?.breaker == .closed)
        }
        await server.stop()
    }

    @Test("The next courier finds the breaker open")
    func restart() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { _ in .json(503, "{}") }
        _ = try await events(fixture, 20)
        fixture.clock.jump(milliseconds: 2_000)
        let settings = Fixture.settings(server.url) { $0.concurrency = 4 }
        try await fixture.withCourier(settings) {
            try await fixture.until { (try fixture.store.courierStatus()?.failedProbes ?? 0) >= 1 }
        }
        let before = server.requests.count
        try await fixture.withCourier(settings) {
            try await fixture.until { (try fixture.store.courierStatus()?.failedProbes ?? 0) >= 2 }
        }
        // One probe, and none of those that a closed breaker would have let go.
        #expect(server.requests.count - before <= 2)
        await server.stop()
    }

    @Test("Payments whose final event is not accepted for too long are reported, until it is")
    func overdue() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        let event = try await fixture.approved("late")
        let claim = try await fixture.claim("pending")
        try await fixture.settle(claim, .pending(.init(.general)))
        _ = try await fixture.store.steer(.hold, EventFilter(), now: fixture.clock.now())
        fixture.clock.jump(milliseconds: 61 * 60_000)
        try await fixture.approved("new")
        try await fixture.withCourier(Fixture.settings(server.url)) {
            try await fixture.until { try fixture.store.courierStatus()?.overduePayments == 1 }
            #expect(try fixture.store.courierStatus()?.overdueExamples == ["late"])
        }
        _ = try await fixture.store.steer(.release, EventFilter(ids: [event]), now: fixture.clock.now())
        try await fixture.withCourier(Fixture.settings(server.url)) {
            try await fixture.delivered([event])
        }
        try await fixture.withCourier(Fixture.settings(server.url)) {
            try await fixture.until { try fixture.store.courierStatus()?.overduePayments == 0 }
        }
        await server.stop()
    }
}
