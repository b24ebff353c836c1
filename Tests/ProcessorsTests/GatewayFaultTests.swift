// A gateway that is slow, down, broken or lying, on a real socket: every fault is an unknown outcome, each call is made
// once, and what happened all the same is found by asking.

import Foundation
import Payments
import Synchronization
import TestStack
import Testing
import WixPayments

@testable import Processors

@Suite("Gateway faults")
struct GatewayFaultTests {
    static let approved = #"{"status":"approved"}"#

    struct Fault: CustomTestStringConvertible {
        var testDescription: String
        var steps: [FaultyServer.Step]
        var reason: String

        init(_ name: String, _ steps: FaultyServer.Step..., reason: String) {
            (testDescription, self.steps, self.reason) = (name, steps, reason)
        }
    }

    static let faults: [Fault] = [
        Fault("closed without an answer", .close, reason: "closed the connection"),
        Fault("reset without an answer", .reset, reason: "the connection to the gateway failed"),
        Fault(
            "reset in mid-answer",
            .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"status\":"),
            .reset,
            reason: "the connection to the gateway failed"),
        Fault(
            "closed in mid-answer",
            .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"status\":"),
            .close,
            reason: "closed the connection"),
        Fault("not HTTP", .send("220 mail.example.com ESMTP\r\n"), .hang, reason: "not HTTP"),
        Fault("500", .answer(500, approved), reason: "HTTP 500"),
        Fault("503 with HTML", .answer(503, "<h1>down</h1>", type: "text/html"), reason: "HTTP 503"),
        Fault("404 with HTML", .answer(404, "<h1>404</h1>", type: "text/html"), reason: "HTTP 404 without JSON"),
        Fault("401", .answer(401, #"{"error":"wrong token"}"#), reason: "HTTP 401"),
        Fault("200 with HTML", .answer(200, "<h1>hello</h1>", type: "text/html"), reason: "without JSON"),
        Fault("200 without body", .answer(200, ""), reason: "against the contract"),
        Fault("204", .send("HTTP/1.1 204 No Content\r\n\r\n"), reason: "without JSON"),
        Fault("unknown status", .answer(200, #"{"status":"maybe"}"#), reason: "status has a value that is not allowed"),
        Fault("wrong type", .answer(200, #"{"status":1}"#), reason: "status has the wrong type"),
        Fault(
            "a compressed body",
            .send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                    + "Content-Length: 21\r\n\r\n\(approved)"),
            reason: "with a Content-Encoding"),
        Fault(
            "a huge body", .answer(200, #"{"status":"approved","x":"\#(String(repeating: "x", count: 70_000))"}"#),
            reason: "larger than 65536 bytes"),
        Fault(
            "an endless body",
            .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"),
            .send("11170\r\n\(String(repeating: " ", count: 70_000))\r\n"), .hang, reason: "larger than 65536 bytes"),
        Fault(
            "a redirect to elsewhere",
            .send("HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
            reason: "HTTP 307"),
    ]

    @Test("Every call with this fault has an unknown outcome and is made once", arguments: faults)
    func everyCall(_ fault: Fault) async throws {
        let server = FaultyServer { _ in fault.steps }
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        let connect = try ConnectAccountRequest.parse(Fixtures.example("connect-account.request"))
        let refund = order.refund(amount: 100)
        try await withProcessor(.test(server.url)) { processor async throws in
            let reasons = [
                await unknown { try await processor.connect(connect) },
                await unknown { try await processor.pay(order) },
                await unknown { try await processor.lookup(order.payment()) },
                await unknown { try await processor.cancel(order.payment()) },
                await unknown { try await processor.act(order.act(.capture, amount: 100)) },
                await unknown { try await processor.refund(refund) },
                await unknown { try await processor.lookupRefund(refund.known) },
                await unknown { try await processor.cancelRefund(refund.known) },
            ]
            for reason in reasons { #expect(reason?.contains(fault.reason) == true, "\(reason ?? "known")") }
            #expect(server.requests.count == reasons.count)
            #expect(Set(server.requests.map(\.path)).count == 8)
        }
    }

    @Test(
        "The deadline is around head and body together",
        arguments: [
            [FaultyServer.Step.hang],
            [.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"), .hang],
            [
                .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"status\":"),
                .hang,
            ],
        ])
    func deadline(_ steps: [FaultyServer.Step]) async throws {
        let server = FaultyServer { _ in steps }
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        try await withProcessor(.test(server.url, timeoutSeconds: 8)) { processor async throws in
            let reason = await unknown { try await processor.pay(order) }
            #expect(reason == "the gateway gave no whole answer within 8.0 s")
            #expect(server.requests.count == 1)
        }
    }

    /// A gateway whose first payment call fails after or before its effect; asked again, it tells the truth.
    private func gateway(failing steps: [FaultyServer.Step], afterEffect: Bool) -> FaultyServer {
        let effects = Atomic<Int>(0)
        return FaultyServer { request in
            if request.method == "POST" {
                if afterEffect { effects.add(1, ordering: .relaxed) }
                return steps
            }
            return effects.load(ordering: .relaxed) == 0 ? [.answer(404, "{}")] : [.answer(200, Self.approved)]
        }
    }

    @Test(
        "What a broken call did or did not do is found by asking",
        arguments: [
            [FaultyServer.Step.hang], [.reset], [.answer(500, "{}")], [.answer(200, "<p>ok", type: "text/html")],
        ], [true, false])
    func reconciled(_ steps: [FaultyServer.Step], _ afterEffect: Bool) async throws {
        let server = gateway(failing: steps, afterEffect: afterEffect)
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        try await withProcessor(.test(server.url, timeoutSeconds: steps == [.hang] ? 8 : 30)) {
            processor async throws in
            #expect(await unknown { try await processor.pay(order) } != nil)
        }
        try await withProcessor(.test(server.url)) { processor async throws in
            let found = try await processor.lookup(order.payment())
            #expect(found.words == (afterEffect ? "approved" : "not found"))
            #expect(server.requests.filter { $0.method == "POST" }.count == 1)
        }
    }

    @Test("A gateway that is not there is an unknown outcome")
    func unreachable() async throws {
        let server = FaultyServer(.close)
        server.stop()
        let order = PaymentOrder.new(try .card())
        for url in ["http://127.0.0.1:1", "https://127.0.0.1:1"] {
            try await withProcessor(.test(url)) { processor async throws in
                let reason = await unknown { try await processor.pay(order) }
                #expect(reason == "the connection to the gateway failed, errno 111")
            }
        }
    }

    @Test("A stalled gateway holds up only the calls that wait for it")
    func stalled() async throws {
        let server = FaultyServer { $0.method == "POST" ? [.hang] : [.answer(200, Self.approved)] }
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        try await withProcessor(.test(server.url, timeoutSeconds: 8)) { processor async throws in
            await withDiscardingTaskGroup { group in
                for _ in 0..<100 {
                    group.addTask {
                        #expect(await unknown { try await processor.pay(order) } != nil)
                    }
                }
                group.addTask {
                    let found = try? await processor.lookup(order.payment())
                    #expect(found?.words == "approved")
                }
            }
        }
    }

    @Test("A 404 for a payment that the gateway has answered before is no answer")
    func forgotten() async throws {
        let server = FaultyServer(.answer(404, "{}"))
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        let page = try #require(RedirectURL("https://pay.example.com/1"))
        try await withProcessor(.test(server.url)) { processor async throws in
            for outcome in [PaymentOutcome.approved(ApprovalDetails()), .redirect(to: page)] {
                let known = order.payment(outcome)
                #expect(await unknown { try await processor.lookup(known) } != nil)
            }
            let pending = order.payment(.pending(Failure(.general)))
            #expect(try await processor.lookup(pending).words == "not found")
            #expect(try await processor.lookupRefund(order.refund(amount: 1).known).words == "not found")
        }
    }

    @Test("A refund or capture that the gateway has not finished is an unknown outcome, a look-up says pending")
    func unfinished() async throws {
        let server = FaultyServer(.answer(200, #"{"status":"pending"}"#))
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        let refund = order.refund(amount: 1)
        try await withProcessor(.test(server.url)) { processor async throws in
            #expect(
                await unknown { try await processor.refund(refund) }
                    == "the gateway has not finished the refund")
            #expect(
                await unknown { try await processor.act(order.act(.void, amount: 1)) }
                    == "the gateway has not finished the void")
            #expect(try await processor.lookupRefund(refund.known).words == "pending")
            #expect(try await processor.cancelRefund(refund.known).words == "pending")
        }
    }

    @Test("A capture or void that fails without a code fails with the configured one, with a code with its own")
    func actionFailures() async throws {
        for (members, words) in [("", "failed 3012"), (#","reasonCode":3001"#, "failed 3001")] {
            let server = FaultyServer(.answer(200, #"{"status":"failed"\#(members)}"#))
            defer { server.stop() }
            var settings = GatewaySettings.test(server.url)
            settings.actionFailureCode = try #require(ActionFailureCode(rawValue: 3012))
            let order = PaymentOrder.new(try .card())
            let refund = order.refund(amount: 100)
            try await withProcessor(settings) { processor async throws in
                for action in [PaymentAction.capture, .void] {
                    let outcome = try await processor.act(order.act(action, amount: 100))
                    #expect(outcome.words == words)
                    guard case .failed(let failure) = outcome else { continue }
                    #expect(failure.errorCode != nil && failure.errorMessage != nil)
                }
                #expect(try await processor.refund(refund).words == "failed 6000")
            }
        }
    }

    // MARK: What is sent

    @Test("Every call carries token, key and name, and connections are used again")
    func headers() async throws {
        let server = FaultyServer(.answer(200, Self.approved))
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        try await withProcessor(.test(server.url + "/v2", token: "s3cret")) { processor async throws in
            _ = try await processor.pay(order)
            _ = try await processor.lookup(order.payment())
            _ = try await processor.cancel(order.payment())
        }
        let id = order.pluginTransactionId
        #expect(server.requests.map(\.path) == ["/v2/payments", "/v2/payments/\(id)", "/v2/payments/\(id)/cancel"])
        for request in server.requests {
            #expect(request.header("Authorization") == "Bearer s3cret")
            #expect(request.header("User-Agent") == "pspd")
            #expect(request.header("Idempotency-Key")?.isEmpty == false)
            #expect(!request.head.contains("merchant_secret"))
        }
        #expect(server.requests[0].header("Idempotency-Key") == id)
        #expect(server.requests[0].header("Content-Type") == "application/json")
        #expect(server.requests[2].header("Content-Length") == "0")
    }

    @Test("An unknown outcome says nothing of card, credentials or token")
    func discretion() async throws {
        let echo = #"{"status":"4111111111111111","errorMessage":"mk_live_7Qd2 s3cret"}"#
        let server = FaultyServer(.answer(200, echo))
        defer { server.stop() }
        let order = PaymentOrder.new(try .card())
        try await withProcessor(.test(server.url, token: "s3cret")) { processor async throws in
            let reason = try #require(await unknown { try await processor.pay(order) })
            for secret in ["4111", "mk_live", "s3cret"] { #expect(!reason.contains(secret)) }
        }
    }

    // MARK: Settings

    @Test(
        "Settings that no call could be made with are refused",
        arguments: [
            ("ftp://gateway", "t", nil, GatewaySettingsError.baseURL), ("gateway.internal", "t", nil, .baseURL),
            ("https://", "t", nil, .baseURL), ("https://gateway?x=1", "t", nil, .baseURL),
            ("https://gateway", "", nil, .token), ("https://gateway", "two words", nil, .token),
            ("https://gateway", "t\r\nX: 1", nil, .token), ("https://gateway", "t", "/nowhere.pem", .caFile),
            ("https://gateway", "t", #filePath, .caFile),
        ] as [(String, String, String?, GatewaySettingsError)])
    func badSettings(_ url: String, _ token: String, _ caFile: String?, _ expected: GatewaySettingsError) {
        #expect(throws: expected) { try GatewayProcessor(.test(url, token: token, caFile: caFile)) }
    }
}
