import Foundation
import Payments
import Store
import Synchronization
import Testing
import WixPayments

@testable import Courier

@Suite("Order", .serialized, .timeLimit(.minutes(2)))
struct OrderTests {
    /// What a Wix answers that fails some payments by chance: as many as the breaker bears, since its pauses are another
    /// test's.
    private static func mood(_ request: WixRequest) -> WixReply {
        if request.isToken { return .token }
        let failing = (1..<Breaker.paymentsToOpen).map { "payment-\($0)" }
        let fails = failing.contains(request.payment ?? "") && .random(in: 0..<3) > 0
        return fails ? .json(500, "{}") : .taken
    }

    /// Three events a payment: pending, approved, and a refund of more than there is.
    private func threeEvents(_ fixture: Fixture, _ id: String) async throws -> [Int64] {
        let claim = try await fixture.claim(id)
        let pending = try #require(try await fixture.settle(claim, .pending(Failure(.general))))
        let approved = try #require(try await fixture.report(claim, .approved(.init())))
        let payment = Fixture.payment(id)
        let refund = NewRefund(
            wixTransactionId: id, derivedTransactionId: payment.pluginTransactionId,
            namedTransactionId: payment.pluginTransactionId, wixRefundId: "refund-of-\(id)",
            pluginRefundId: String(payment.pluginTransactionId.reversed()), amount: 999_999)
        guard case .refused(_, let event?) = try await fixture.store.claim(refund, now: fixture.clock.now()) else {
            throw Fixture.FixtureError()
        }
        return [pending, approved, event]
    }

    /// The kinds of a payment's events as the server took them, repeats left out.
    private func taken(_ server: WixServer, _ payment: String) -> [String] {
        var kinds: [String] = []
        for request in server.events where request.payment == payment {
            let kind =
                request.body.contains("5009") ? "pending" : request.body.contains("refund") ? "refund" : "approved"
            if kinds.last != kind { kinds.append(kind) }
        }
        return kinds
    }

    @Test("Events of a payment go one after the other, however often Wix fails")
    func acrossRetries() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start(Self.mood)
        var all: [Int64] = []
        for number in 1...10 { all += try await threeEvents(fixture, "payment-\(number)") }
        let events = all
        try await fixture.withCourier(Fixture.settings(server.url) { $0.retryScheduleSeconds = [0.02] }) {
            try await fixture.delivered(events)
        }
        for number in 1...10 {
            #expect(taken(server, "payment-\(number)") == ["pending", "approved", "refund"])
        }
        await server.stop()
    }

    @Test("Couriers that end in the middle of it lose nothing and break no order")
    func acrossCouriers() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { request in
            try? await Task.sleep(for: .milliseconds(.random(in: 0...10)))
            return Self.mood(request)
        }
        var all: [Int64] = []
        for number in 1...20 { all += try await threeEvents(fixture, "payment-\(number)") }
        let events = all
        let settings = Fixture.settings(server.url) {
            $0.retryScheduleSeconds = [0.02]
            $0.concurrency = 8
        }
        for round in 1...5 {
            try await fixture.withCourier(settings) { await server.received(round * 8) }
        }
        try await fixture.withCourier(settings) { try await fixture.delivered(events) }
        for number in 1...20 {
            #expect(taken(server, "payment-\(number)") == ["pending", "approved", "refund"])
            let bodies = server.events.filter { $0.payment == "payment-\(number)" }.map(\.body)
            #expect(Set(bodies).count == 3)
        }
        await server.stop()
    }

    @Test(
        "An event never leaves while an earlier one of its payment is on its way, not even when that one is discarded")
    func neverOvertakes() async throws {
        let fixture = try Fixture()
        let isFirst = Mutex(true)
        let gate = Gate()
        let server = try await WixServer.start { request in
            guard !request.isToken,
                isFirst.withLock({ first in
                    defer { first = false }; return first
                })
            else {
                return request.isToken ? .token : .taken
            }
            await gate.pass()
            return .taken
        }
        let events = try await threeEvents(fixture, "payment")
        let settings = Fixture.settings(server.url) { $0.requestTimeoutSeconds = 30 }
        try await fixture.withCourier(settings) {
            await server.received(1)
            _ = try await fixture.store.steer(.discard, EventFilter(ids: [events[0]]), now: fixture.clock.now())
            #expect(try fixture.state(events[1]) == .queued)
            let other = try await fixture.approved("other")
            CourierWaker(store: fixture.store.path).steered([events[1], other])
            try await fixture.delivered([other])
            #expect(server.events.count { $0.payment == "payment" } == 1)
            gate.open()
            try await fixture.delivered([events[1], events[2]])
        }
        // Discarded too late: Wix has it.
        #expect(try fixture.state(events[0]) == .delivered)
        await server.stop()
    }

    @Test(
        "Released events of one payment leave one after the other, none waits for its not-before",
        arguments: [[0, 1, 2], [2, 1, 0]])
    func releasedTogether(order: [Int]) async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        // So that no not-before is ever reached: only the release lets them leave.
        fixture.clock.stop()
        let events = try await threeEvents(fixture, "payment")
        try await fixture.withCourier(Fixture.settings(server.url)) {
            let waker = CourierWaker(store: fixture.store.path)
            let other = try await fixture.approved("other")
            // Once it has taken a release, it listens.
            try await fixture.until {
                waker.release([other])
                return try fixture.state(other) == .delivered
            }
            waker.release(order.map { events[$0] })
            try await fixture.delivered(events)
        }
        #expect(taken(server, "payment") == ["pending", "approved", "refund"])
        for event in events {
            let stored = try #require(try fixture.store.event(id: event))
            #expect(stored.attempts.count == 1)
            #expect(stored.attempts.allSatisfy { $0.at < stored.event.dueAt })
        }
        await server.stop()
    }

    @Test("A payment that stalls does not hold up others")
    func stuckPayment() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { request in
            request.isToken ? .token : request.payment == "stuck" ? .stall : .taken
        }
        try await fixture.approved("stuck")
        var events: [Int64] = []
        for number in 1...50 { events.append(try await fixture.approved("payment-\(number)")) }
        let all = events
        let settings = Fixture.settings(server.url) {
            $0.requestTimeoutSeconds = 60
            $0.concurrency = 4
        }
        try await fixture.withCourier(settings) {
            try await fixture.delivered(all)
            // Lets the stuck one end now rather than at its time limit.
            await server.stop()
        }
    }

    @Test("Of two couriers one works; the other takes over when it ends")
    func twoCouriers() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        let first = fixture.courier(Fixture.settings(server.url))
        let second = fixture.courier(Fixture.settings(server.url))
        let firstRun = Task { try await first.run() }
        let one = try await fixture.approved("one")
        try await fixture.delivered([one])
        let secondRun = Task { try await second.run() }
        for number in 1...5 { try await fixture.delivered([try await fixture.approved("both-\(number)")]) }
        #expect(server.events.count == 6)
        firstRun.cancel()
        try await firstRun.value
        let two = try await fixture.approved("two")
        try await fixture.delivered([two])
        secondRun.cancel()
        try await secondRun.value
        await server.stop()
    }
}

/// Keeps those who pass waiting until it is opened.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
