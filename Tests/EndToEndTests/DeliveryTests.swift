// From the answer to Wix: when an event leaves, what it carries, and what happens when Wix does not take it.

import Foundation
import Testing
import TestStack

@Suite("Delivery", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct DeliveryTests {
    @Test("An event leaves after its answer, and soon")
    func soon() async throws {
        let stack = try await Stack.usual()
        var milliseconds: [Int] = []
        for _ in 0..<10 {
            let payment = try Sample.payment()
            let id = try #require(try await stack.call(.create, payment).requestID)
            _ = try await stack.events(payment.paymentID, count: 1)
            let times = try #require(try await poll(within: 5) { try stack.times(requestID: id) })
            milliseconds.append(Int(((times.told - times.answered) * 1_000).rounded()))
        }
        milliseconds.sort()
        // The design's 50 ms are for an idle machine, which no test run is: printed, not demanded.
        print("from answer to event, ms: \(milliseconds)")
        #expect(milliseconds[0] >= 0, "an event came before its answer")
    }

    @Test("The request's id goes from nginx to the answer, the log, the store, the delivery and Wix")
    func requestID() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        let answer = try await stack.call(.create, payment)
        let id = try #require(answer.requestID)
        #expect(id.count == 32)
        let event = try #require(try await stack.events(payment.paymentID, count: 1).first)
        #expect(event.requestID == id)
        let request = try await stack.logged { $0["request"]?.text == id && $0["message"]?.text == "request" }
        #expect(request["role"] == "worker")
        let delivery = try await stack.logged { $0["request"]?.text == id && $0["role"]?.text == "courier" }
        #expect(delivery["message"]?.text?.contains("delivered") == true)
    }

    @Test("A client's own X-Request-ID is not trusted")
    func forgedRequestID() async throws {
        let stack = try await Stack.usual()
        let body = try Sample.payment().bytes
        let answer = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue,
            headers: [
                ("Content-Type", "application/json"), ("Digest", try stack.digest(body)), ("X-Request-ID", "forged-1"),
            ], body: body)
        #expect(answer.status == 200)
        #expect(answer.requestID != "forged-1")
        #expect(!(try stack.log().contains { $0["request"]?.text == "forged-1" }))
    }

    @Test("Events that follow later carry the id of the call that began the payment")
    func laterRequestID() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment("4000000000009235")
        let answer = try await stack.call(.create, payment)
        let events = try await stack.events(payment.paymentID, count: 2)
        #expect(events.map(\.requestID) == [answer.requestID, answer.requestID])
    }

    @Test("Events share a connection, and speak HTTP/2 where Wix offers it")
    func http2() async throws {
        try await Stack.with { stack in
            for _ in 0..<6 {
                let payment = try Sample.payment()
                _ = try await stack.call(.create, payment)
                _ = try await stack.events(payment.paymentID, count: 1)
            }
            let calls = stack.submitConnections()
            #expect(calls.count == 6)
            #expect(Set(calls.map(\.httpVersion)) == ["HTTP/2.0"])
            #expect(Set(calls.map(\.connection)).count == 1)
        }
    }

    @Test("A connection that died without a word holds up no event: the next attempt has a new one")
    func deadConnection() async throws {
        let relay = try await Relay()
        let options = Stack.Options(config: [
            "wix.api-base-url": .string("https://localhost:\(relay.port)"), "courier.request-timeout-seconds": 2,
            "courier.retry-schedule-seconds": [1],
        ])
        try await Stack.with(options) { stack in
            try relay.lead(to: stack.wixURL)
            for _ in 0..<3 {
                let (payment, _) = try await stack.approved()
                #expect(try await stack.events(payment.paymentID, count: 1).count == 1)
                relay.forgetConnections()
            }
            #expect(Set(stack.submitConnections().map(\.connection)).count == 3)
        }
        try await relay.close()
    }

    @Test("An event carries the configured User-Agent and its body is one of the documented shapes")
    func userAgent() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let event = try #require(try await stack.events(payment.paymentID, count: 1).first)
        #expect(event.userAgent == "banana-pay/1.0.0")
        #expect(
            try JSON(parsing: Array(event.body.utf8)) == [
                "event": [
                    "transaction": [
                        "wixTransactionId": .string(payment.paymentID), "pluginTransactionId": .string(id),
                    ]
                ]
            ])
    }

    @Test("Without a courier answers go on and events wait; a courier of its own then delivers them in order")
    func laterCourier() async throws {
        try await Stack.with(Stack.Options(hasCourier: false)) { stack in
            let (payment, id) = try await stack.approved()
            for _ in 0..<3 {
                #expect(try await stack.call(.refund, try Sample.refund(of: payment, id, 100)).reason == nil)
            }
            let states = try await stack.storedEvents(payment.paymentID).map { $0["state"]?.text }
            #expect(states.count == 4)
            #expect(!states.contains("delivered"))
            #expect(try await stack.received(payment.paymentID).isEmpty)
            try await stack.start("courier", [BuiltProgram.pspd, "courier", "--config", "\(stack.folder)/pspd.yaml"])
            let events = try await stack.events(payment.paymentID, count: 4)
            #expect(events.map(\.kind) == ["transaction", "refund", "refund", "refund"])
            let stored = try await stack.storedEvents(payment.paymentID)
            #expect(events.map(\.body) == stored.map { $0["body"]?.text })
        }
    }

    static let faults: [String] = [
        #"{"kind":"status","status":500,"path":"/oauth/access","count":1}"#,
        #"{"kind":"status","status":401,"path":"/oauth/access","count":1}"#,
        #"{"kind":"status","status":500,"path":"/payments/v1/provider-platform-events","count":2}"#,
        #"{"kind":"status","status":429,"retryAfter":"1","count":1}"#,
        #"{"kind":"html","count":1}"#, #"{"kind":"wrong-content-type","count":1}"#,
        #"{"kind":"non-empty-object","count":1}"#, #"{"kind":"broken-json","count":1}"#,
        #"{"kind":"no-content","count":1}"#, #"{"kind":"redirect","count":1}"#,
        #"{"kind":"huge-body","count":1}"#, #"{"kind":"stall","seconds":8,"count":1}"#,
        #"{"kind":"status","status":500,"received":true,"count":1}"#,
    ]

    private static let faulty = Task {
        try await Stack.start(
            Stack.Options(config: ["courier.retry-schedule-seconds": [1], "courier.request-timeout-seconds": 3]))
    }

    @Test("What Wix does not take is sent again, byte for byte, with a new token", .serialized, arguments: faults)
    func faulty(_ fault: String) async throws {
        let stack = try await Self.faulty.value
        let set = try await stack.send(
            "POST", "\(stack.wixURL)/emulator/faults", headers: [("Content-Type", "application/json")],
            body: Array(fault.utf8))
        #expect(set.status == 200)
        let (payment, _) = try await stack.approved()
        // The emulator refuses a token that it has seen: what it takes came with a fresh one.
        _ = try await stack.events(payment.paymentID, count: 1)
        let attempts = try #require(
            try await poll(within: 30) {
                let rows = try await stack.rows(
                    """
                    SELECT attempts.stage, attempts.status, attempts.error FROM attempts \
                    JOIN events ON events.id = event_id WHERE wix_transaction_id = '\(payment.paymentID)' \
                    AND events.state = 'delivered' ORDER BY attempts.id
                    """)
                return rows.isEmpty ? nil : rows
            })
        #expect(attempts.count >= 2)
        #expect(attempts.last == ["stage": "submit", "status": 200, "error": nil])
        #expect(attempts.dropLast().allSatisfy { $0["error"]?.text != nil })
        #expect(Set(try await stack.received(payment.paymentID).map(\.body)).count == 1)
    }

    @Test("A Wix that is down: payments go on, and their events arrive when it is back")
    func down() async throws {
        let options = Stack.Options(config: ["courier.retry-schedule-seconds": [1]])
        try await Stack.with(options) { stack in
            let emulator = try stack.program("wix-emulator")
            emulator.signal(SIGTERM)
            #expect(try await emulator.end(within: 10) == 0)
            var payments: [JSON] = []
            for _ in 0..<5 { payments.append(try await stack.approved().payment) }
            try await stack.startEmulator()
            for payment in payments {
                #expect(try await stack.events(payment.paymentID, count: 1).count == 1)
            }
        }
    }

    @Test("A buyer's Wix that hangs up before the answer: the event comes all the same")
    func hungUp() async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let payment = try Sample.payment("4000000000006975")
        let call = Task { try await stack.call(.create, payment) }
        let claimed = try await poll(within: 30) {
            try await stack.rows("SELECT 1 FROM payments WHERE wix_transaction_id = '\(payment.paymentID)'").first
        }
        #expect(claimed != nil)
        call.cancel()
        _ = await call.result
        let events = try await stack.events(payment.paymentID, count: 2, within: 60)
        #expect(events.map { $0.payload["reasonCode"]?.int } == [5009, nil])
    }

    @Test("A certificate that the configured roots don't vouch for is not spoken to")
    func untrusted() async throws {
        let options = Stack.Options(config: ["wix.ca-file": nil, "courier.retry-schedule-seconds": [1]])
        try await Stack.with(options) { stack in
            let (payment, _) = try await stack.approved()
            let record = try await stack.logged { $0["payment"]?.text == payment.paymentID && $0["error"] != nil }
            #expect(record["error"] == "tls")
            #expect(try await stack.received(payment.paymentID).isEmpty)
        }
    }
}
