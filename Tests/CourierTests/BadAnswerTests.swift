import Foundation
import Store
import Testing

@testable import Courier

/// What a Wix that misbehaves costs: one attempt of a class, and the event goes out again.
@Suite("Bad answers", .serialized, .timeLimit(.minutes(2)))
struct BadAnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var stage: Attempt.Stage
        var reply: WixReply
        var status: Int?
        var error: DeliveryError
        var testDescription: String { "\(name) on \(stage.rawValue)" }
    }

    private static let statuses: [Case] = [
        (500, .serverError, .serverError), (502, .serverError, .serverError), (503, .serverError, .serverError),
        (429, .rateLimited, .rateLimited), (400, .tokenRefused, .clientError), (401, .tokenRefused, .tokenRefused),
        (403, .tokenRefused, .tokenRefused), (404, .tokenRefused, .clientError), (204, .badAnswer, .badAnswer),
        (301, .badAnswer, .badAnswer), (307, .badAnswer, .badAnswer),
    ].flatMap { status, onToken, onSubmit in
        [
            Case(name: "\(status)", stage: .token, reply: .json(status, ""), status: status, error: onToken),
            Case(name: "\(status)", stage: .submit, reply: .json(status, ""), status: status, error: onSubmit),
        ]
    }

    private static let html = WixReply.answer(200, headers: [("Content-Type", "text/html")], body: "{}")

    private static let bodies: [Case] = [
        Case(name: "200 with text/html", stage: .token, reply: html, status: 200, error: .badAnswer),
        Case(name: "200 with text/html", stage: .submit, reply: html, status: 200, error: .badAnswer),
        Case(
            name: "200 without a type", stage: .submit, reply: .answer(200, body: "{}"), status: 200,
            error: .badAnswer),
        Case(
            name: "200 with a non-empty object", stage: .submit, reply: .json(200, #"{"a":1}"#), status: 200,
            error: .badAnswer),
        Case(name: "200 with an array", stage: .submit, reply: .json(200, "[]"), status: 200, error: .badAnswer),
        Case(name: "200 with nothing", stage: .submit, reply: .json(200, ""), status: 200, error: .badAnswer),
        Case(name: "200 with broken JSON", stage: .submit, reply: .json(200, "{"), status: 200, error: .badAnswer),
        Case(name: "200 with broken JSON", stage: .token, reply: .json(200, "{"), status: 200, error: .badAnswer),
        Case(name: "200 without a token", stage: .token, reply: .json(200, "{}"), status: 200, error: .badAnswer),
        Case(
            name: "a token with a line break", stage: .token, reply: .json(200, #"{"access_token":"a\r\nb: c"}"#),
            status: 200, error: .badAnswer),
    ]

    private static let connections: [Case] = [
        Case(name: "a reset in mid-body", stage: .token, reply: .resetInBody, error: .connect),
        Case(name: "a reset in mid-body", stage: .submit, reply: .resetInBody, error: .connect),
        Case(name: "a stall", stage: .token, reply: .stall, error: .timeout),
        Case(name: "a stall", stage: .submit, reply: .stall, error: .timeout),
        Case(name: "a body that trickles", stage: .submit, reply: .trickle, error: .timeout),
        Case(name: "a body of 100 MB", stage: .token, reply: .huge(100 << 20), error: .badAnswer),
        Case(name: "a body of 100 MB", stage: .submit, reply: .huge(100 << 20), error: .badAnswer),
    ]

    @Test("It is recorded in its class, and the event is delivered later", arguments: statuses + bodies + connections)
    func isSurvived(_ bad: Case) async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { request in
            request.isToken == (bad.stage == .token) ? bad.reply : request.isToken ? .token : .taken
        }
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        let settings = Fixture.settings(server.url) { if bad.error == .timeout { $0.requestTimeoutSeconds = 1 } }
        try await fixture.withCourier(settings) {
            let attempt = try #require(try await fixture.attempted(event).first)
            #expect(attempt.stage == bad.stage)
            #expect(attempt.status == bad.status)
            #expect(attempt.error == bad.error.rawValue)
            server.follow(WixServer.kind)
            try await fixture.delivered([event])
        }
        await server.stop()
    }

    @Test("A redirect is not followed: the token goes nowhere else", arguments: [301, 302, 303, 307, 308])
    func redirects(status: Int) async throws {
        let fixture = try Fixture()
        let elsewhere = try await WixServer.start()
        let server = try await WixServer.start { request in
            request.isToken
                ? .token
                : .answer(status, headers: [("Location", elsewhere.url), ("Content-Type", "application/json")])
        }
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        try await fixture.withCourier(Fixture.settings(server.url)) {
            _ = try await fixture.attempted(event, times: 2)
        }
        #expect(elsewhere.requests.isEmpty)
        await server.stop()
        await elsewhere.stop()
    }

    @Test(
        "A certificate of another name, or an expired one, is refused before anything is sent",
        arguments: [true, false])
    func certificates(isExpired: Bool) async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start(
            certificate: isExpired ? TestCertificates.expired : TestCertificates.otherName)
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        try await fixture.withCourier(Fixture.settings(server.url)) {
            let attempt = try #require(try await fixture.attempted(event).first)
            #expect(attempt.error == "tls")
            #expect(attempt.stage == .token)
        }
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test("A host whose name does not resolve is told from one that does not listen")
    func nameDoesNotResolve() async throws {
        let fixture = try Fixture()
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        try await fixture.withCourier(Fixture.settings("https://pspd-tests.invalid")) {
            let attempt = try await fixture.attempted(event).first
            #expect(attempt?.error == "dns")
        }
    }

    @Test("A refused connection is tried again until Wix is back, and everything is delivered")
    func refusedThenRecovery() async throws {
        let fixture = try Fixture()
        let first = try await WixServer.start()
        let port = first.port
        await first.stop()
        var events: [Int64] = []
        for number in 1...12 { events.append(try await fixture.approved("payment-\(number)")) }
        let all = events
        try await fixture.withCourier(Fixture.settings("https://localhost:\(port)")) {
            try await fixture.until { try fixture.store.courierStatus()?.breaker == .open }
            #expect(try fixture.store.courierStatus()?.lastError == "connect")
            let second = try await WixServer.start(port: port)
            try await fixture.delivered(all)
            await second.stop()
        }
    }

    @Test("A trickling body does not escape the time limit")
    func trickle() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { $0.isToken ? .token : .trickle }
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        try await fixture.withCourier(Fixture.settings(server.url) { $0.requestTimeoutSeconds = 1 }) {
            let attempt = try #require(try await fixture.attempted(event).first)
            #expect(attempt.error == "timeout")
            #expect(attempt.milliseconds < 10_000)
        }
        await server.stop()
    }

    @Test("Retry-After is obeyed", arguments: [503, 429])
    func retryAfter(status: Int) async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { request in
            request.isToken
                ? .token : .answer(status, headers: [("Content-Type", "application/json"), ("Retry-After", "1")])
        }
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        try await fixture.withCourier(Fixture.settings(server.url)) {
            let attempts = try await fixture.attempted(event, times: 2)
            #expect(attempts[1].at - attempts[0].at >= 1_000)
        }
        await server.stop()
    }

    @Test("A 4xx on one event does not stop the others")
    func othersGoOn() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { request in
            request.isToken ? .token : request.payment == "bad" ? .json(400, "{}") : .taken
        }
        let bad = try await fixture.approved("bad")
        var good: [Int64] = []
        for number in 1...40 { good.append(try await fixture.approved("good-\(number)")) }
        let all = good
        try await fixture.withCourier(Fixture.settings(server.url)) {
            try await fixture.delivered(all)
            #expect(try fixture.state(bad) == .queued)
        }
        await server.stop()
    }

    @Test("429 slows everything down: after it, fewer are on their way at once")
    func slowsDown() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { _ in .answer(429, headers: [("Retry-After", "10")]) }
        var events: [Int64] = []
        for number in 1...64 { events.append(try await fixture.approved("payment-\(number)")) }
        let all = events
        try await fixture.withCourier(Fixture.settings(server.url)) {
            await server.received(32) { $0.isToken }
            try await fixture.until { try fixture.store.courierStatus()?.pausedUntil != nil }
            // Of the second half nothing left while Wix wants a pause.
            #expect(server.requests.count == 32)
            server.follow(WixServer.kind)
            try await fixture.delivered(all)
        }
        await server.stop()
    }

    @Test("A refused token is reported as the operator's affair, until one is given")
    func tokenRefused() async throws {
        let fixture = try Fixture()
        let server = try await WixServer.start { $0.isToken ? .json(401, "{}") : .taken }
        let event = try await fixture.approved("payment")
        fixture.passNotBefore()
        try await fixture.withCourier(Fixture.settings(server.url)) {
            _ = try await fixture.attempted(event)
            try await fixture.until { try fixture.store.courierStatus()?.tokenRefusedSince != nil }
            server.follow(WixServer.kind)
            try await fixture.delivered([event])
            try await fixture.until { try fixture.store.courierStatus()?.tokenRefusedSince == nil }
        }
        await server.stop()
    }
}
