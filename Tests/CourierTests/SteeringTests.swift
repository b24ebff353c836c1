import Foundation
import Payments
import Store
import Testing
import WixPayments

@testable import Courier

@Suite("Steering", .serialized, .timeLimit(.minutes(2)))
struct SteeringTests {
    private func steer(_ fixture: Fixture, _ action: EventAction, _ filter: EventFilter) async throws -> [Int64] {
        try await fixture.store.steer(action, filter, now: fixture.clock.now())
    }

    @Test("A held event stays until it is released, and then leaves at once")
    func holdAndRelease() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        let held = try await fixture.approved("held")
        #expect(try await steer(fixture, .hold, EventFilter(ids: [held])) == [held])
        try await fixture.withCourier(Fixture.settings(server.url)) {
            let other = try await fixture.approved("other")
            try await fixture.delivered([other])
            #expect(try fixture.state(held) == .held)
            #expect(try await steer(fixture, .release, EventFilter(ids: [held])) == [held])
            let start = ContinuousClock.now
            CourierWaker(store: fixture.store.path).steered([held])
            try await fixture.delivered([held])
            #expect(start.duration(to: .now) < .milliseconds(1_000))
        }
        await server.stop()
    }

    @Test("A hold takes effect at once, even on what the courier has read already")
    func holdOfABacklog() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { request in
            try? await Task.sleep(for: .milliseconds(20))
            return await WixServer.kind(request)
        }
        var events: [Int64] = []
        for number in 1...200 { events.append(try await fixture.approved("payment-\(number)")) }
        fixture.clock.jump(milliseconds: 2_000)
        try await fixture.withCourier(Fixture.settings(server.url) { $0.concurrency = 4 }) {
            await server.received(8)
            _ = try await steer(fixture, .hold, EventFilter(states: [.queued]))
            let later = server.events.count
            let marker = try await fixture.approved("marker")
            CourierWaker(store: fixture.store.path).release([marker])
            try await fixture.delivered([marker])
            // Only those that were on their way when the hold came.
            #expect(server.events.count <= later + 4 + 1)
        }
        await server.stop()
    }

    @Test("A retry ends the wait for the next try")
    func retry() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { $0.isToken ? .token : .json(500, "{}") }
        let event = try await fixture.approved("payment")
        try await fixture.withCourier(Fixture.settings(server.url) { $0.retryScheduleSeconds = [3_600] }) {
            _ = try await fixture.attempted(event)
            server.follow(WixServer.kind)
            #expect(try await steer(fixture, .retry, EventFilter(ids: [event])) == [event])
            CourierWaker(store: fixture.store.path).steered([event])
            try await fixture.delivered([event])
        }
        await server.stop()
    }

    @Test("A discarded event is never sent, and lets the next one of its payment go")
    func discard() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        let claim = try await fixture.claim("payment", authorizeOnly: true)
        let first = try #require(try await fixture.settle(claim, .authorized(.init())))
        let second = try await DeliveryTests.refusedCapture(fixture, "payment")
        #expect(try fixture.state(second) == .waiting)
        #expect(try await steer(fixture, .discard, EventFilter(ids: [first])) == [first])
        try await fixture.withCourier(Fixture.settings(server.url)) { try await fixture.delivered([second]) }
        #expect(server.events.count == 1)
        #expect(try fixture.state(first) == .discarded)
        await server.stop()
    }

    @Test("Holding all events of a payment holds a pending one and the final one")
    func holdOfAPayment() async throws {
        let fixture = try Fixture()
        let claim = try await fixture.claim("payment")
        let pending = try #require(try await fixture.settle(claim, .pending(.init(.general))))
        let final = try #require(try await fixture.report(claim, .approved(.init())))
        let filter = EventFilter(payment: claim.operation)
        #expect(try await steer(fixture, .hold, filter) == [pending, final])
        #expect(try [pending, final].map(fixture.state) == [.held, .held])
        #expect(try await steer(fixture, .release, filter) == [pending, final])
        #expect(try [pending, final].map(fixture.state) == [.queued, .waiting])
    }

    @Test(
        "What does not fit an event's state is not done to it",
        arguments: [
            (EventAction.release, EventState.queued), (.hold, .held), (.retry, .held), (.retry, .delivered),
            (.hold, .delivered), (.discard, .delivered), (.release, .discarded), (.retry, .discarded),
        ])
    func doesNotFit(action: EventAction, state: EventState) async throws {
        let fixture = try Fixture()
        let event = try await fixture.approved("payment")
        switch state {
        case .held: _ = try await steer(fixture, .hold, EventFilter(ids: [event]))
        case .discarded: _ = try await steer(fixture, .discard, EventFilter(ids: [event]))
        case .delivered:
            let queued = try #require(
                try fixture.store.event(toSend: event, isReleased: true, now: fixture.clock.now()))
            let attempt = Attempt(at: 0, stage: .submit, status: 200, error: nil, milliseconds: 1)
            try await fixture.store.record(attempt, of: queued, .delivered, now: fixture.clock.now())
        default: break
        }
        #expect(try await steer(fixture, action, EventFilter(ids: [event])) == [])
        #expect(try fixture.state(event) == state)
    }

    @Test("Events are chosen by number, payment, state and time")
    func filters() async throws {
        let fixture = try Fixture()
        let one = try await fixture.approved("one")
        fixture.clock.jump(milliseconds: 60_000)
        let between = fixture.clock.now() - 1_000
        let claim = try await fixture.claim("two")
        let two = try #require(try await fixture.settle(claim, .declined(.init(.generalBankDecline))))
        _ = try await steer(fixture, .hold, EventFilter(ids: [two]))
        func ids(_ filter: EventFilter) throws -> [Int64] { try fixture.store.events(filter, limit: 10).map(\.id) }
        #expect(try ids(EventFilter()) == [two, one])
        #expect(try ids(EventFilter(ids: [one])) == [one])
        #expect(try ids(EventFilter(payment: claim.operation)) == [two])
        #expect(try ids(EventFilter(states: [.held])) == [two])
        #expect(try ids(EventFilter(states: [.queued, .delivered])) == [one])
        #expect(try ids(EventFilter(since: between)) == [two])
        #expect(try ids(EventFilter(until: between)) == [one])
        #expect(try ids(EventFilter(states: [.held], until: between)) == [])
    }

    @Test("The backlog is counted by state and age")
    func backlog() async throws {
        let fixture = try Fixture()
        try await fixture.approved("old")
        fixture.clock.jump(milliseconds: 120_000)
        try await fixture.approved("new")
        let held = try await fixture.approved("held")
        _ = try await steer(fixture, .hold, EventFilter(ids: [held]))
        let cells = try fixture.store.backlog(spansMilliseconds: [60_000, 600_000], now: fixture.clock.now())
        let counts = Set(cells.map { "\($0.state.rawValue) \($0.span) \($0.count)" })
        #expect(counts == ["queued 0 1", "queued 1 1", "held 0 1"])
    }
}
