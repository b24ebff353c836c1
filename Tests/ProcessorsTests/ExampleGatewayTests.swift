// The gateway processor with the example gateway of deploy/examples, as an integrator would run the two.

import Foundation
import Notifications
import Payments
import Synchronization
import TestStack
import Testing
import WixPayments

@testable import Processors

@Suite("Example gateway")
struct ExampleGatewayTests {
    @Test("The magic cards have the outcomes of the sandbox's table")
    func cards() async throws {
        try await withExampleGateway { processor, _ async throws in
            for (number, outcome) in MagicCards.outcomes {
                let report = try await processor.pay(.new(try .card(number)))
                #expect(report.words == outcome, "\(number)")
            }
            for (number, expiry, members, outcome) in MagicCards.others {
                let report = try await processor.pay(.new(try .card(number, expires: expiry, with: members)))
                #expect(report.words == outcome, "\(number) \(members)")
            }
            for (name, outcome) in MagicCards.examples {
                #expect(try await processor.pay(.new(try .example(name))).words == outcome, "\(name)")
            }
        }
    }

    @Test("Repeats of a payment, side by side and later, have one effect and one answer")
    func oneEffect() async throws {
        try await withExampleGateway { processor, gateway async throws in
            let order = PaymentOrder.new(try .card())
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await processor.pay(order).words } }
                for try await words in group { #expect(words == "approved") }
            }
            #expect(gateway.effects(of: order.pluginTransactionId) == ["payment 4250 EUR"])
            #expect(try await processor.lookup(order.payment()).words == "approved")
            #expect(try await processor.cancel(order.payment()).words == "approved")
            #expect(gateway.effects.count == 1)
        }
    }

    @Test("Payments are remembered after a crash, even one that tore the state file")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let order = PaymentOrder.new(try .card())
        let first = try ExampleGateway(in: folder)
        try await withProcessor(.test(first.url)) { _ = try await $0.pay(order) }
        first.stop()
        let state = try FileHandle(forUpdating: URL(filePath: folder.path("state")))
        try state.seekToEnd()
        try state.write(contentsOf: Data(#"{"id":"torn","ki"#.utf8))
        try state.close()
        let second = try ExampleGateway(in: folder)
        try await withProcessor(.test(second.url)) { processor async throws in
            #expect(try await processor.pay(order).words == "approved")
            #expect(second.effects.map(\.id) == [order.pluginTransactionId])
        }
    }

    @Test("The same id for another amount is an unknown outcome")
    func mismatch() async throws {
        try await withExampleGateway { processor, gateway async throws in
            let order = PaymentOrder.new(try .card())
            _ = try await processor.pay(order)
            let other = PaymentOrder(
                pluginTransactionId: order.pluginTransactionId, request: try .example("three-decimal-kwd"))
            let reason = await unknown { try await processor.pay(other) }
            #expect(reason?.contains("HTTP 422") == true)
            #expect(gateway.effects.count == 1)
        }
    }

    @Test("A payment that was never received is not found, and once canceled it is refused")
    func canceled() async throws {
        try await withExampleGateway { processor, gateway async throws in
            let order = PaymentOrder.new(try .card())
            #expect(try await processor.lookup(order.payment()).words == "not found")
            #expect(try await processor.cancel(order.payment()).words == "declined 3030")
            #expect(try await processor.cancel(order.payment()).words == "declined 3030")
            #expect(try await processor.pay(order).words == "declined 3030")
            #expect(try await processor.lookup(order.payment()).words == "declined 3030")
            #expect(gateway.effects(of: order.pluginTransactionId) == ["cancel 0 XXX"])
        }
    }

    @Test("A redirected payment can be canceled and then never goes through")
    func cancelRedirect() async throws {
        try await withExampleGateway { processor, gateway async throws in
            let order = PaymentOrder.new(try .card("4000000000003220"))
            let report = try await processor.pay(order)
            #expect(try await processor.cancel(order.payment(report.outcome)).words == "declined 3030")
            #expect(try await processor.pay(order).words == "declined 3030")
            #expect(gateway.effects(of: order.pluginTransactionId) == ["cancel 4250 EUR"])
        }
    }

    @Test("An authorization is captured once, however often a capture is repeated")
    func capture() async throws {
        try await withExampleGateway { processor, gateway async throws in
            let order = PaymentOrder.new(try .example("authorize-only"))
            let amount = order.request.amount.minorUnits
            #expect(try await processor.pay(order).words == "authorized")
            for _ in 0..<3 {
                #expect(try await processor.act(order.act(.capture, amount: amount)).words == "succeeded")
            }
            #expect(try await processor.act(order.act(.capture, amount: amount, attempt: 2)).words == "failed 3031")
            #expect(try await processor.act(order.act(.void, amount: amount, attempt: 3)).words == "failed 3031")
            let known = order.payment(.authorized(ApprovalDetails()))
            #expect(try await processor.lookup(known).words == "captured captured")
            let currency = order.request.amount.currency
            #expect(
                gateway.effects(of: order.pluginTransactionId)
                    == ["authorization \(amount) \(currency)", "capture \(amount) \(currency)"])
        }
    }

    @Test("An authorization is voided once")
    func void() async throws {
        try await withExampleGateway { processor, gateway async throws in
            let order = PaymentOrder.new(try .example("authorize-only"))
            let amount = order.request.amount.minorUnits
            _ = try await processor.pay(order)
            #expect(try await processor.act(order.act(.void, amount: amount - 1)).words == "failed 3001")
            for _ in 0..<2 {
                #expect(try await processor.act(order.act(.void, amount: amount, attempt: 2)).words == "succeeded")
            }
            let known = order.payment(.authorized(ApprovalDetails()))
            #expect(try await processor.lookup(known).words == "authorized voided")
            #expect(gateway.effects.map(\.kind) == [.authorization, .void])
        }
    }

    @Test("Refunds happen once each and never above what was charged")
    func refunds() async throws {
        try await withExampleGateway { processor, gateway async throws in
            let order = PaymentOrder.new(try .card())
            _ = try await processor.pay(order)
            let refund = order.refund(amount: 4_000)
            #expect(try await processor.lookupRefund(refund.known).words == "not found")
            for _ in 0..<3 { #expect(try await processor.refund(refund).words == "succeeded") }
            #expect(try await processor.lookupRefund(refund.known).words == "succeeded")
            #expect(try await processor.cancelRefund(refund.known).words == "succeeded")
            #expect(try await processor.refund(order.refund(amount: 251)).words == "failed 3022")
            #expect(gateway.effects(of: refund.pluginRefundId) == ["refund 4000 EUR"])
            let never = order.refund(amount: 100)
            #expect(try await processor.cancelRefund(never.known).words == "failed 1013")
            #expect(try await processor.refund(never).words == "failed 1013")
            #expect(gateway.effects.map(\.kind) == [.payment, .refund, .cancel])
        }
    }

    @Test("Every refund of the card for that fails with 3025")
    func refundsFail() async throws {
        try await withExampleGateway { processor, _ async throws in
            let order = PaymentOrder.new(try .card("4000000000000341"))
            _ = try await processor.pay(order)
            #expect(try await processor.refund(order.refund(amount: 1)).words == "failed 3025")
        }
    }

    @Test("While the slow card is worked on, a look-up says pending and a cancel still ends it")
    func slow() async throws {
        let gateway = try ExampleGateway(in: TemporaryFolder())
        let order = PaymentOrder.new(try .card("4000000000006975"))
        try await withProcessor(.test(gateway.url, timeoutSeconds: 8)) { processor async throws in
            #expect(await unknown { try await processor.pay(order) } != nil)
        }
        try await withProcessor(.test(gateway.url)) { processor async throws in
            #expect(try await processor.lookup(order.payment()).words == "pending 5009")
            #expect(try await processor.cancel(order.payment()).words == "declined 3030")
            #expect(gateway.effects(of: order.pluginTransactionId) == ["cancel 4250 EUR"])
        }
    }

    @Test(
        "Accounts connect with what was typed and more, or are refused",
        arguments: [
            ("any", nil), ("inactive", 2000), ("blocked", 2001), ("invalid", 2002),
        ] as [(String, Int?)])
    func connect(_ account: String, _ code: Int?) async throws {
        let request = try ConnectAccountRequest.parse(
            Array(#"{"wixMerchantId":"m-1","credentials":{"account":"\#(account)"},"mode":"sandbox"}"#.utf8))
        try await withExampleGateway { processor, _ async throws in
            switch try await processor.connect(request) {
            case .refused(let failure): #expect(failure.code.rawValue == code)
            case .connected(let id, _, let credentials):
                #expect(code == nil)
                #expect(id == "example-sandbox-m-1")
                #expect(credentials.reveal() == ["account": account, "example_account_id": id])
            }
        }
    }

    @Test("With another token nothing happens")
    func wrongToken() async throws {
        let gateway = try ExampleGateway(in: TemporaryFolder())
        let order = PaymentOrder.new(try .card())
        try await withProcessor(.test(gateway.url, token: "wrong")) { processor async throws in
            let reason = await unknown { try await processor.pay(order) }
            #expect(reason == "the gateway answered HTTP 401")
        }
        #expect(gateway.effects.isEmpty)
    }

    @Test("No card number reaches the state file")
    func discretion() async throws {
        let folder = try TemporaryFolder()
        let gateway = try ExampleGateway(in: folder)
        try await withProcessor(.test(gateway.url)) { processor async throws in
            for (number, _) in MagicCards.outcomes { _ = try await processor.pay(.new(try .card(number))) }
        }
        let state = try String(contentsOfFile: folder.path("state"), encoding: .utf8)
        for (number, _) in MagicCards.outcomes { #expect(!state.contains(number)) }
    }

    // MARK: Buyer and notifications

    static let secret = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXM="

    /// Takes notifications and gives them out one by one, verified and parsed.
    private final class Inbox: Sendable {
        let server: FaultyServer
        private let stream: AsyncStream<FaultyServer.Request>

        init() {
            let (stream, continuation) = AsyncStream<FaultyServer.Request>.makeStream()
            self.stream = stream
            server = FaultyServer { request in
                continuation.yield(request)
                return [.answer(200, "{}")]
            }
        }

        deinit { server.stop() }

        func next() async throws -> (String, GatewayPayment) {
            var iterator = stream.makeAsyncIterator()
            let request = try #require(await iterator.next())
            let headers = NotificationHeaders(
                id: [request.header("webhook-id")].compactMap(\.self),
                timestamp: [request.header("webhook-timestamp")].compactMap(\.self),
                signature: [request.header("webhook-signature")].compactMap(\.self))
            let verifier = try NotificationVerifier(secrets: Secret(secret))
            let verdict = verifier.verify(headers, body: request.body, now: Int64(Date().timeIntervalSince1970))
            guard case .genuine = verdict else {
                Issue.record("\(verdict)")
                throw CancellationError()
            }
            #expect(
                Contract.shared.faults(try JSON(parsing: request.body), Contract.shared.schema("PaymentUpdated")) == [])
            guard case .paymentUpdated(let id, let payment) = try GatewayNotification.parse(request.body) else {
                throw CancellationError()
            }
            return (id, payment)
        }
    }

    @Test(
        "What the buyer chooses is told by a signed notification and found by a look-up",
        arguments: [
            ("approve", "approved", "success"), ("decline", "declined 3000", "error"),
            ("cancel", "declined 3030", "cancel"), ("pending", "pending 5009", "pending"),
        ])
    func buyer(_ choice: String, _ meaning: String, _ way: String) async throws {
        let inbox = Inbox()
        let gateway = try ExampleGateway(in: TemporaryFolder(), notifyURL: inbox.server.url, secret: Self.secret)
        let order = PaymentOrder.new(try .card("4000000000003220"))
        try await withProcessor(.test(gateway.url)) { processor async throws in
            guard case .redirect(let page) = try await processor.pay(order).outcome else {
                failed("no redirect")
                return
            }
            let form = try await Browser.ask(page.text)
            #expect(form.contains("value=\(choice)"))
            let shop = try await Browser.ask(page.text, form: "choice=\(choice)")
            #expect(shop == "https://shop.example.org/pay/\(way)?r=4f1")
            let (id, payment) = try await inbox.next()
            #expect(id == order.pluginTransactionId)
            #expect(try payment.lookup(of: order.payment().payment).words == meaning)
            #expect(try await processor.lookup(order.payment()).words == meaning)
            #expect(gateway.effects.map(\.kind) == (choice == "approve" ? [.payment] : []))
        }
    }

    @Test(
        "A pending payment resolves by itself, with a notification",
        arguments: [
            ("4000000000009235", "approved"), ("4000000000005126", "declined 5001"),
        ])
    func resolves(_ number: String, _ meaning: String) async throws {
        let inbox = Inbox()
        let gateway = try ExampleGateway(in: TemporaryFolder(), notifyURL: inbox.server.url, secret: Self.secret)
        let order = PaymentOrder.new(try .card(number))
        try await withProcessor(.test(gateway.url)) { processor async throws in
            #expect(try await processor.pay(order).words == "pending 5005")
            let (_, payment) = try await inbox.next()
            #expect(try payment.lookup(of: order.payment().payment).words == meaning)
            #expect(try await processor.lookup(order.payment()).words == meaning)
        }
    }
}

/// A buyer's browser, as far as a form needs one.
private enum Browser {
    /// Opens a page, or posts a form to it; returns the text, or where a 303 leads.
    static func ask(_ url: String, form: String? = nil) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["curl", "--silent", "--write-out", "%{redirect_url}", url]
            + (form.map { ["--output", "/dev/null", "--data", $0] } ?? [])
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
