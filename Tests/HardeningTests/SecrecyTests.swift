// What must not stand anywhere: after calls of every kind, good and bad, and after crashes, no log, store, page, command,
// process or error text holds a card number, a CVV, a credential, a secret, a token or a buyer's data (design rule 13).
// With pspd's log at level trace, and the site for production.

import Foundation
import Glibc
import Testing
import TestStack

@Suite("Secrecy", .timeLimit(.minutes(15)), .inTurn, .keepingLogs)
struct SecrecyTests {
    @Test("With the sandbox, no secret stands anywhere")
    func sandbox() async throws {
        let options = Stack.Options(
            config: ["log.level": "trace", "courier.retry-schedule-seconds": [1], "answer-deadline-seconds": 2],
            emulator: ["--fault", #"{"kind":"status","status":500,"count":3}"#], isProductionSite: true)
        try await Stack.with(options) { stack in
            let calls = MarkedCalls(stack)
            try await calls.makeAll()
            try await calls.redirect()
            try await calls.crash()
            try await search(stack, calls, Marks.all)
        }
    }

    @Test(
        "With the PSP's gateway, no secret stands anywhere, whatever the gateway says of the cards",
        arguments: [nil, "tells-cards", "breaks-off"])
    func gateway(_ variant: String?) async throws {
        let config: [String: JSON] = ["log.level": "trace", "answer-deadline-seconds": 2]
        try await GatewayStack.with(variant: variant, config: config, isProductionSite: true) { gateway in
            let stack = gateway.stack
            let calls = MarkedCalls(stack)
            try await calls.makeAll()
            try await calls.notify(gateway)
            if variant == nil { try await calls.crash() }
            let secret = Data(GatewayStack.secret).base64EncodedString()
            try await search(stack, calls, Marks.all + [GatewayStack.token, secret, "Bearer"])
        }
    }

    /// Looks while everything runs, and once more when it has ended.
    private func search(_ stack: Stack, _ calls: MarkedCalls, _ marks: [String]) async throws {
        let marks = marks + [stack.keys.appSecret, "OAUTH2.", "JWT="]
        // A payment that came through all of it, as a sign that the places are the right ones.
        let (payment, _) = try await stack.approved()
        _ = try await stack.events(payment.paymentID, count: 1)
        let running = try await stack.places(payments: calls.payments + [payment.paymentID])
        running.expectNone(of: marks)
        calls.refusals.expectNone(of: marks)
        #expect(calls.refusals.count > 10)
        let names = Set(running.map(\.name))
        for name in ["state/pspd.db", "state/pspd.db-wal", "state/pspd.db.metrics", "pspd.log", "pspd-access.log"] {
            #expect(names.contains(name), "\(name) was not looked at")
        }
        for (pid, role) in stack.pspdProcesses() {
            let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
            #expect(limits.contains(#/Max core file size +0 +0 /#), "\(role)")
        }

        let program = try stack.program("pspd")
        program.signal(SIGTERM)
        #expect(try await program.end(within: 20) == 0)
        stack.filePlaces().expectNone(of: marks)
    }

    @Test("The search finds what does stand somewhere, in each kind of place")
    func selfCheck() async throws {
        try await Stack.with(Stack.Options(config: ["log.level": "trace"], isProductionSite: true)) { stack in
            let program = try stack.program("pspd")
            program.signal(SIGTERM)
            #expect(try await program.end(within: 20) == 0)
            try await stack.startPspd(environment: ["PLANTED": "planted-Zq99"])
            let (payment, id) = try await stack.approved()
            _ = try await stack.events(payment.paymentID, count: 1)
            _ = try await stack.send("GET", stack.baseURL + "/v1/planted-Zq99")
            try stack.write("planted.hex", Data("planted-Zq99".utf8).map { String(format: "%02x", $0) }.joined())
            try stack.write("planted.base64", Data("(planted-Zq99)".utf8.dropFirst()).base64EncodedString())
            let places = try await stack.places(payments: [payment.paymentID])

            func expect(_ mark: String, in names: Set<String>) {
                let found = Set(places.holding(mark))
                #expect(found.isSuperset(of: names), "\(mark) stands in \(found.sorted())")
            }
            expect(
                payment.paymentID,
                in: [
                    "pspd.log", "the store", "events.jsonl", "pspd payments show \(payment.paymentID)",
                    "pspd events list --limit 1000",
                ])
            // Checkpoints take it from the one to the other.
            let store = places.filter { ["state/pspd.db", "state/pspd.db-wal"].contains($0.name) }
            #expect(store.count == 2 && !store.holding(payment.paymentID).isEmpty)
            expect(id, in: ["state/pspd.db.effects.jsonl"])
            expect("planted-Zq99", in: ["pspd-access.log", "planted.hex", "planted.base64"])
            expect("\(stack.folder)/pspd.yaml", in: ["cmdline of serve", "cmdline of worker", "cmdline of courier"])
            expect("pspd_requests_total", in: ["/metrics as text/html"])
            expect("<html", in: ["/status as text/html"])
            expect("\"version\"", in: ["/status as application/json"])
            // Only root sees the environment of a process that is not dumpable.
            if geteuid() == 0 {
                expect("planted-Zq99", in: ["environ of serve", "environ of worker", "environ of courier"])
            }
        }
    }
}

/// What is sent and must not be seen again.
enum Marks {
    static let card = "4929123456781236"
    static let declinedCard = "4000000000000002"
    static let redirectCard = "4000000000003220"
    static let slowCard = "4000000000006975"
    static let oddCard = "4929-1234-5678-1236"
    static let cvv = "91726354"
    static let secret = "merchant-secret-Zq81"
    static let addedSecret = "added-secret-Zq82"
    static let cryptogram = "AgAAAAAABk4DWZ4C28yUQAAZq83="
    static let token = "stored-reference-Zq84"
    static let holder = "Zq85 Holder"
    static let email = "zq86@example.org"
    static let ip = "203.0.113.186"

    static let all = [
        card, declinedCard, redirectCard, slowCard, oddCard, "4929 1234 5678 1236", "4929123456", cvv, secret,
        addedSecret, cryptogram, token, holder, email, ip,
    ]

    static func payment(_ card: String = card) throws -> JSON {
        try Sample.payment(card).setting("paymentMethodData.card.cvv", .string(cvv))
            .setting("paymentMethodData.card.holderName", .string(holder))
            .setting("merchantCredentials", ["merchant_secret": .string(secret)])
            .setting("order.description.billingAddress.email", .string(email))
            .setting("fraudInformation.remoteIp", .string(ip))
    }

    static func withCredentials(_ request: JSON) -> JSON {
        request.setting("merchantCredentials", ["merchant_secret": .string(secret)])
    }
}
