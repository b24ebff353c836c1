import Foundation
import NIOHTTP1
import Payments
import Store
import Synchronization
import Testing
import WixPayments

@testable import Courier

@Suite("Delivery", .serialized, .timeLimit(.minutes(2)))
struct DeliveryTests {
    @Test("An event is a token request and a Submit Event, as Wix wants them")
    func asWixWantsIt() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        let body = try #require(try fixture.store.event(id: event)?.body)
        try await fixture.withCourier(Fixture.settings(server.url)) { try await fixture.delivered([event]) }
        let requests = server.requests
        #expect(requests.map(\.path) == ["/oauth/access", "/payments/v1/provider-platform-events"])
        let token = try JSONSerialization.jsonObject(with: Data(requests[0].body.utf8)) as? [String: String]
        #expect(
            token == [
                "grant_type": "client_credentials", "scope": "CASHIER.GET_ACCESS", "client_id": "app",
                "client_secret": "app-secret",
            ])
        #expect(requests.map { $0.headers["User-Agent"] } == [["pspd-tests/1.0.0"], ["pspd-tests/1.0.0"]])
        #expect(requests[1].headers["Authorization"] == ["test-token"])
        #expect(requests[1].headers["Content-Type"] == ["application/json"])
        #expect(requests[1].body == body)
        await server.stop()
    }

    @Test("Each attempt takes a token of its own, and repeats send the same bytes")
    func freshTokens() async throws {
        let fixture = try Fixture()
        let count = Mutex(0)
        let server = try await WixServer.start { request in
            guard request.isToken else { return .json(500, "{}") }
            let number = count.withLock { count in
                count += 1
                return count
            }
            return .json(200, #"{"access_token":"token-\#(number)"}"#)
        }
        try await fixture.approved("payment")
        fixture.passNotBefore()
        try await fixture.withCourier(Fixture.settings(server.url)) { await server.received(3) }
        let events = server.events.prefix(3)
        #expect(events.map { $0.headers["Authorization"] } == [["token-1"], ["token-2"], ["token-3"]])
        #expect(Set(events.map(\.body)).count == 1)
        await server.stop()
    }

    @Test("Connections are reused, and more than eight at once are made when needed")
    func connections() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { request in
            try? await Task.sleep(for: .milliseconds(30))
            return await WixServer.kind(request)
        }
        var events: [Int64] = []
        for number in 1...64 { events.append(try await fixture.approved("payment-\(number)")) }
        let all = events
        try await fixture.withCourier(Fixture.settings(server.url) { $0.concurrency = 16 }) {
            try await fixture.delivered(all)
        }
        #expect(9...16 ~= server.connectionCount)
        await server.stop()
    }

    @Test("A wake-up has an event at Wix before it falls due")
    func wakeUpIsFast() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        try await fixture.withCourier(Fixture.settings(server.url)) {
            let warm = try await fixture.approved("warm")
            try await fixture.delivered([warm])
            let waker = CourierWaker(store: fixture.store.path)
            var best = Duration.seconds(60)
            for number in 1...10 {
                let event = try await fixture.approved("payment-\(number)")
                let start = ContinuousClock.now
                waker.release([event])
                await server.received(number + 1)
                best = min(best, start.duration(to: .now))
            }
            print("from a wake-up to Wix, best of ten: \(best)")
        }
        await server.stop()
    }

    @Test("Without a wake-up an event leaves within two seconds, and not before its second is over")
    func lostWakeUp() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start()
        try await fixture.withCourier(Fixture.settings(server.url)) {
            let start = ContinuousClock.now
            try await fixture.approved("payment")
            await server.received(1)
            #expect(.milliseconds(900)..<(.milliseconds(2_000)) ~= start.duration(to: .now))
        }
        await server.stop()
    }

    @Test("After its time an event is given up, is blocked on, and can be replayed")
    func givesUp() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { $0.isToken ? .token : .json(500, "{}") }
        let claim = try await fixture.claim("payment", authorizeOnly: true)
        let first = try #require(try await fixture.settle(claim, .authorized(.init())))
        try await fixture.withCourier(Fixture.settings(server.url) { $0.giveUpAfterHours = 0 }) {
            try await fixture.until { try fixture.state(first) == .dead }
            let second = try await Self.refusedCapture(fixture, "payment")
            #expect(try fixture.state(second) == .blocked)
            server.follow(WixServer.kind)
            let filter = EventFilter(ids: [first])
            #expect(try await fixture.store.steer(.retry, filter, now: fixture.clock.now()) == [first])
            CourierWaker(store: fixture.store.path).steered([first])
            try await fixture.delivered([first, second])
        }
        #expect(server.events.suffix(2).map { $0.body.contains("capture") } == [false, true])
        await server.stop()
    }

    @Test("A pending event that Wix refuses gives way to the final one")
    func superseded() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { $0.isToken ? .token : .json(400, "{}") }
        let claim = try await fixture.claim("payment")
        let pending = try #require(try await fixture.settle(claim, .pending(Failure(.general))))
        try await fixture.withCourier(Fixture.settings(server.url) { $0.retryScheduleSeconds = [3_600] }) {
            _ = try await fixture.attempted(pending)
            server.follow(WixServer.kind)
            let final = try #require(try await fixture.report(claim, .approved(.init())))
            #expect(try fixture.state(pending) == .superseded)
            try await fixture.delivered([final])
        }
        await server.stop()
    }

    @Test("A due time that a wrong clock set far ahead is due once the clock is right")
    func clockPutBack() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { $0.isToken ? .token : .json(500, "{}") }
        fixture.clock.jump(milliseconds: 86_400_000)
        let event = try await fixture.approved("payment")
        try await fixture.withCourier(Fixture.settings(server.url) { $0.retryScheduleSeconds = [3_600] }) {
            _ = try await fixture.attempted(event)
            server.follow(WixServer.kind)
            fixture.clock.jump(milliseconds: -86_400_000)
            try await fixture.delivered([event])
        }
        await server.stop()
    }

    /// An event of a later call of the payment: a capture that does not fit its amount.
    static func refusedCapture(_ fixture: Fixture, _ id: String) async throws -> Int64 {
        let payment = Fixture.payment(id)
        let new = NewAction(
            .capture, wixTransactionId: id, derivedTransactionId: payment.pluginTransactionId,
            namedTransactionId: payment.pluginTransactionId, amount: 999_999,
            amountMismatch: Failure(.generalError, errorCode: nil, errorMessage: nil))
        guard case .refused(let event?) = try await fixture.store.claim(new, now: fixture.clock.now()) else {
            throw Fixture.FixtureError()
        }
        return event
    }
}
