// The emulator without a socket: tokens, Submit Event, what it remembers, faults.

import FastCGI
import Foundation
import Testing

@testable import WixEmulator

@Suite("The emulated Wix")
struct EmulatorTests {
    private let approved = "submit-event.transaction.approved"

    // MARK: Tokens

    @Test("The app gets a token, in the shape of Wix's answer")
    func token() throws {
        let reply = Emulator.example().answer(
            .post(Emulator.tokenPath, try Example.bytes("oauth-access.request")), now: .now)
        #expect(reply.status == 200)
        #expect(reply.json["refresh_token"] == .null)
        #expect(reply.json["access_token"]?.text?.hasPrefix("OAUTH2.") == true)
    }

    @Test(
        "A token request that is wrong in one field is refused, naming it",
        arguments: [
            ("grant_type", "refresh_token", 400), ("grant_type", nil, 400), ("scope", "OTHER", 400),
            ("client_id", "other", 401), ("client_secret", "other", 401), ("client_secret", nil, 400),
            ("client_id", 7, 400),
        ] as [(String, JSON?, Int)])
    func wrongTokenRequest(member: String, value: JSON?, status: Int) throws {
        var body = try Example.json("oauth-access.request")
        body.set(member, to: value)
        let reply = Emulator.example().answer(.post(Emulator.tokenPath, body.bytes()), now: .now)
        #expect(reply.status == status)
        #expect(reply.fields == [member])
        #expect(!String(decoding: reply.response.body, as: UTF8.self).contains("5d2c9e71"))
    }

    @Test("A token serves one event")
    func oneUse() throws {
        let emulator = Emulator.example()
        let token = try emulator.token()
        #expect(try emulator.send(Example.bytes(approved), token: token).status == 200)
        let second = try emulator.send(Example.bytes(approved), token: token)
        #expect(second.status == 401)
        #expect(second.fields == ["Authorization"])
    }

    @Test("A token lives for 300 seconds")
    func tokenLife() throws {
        let emulator = Emulator.example()
        let start = Date(timeIntervalSince1970: 1_795_860_000)
        let (first, second) = (try emulator.token(now: start), try emulator.token(now: start))
        let body = try Example.bytes(approved)
        #expect(try emulator.send(body, token: first, now: start + 300).status == 200)
        #expect(try emulator.send(body, token: second, now: start + 301).status == 401)
    }

    @Test("A prefix before the token is refused")
    func prefix() throws {
        let emulator = Emulator.example()
        #expect(try emulator.send(Example.bytes(approved), token: "Bearer \(emulator.token())").status == 401)
        #expect(try emulator.send(Example.bytes(approved), token: "").status == 401)
    }

    // MARK: Submit Event

    @Test("A good event is answered with an empty object")
    func good() throws {
        let reply = try Emulator.example().send(Example.bytes(approved))
        #expect(reply.status == 200)
        #expect(reply.response.headers.first { $0.name == "Content-Type" }?.value == "application/json")
        #expect(reply.response.body == Array("{}".utf8))
    }

    @Test("User-Agent has the form name/version", arguments: [nil, "", "curl", "a b/1", "/1", "a/", "a/1/2"])
    func userAgent(agent: String?) throws {
        let reply = try Emulator.example().send(Example.bytes(approved), userAgent: agent)
        #expect(reply.status == 400)
        #expect(reply.fields == ["User-Agent"])
    }

    @Test("Content-Type must be JSON", arguments: [nil, "text/plain", "application/json2"])
    func contentType(type: String?) throws {
        #expect(try Emulator.example().send(Example.bytes(approved), contentType: type).fields == ["Content-Type"])
    }

    @Test("All that is wrong is told at once")
    func everything() throws {
        let reply = try Emulator.example().send(Array("[]".utf8), token: "x", userAgent: nil, contentType: nil)
        #expect(reply.status == 401)
        #expect(reply.fields == ["Authorization", "Content-Type", "User-Agent", "body"])
    }

    @Test("What went before counts")
    func order() throws {
        let emulator = Emulator.example()
        #expect(try emulator.send(Example.bytes("submit-event.transaction.declined")).status == 200)
        let reply = try emulator.send(Example.bytes(approved))
        #expect(reply.status == 400)
        #expect(reply.fields == ["event.transaction"])
    }

    // MARK: What is remembered

    @Test("Every event is recorded, taken in or refused, byte for byte, one line each")
    func record() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "record-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let emulator = Emulator.example(record: try RecordFile(path: path))
        let spaced = Array("{ \"event\" : {\n} }".utf8)
        _ = try emulator.send(Example.bytes(approved), now: Date(timeIntervalSince1970: 1_795_860_000.25))
        _ = try emulator.send(spaced)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .map { try #require(JSON(parsing: Array($0.utf8))) }
        try #require(lines.count == 2)
        #expect(lines[0]["time"] == "2026-11-28T10:00:00.250Z")
        #expect(lines[0]["path"] == .string(Emulator.eventPath))
        #expect(lines[0]["status"] == 200)
        #expect(lines[0]["userAgent"] == "banana-pay/1.0.0")
        #expect(lines[0]["problems"] == [])
        #expect(lines[1]["status"] == 400)
        #expect(lines[1]["body"] == .string(String(decoding: spaced, as: UTF8.self)))
        #expect(lines[1]["problems"] != [])
    }

    @Test("Events are shown, all or of one payment")
    func events() throws {
        let emulator = Emulator.example()
        _ = try emulator.send(Example.bytes(approved))
        _ = try emulator.send(Array("{}".utf8))
        func count(_ query: String) -> Int {
            guard case .array(let events)? = emulator.get("/emulator/events", query: query).json["events"] else {
                return -1
            }
            return events.count
        }
        #expect(count("") == 2)
        #expect(count("wixTransactionId=\(payment.uppercased())") == 1)
        #expect(count("wixTransactionId=other") == 0)
        #expect(count("since=2026-01-01T00:00:00.000Z") == 2)
        #expect(count("since=9999-01-01T00:00:00.000Z") == 0)
        #expect(count("limit=1") == 1)
    }

    @Test("A payment is shown with its status, an unknown one is 404")
    func payments() throws {
        let emulator = Emulator.example()
        _ = try emulator.send(Example.bytes(approved))
        _ = try emulator.send(Example.bytes("submit-event.refund.wix-initiated.partial"))
        let shown = emulator.get("/emulator/payments/\(payment)").json
        #expect(shown["status"] == "partially-refunded")
        #expect(shown["refundedAmount"] == 1250)
        #expect(shown["pluginTransactionId"] == "psp_txn_01HZX3K8Q2")
        #expect(emulator.get("/emulator/payments/9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24").status == 404)
    }

    @Test("A reported call makes the amount and the answer known")
    func reported() throws {
        let emulator = Emulator.example()
        let request = try Example.json("create-transaction.request.card").masked()
        let body = try Example.bytes("create-transaction.response.approved")
        let answer = PSPAnswer(status: 200, contentType: "application/json", body: body)
        for answer in [nil, answer] {
            let report = CallReport.json(request: request, answer: answer)
            #expect(emulator.answer(.post(CallReport.path, report.bytes()), now: .now).status == 200)
        }
        #expect(emulator.get("/emulator/payments/\(payment)").json["awaitsEvent"] == true)
        _ = try emulator.send(Example.bytes(approved))
        _ = try emulator.send(Example.bytes("submit-event.refund.psp-initiated.full"))
        #expect(emulator.get("/emulator/payments/\(payment)").json["status"] == "refunded")
    }

    @Test("A pluginRefundId that another payment has used is flagged")
    func reusedRefundId() throws {
        let emulator = Emulator.example()
        let name = "submit-event.refund.psp-initiated.partial"
        _ = try emulator.send(Example.bytes(name))
        _ = try emulator.send(Example.bytes(name))
        #expect(emulator.get("/emulator/payments/\(payment)").json["flags"] == [])
        let other = "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24"
        var event = try Example.json(name)
        event.set("event.refund.wixTransactionId", to: .string(other))
        #expect(try emulator.send(event.bytes()).status == 200)
        guard case .array(let flags)? = emulator.get("/emulator/payments/\(other)").json["flags"] else {
            Issue.record("no flags")
            return
        }
        #expect(flags.map { $0["code"] } == ["reused-refund-id"])
    }

    @Test("The four return pages are there", arguments: ["success", "error", "cancel", "pending"])
    func returnPages(name: String) {
        let reply = Emulator.example().get("/emulator/return/\(name)")
        #expect(reply.status == 200)
        #expect(String(decoding: reply.response.body, as: UTF8.self).contains("data-return=\"\(name)\""))
    }

    @Test("An unknown path is 404, another method 405, too large a body 413")
    func http() {
        let emulator = Emulator.example()
        #expect(emulator.get("/other").status == 404)
        #expect(emulator.get(Emulator.eventPath).status == 405)
        #expect(emulator.get(Emulator.tokenPath).status == 405)
        var large = Request.post(Emulator.eventPath, [])
        large.body = .tooLarge
        #expect(emulator.answer(large, now: .now).status == 413)
    }

    // MARK: Faults

    @Test("A fault plays as often as it says, and Wix has then seen nothing")
    func count() throws {
        let rule = try FaultRule([
            "kind": "status", "status": 503, "retryAfter": 2, "count": 2, "path": .string(Emulator.eventPath),
        ])
        let emulator = Emulator.example(faults: [rule])
        let token = try emulator.token()
        for _ in 1...2 {
            let reply = try emulator.send(Example.bytes(approved), token: token)
            #expect(reply.status == 503)
            #expect(reply.response.headers.contains { $0 == (name: "Retry-After", value: "2") })
        }
        #expect(emulator.get("/emulator/payments/\(payment)").status == 404)
        #expect(try emulator.send(Example.bytes(approved), token: token).status == 200)
        #expect(emulator.get("/emulator/faults").json["faults"] == [])
    }

    @Test("An event may be taken in although the answer is bad")
    func received() throws {
        let emulator = Emulator.example(faults: [
            try FaultRule(["kind": "broken-json", "received": true, "path": .string(Emulator.eventPath)])
        ])
        #expect(try emulator.send(Example.bytes(approved)).response.body == Array("{".utf8))
        #expect(emulator.get("/emulator/payments/\(payment)").json["status"] == "approved")
    }

    @Test("A stall is the genuine answer, late")
    func stall() throws {
        let emulator = Emulator.example(faults: [
            try FaultRule(["kind": "stall", "seconds": 20, "path": .string(Emulator.eventPath)])
        ])
        let reply = try emulator.send(Example.bytes(approved))
        #expect(reply.delaySeconds == 20)
        #expect(reply.response.body == Array("{}".utf8))
    }

    @Test(
        "Each kind of fault answers in its way",
        arguments: [
            ("html", 200, "text/html; charset=utf-8"), ("wrong-content-type", 200, "text/plain"),
            ("non-empty-object", 200, "application/json"), ("broken-json", 200, "application/json"),
            ("no-content", 204, nil), ("redirect", 302, nil), ("huge-body", 200, "application/json"),
            ("status", 500, "application/json"),
        ] as [(String, Int, String?)])
    func kinds(kind: String, status: Int, type: String?) throws {
        let emulator = Emulator.example(faults: [try FaultRule(["kind": .string(kind)])])
        let reply = emulator.answer(.post(Emulator.tokenPath, try Example.bytes("oauth-access.request")), now: .now)
        #expect(reply.status == status)
        #expect(reply.response.headers.first { $0.name == "Content-Type" }?.value == type)
        if kind == "huge-body" { #expect(reply.response.body.count == 8_388_608) }
    }

    @Test("Faults are set, listed and cleared over HTTP")
    func faultsOverHTTP() {
        let emulator = Emulator.example()
        let rule: JSON = ["kind": "no-content", "probability": 0.5]
        #expect(emulator.answer(.post("/emulator/faults", rule.bytes()), now: .now).status == 200)
        #expect(
            emulator.get("/emulator/faults").json["faults"] == [
                ["kind": "no-content", "probability": 0.5, "received": false]
            ])
        let clear = Parameters([
            (name: "REQUEST_METHOD", value: "DELETE"), (name: "DOCUMENT_URI", value: "/emulator/faults"),
        ])
        #expect(emulator.answer(Request(parameters: clear, body: .complete([])), now: .now).json["faults"] == [])
    }

    @Test(
        "A rule that makes no sense is refused, naming the member",
        arguments: [
            ([:], "kind"), (["kind": "other"], "kind"), (["kind": "stall"], "seconds"),
            (["kind": "html", "count": 0], "count"), (["kind": "html", "probability": 2], "probability"),
            (["kind": "status", "status": 200], "status"), (["kind": "html", "colour": 1], "colour"), (7, "fault"),
            (["kind": "huge-body", "bytes": 134_217_729], "bytes"),
        ] as [(JSON, String)])
    func wrongRule(rule: JSON, field: String) {
        let reply = Emulator.example().answer(.post("/emulator/faults", rule.bytes()), now: .now)
        #expect(reply.status == 400)
        #expect(reply.fields == [field])
    }

    @Test("A rule that is no JSON is refused with 400")
    func ruleIsNoJSON() {
        let reply = Emulator.example().answer(.post("/emulator/faults", Array("notjson".utf8)), now: .now)
        #expect(reply.status == 400)
        #expect(reply.fields == ["body"])
    }

    @Test("Probability decides, the first rule that plays wins")
    func probability() throws {
        var book = FaultBook([
            try FaultRule(["kind": "html", "probability": 0.25]), try FaultRule(["kind": "redirect", "path": "/a"]),
        ])
        #expect(book.draw(path: "/a", random: { 0.2 })?.kind == .html)
        #expect(book.draw(path: "/a", random: { 0.3 })?.kind == .redirect)
        #expect(book.draw(path: "/b", random: { 0.3 }) == nil)
    }
}
