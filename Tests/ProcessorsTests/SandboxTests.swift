// The sandbox acquirer: its cards, its book of effects, look-ups, cancels, captures and refunds.

import Foundation
import Payments
import TestStack
import Testing
import WixPayments

@testable import Processors

@Suite("Sandbox")
struct SandboxTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func sandbox(
        pendingSeconds: Double = 0, currencies: Set<Currency>? = nil, servesLive: Bool = true
    ) -> SandboxProcessor {
        SandboxProcessor(
            SandboxSettings(
                pendingSeconds: pendingSeconds, currencies: currencies, servesLive: servesLive,
                publicBaseURL: "https://pay.example.com", effectsPath: folder.path("effects.jsonl")))
    }

    private func effects(of id: String) throws -> [String] {
        try EffectsFile(path: folder.path("effects.jsonl")).effects(of: id)
            .map { "\($0.kind.rawValue) \($0.amount) \($0.currency)" }
    }

    // MARK: Pay

    @Test("A card has the outcome of the table", arguments: MagicCards.outcomes)
    func cards(_ number: String, _ outcome: String) async throws {
        let order = PaymentOrder.new(try .card(number))
        #expect(try await sandbox().pay(order).words == outcome)
        #expect(try effects(of: order.pluginTransactionId) == (outcome == "approved" ? ["payment 4250 EUR"] : []))
    }

    @Test("Expiry, 3-D Secure and a missing buyer decide as well", arguments: MagicCards.others)
    func otherCards(
        _ number: String, _ expiry: (Int, Int), _ members: [String: JSON], _ outcome: String
    ) async throws {
        let order = PaymentOrder.new(try .card(number, expires: expiry, with: members))
        #expect(try await sandbox().pay(order).words == outcome)
    }

    @Test("Wallets, stored references and hosted pages have their outcomes", arguments: MagicCards.examples)
    func examples(_ name: String, _ outcome: String) async throws {
        #expect(try await sandbox().pay(.new(try .example(name))).words == outcome)
    }

    @Test("The slow card takes 20 seconds")
    func slowCard() {
        let behaviour = SandboxCard.behaviour(
            number: "4000000000006975", expiry: Expiry(year: 2031, month: 4), thisMonth: Expiry(year: 2026, month: 11))
        #expect(behaviour == .slow(seconds: 20))
    }

    @Test("A card is good until the end of its month")
    func expiry() {
        for (month, behaviour) in [(10, SandboxBehaviour.decline(.cardExpired)), (11, .approve), (12, .approve)] {
            #expect(
                SandboxCard.behaviour(
                    number: "4111111111111111", expiry: Expiry(year: 2026, month: month),
                    thisMonth: Expiry(year: 2026, month: 11)) == behaviour)
        }
    }

    @Test("Live payments are declined where the sandbox does not serve them")
    func live() async throws {
        #expect(try await sandbox(servesLive: false).pay(.new(try .card())).words == "declined 1010")
        let order = PaymentOrder.new(try .card(with: ["mode": "sandbox"]))
        #expect(try await sandbox(servesLive: false).pay(order).words == "approved")
    }

    @Test("A currency that is not enabled is declined")
    func currency() async throws {
        let euro = try #require(Currency("EUR"))
        #expect(try await sandbox(currencies: [euro]).pay(.new(try .card())).words == "approved")
        #expect(try await sandbox(currencies: []).pay(.new(try .card())).words == "declined 3003")
    }

    @Test("A wallet's card is shown by its ends")
    func walletCard() async throws {
        let report = try await sandbox().pay(.new(try .example("google-pay.pan-only")))
        guard case .approved(let details) = report.outcome else { return failed("not approved") }
        #expect(details.cardDetails?.lastFour.count == 4)
    }

    @Test("A set-up for later charges is answered with a reference")
    func setUp() async throws {
        let report = try await sandbox().pay(.new(try .example("recurring-setup")))
        guard case .approved(let details) = report.outcome else { return failed("not approved") }
        #expect(details.credentialsOnFile != nil)
    }

    // MARK: Look up and cancel

    @Test("A look-up finds what the book says")
    func lookup() async throws {
        let sandbox = sandbox()
        let order = PaymentOrder.new(try .card())
        #expect(try await sandbox.lookup(order.payment()).words == "not found")
        _ = try await sandbox.pay(order)
        #expect(try await sandbox.lookup(order.payment()).words == "approved")
    }

    @Test(
        "A pending payment resolves when its time has come, with one effect",
        arguments: [
            ("4000000000009235", "approved", ["payment 4250 EUR"]), ("4000000000005126", "declined 5001", []),
        ])
    func resolves(_ number: String, _ outcome: String, _ book: [String]) async throws {
        let order = PaymentOrder.new(try .card(number))
        let state = try await sandbox().pay(order).processorState
        for _ in 0..<2 {
            #expect(try await sandbox().lookup(order.payment(state: state)).words == outcome)
        }
        #expect(try effects(of: order.pluginTransactionId) == book)
    }

    @Test("Until then it stays pending and says when to ask again")
    func staysPending() async throws {
        let order = PaymentOrder.new(try .card("4000000000009235"))
        let sandbox = sandbox(pendingSeconds: 3_600)
        let report = try await sandbox.pay(order)
        #expect(report.checkAfterMilliseconds == 3_600_000)
        let found = try await sandbox.lookup(order.payment(state: report.processorState))
        guard case .found(let later, _, _) = found else { return failed("not found") }
        #expect(later.words == "pending 5005")
        #expect((3_500_000...3_600_000).contains(later.checkAfterMilliseconds ?? 0))
    }

    @Test("A redirected payment has an unguessable page, which a look-up repeats")
    func page() async throws {
        let order = PaymentOrder.new(try .card("4000000000003220"))
        let report = try await sandbox().pay(order)
        guard case .redirect(let page) = report.outcome else { return failed("no redirect") }
        let start = "https://pay.example.com/sandbox/checkout/\(order.pluginTransactionId)."
        #expect(page.text.hasPrefix(start) && page.text.count == start.count + 32)
        let found = try await sandbox().lookup(order.payment(state: report.processorState))
        guard case .found(let later, _, _) = found else { return failed("not found") }
        #expect(later.outcome == report.outcome)
    }

    @Test("A page that was left pending still opens, and the payment resolves as pending ones do")
    func leftPending() async throws {
        let sandbox = sandbox()
        let order = PaymentOrder.new(try .card("4000000000003220"))
        let redirect = try await sandbox.pay(order)
        guard case .redirect(let page) = redirect.outcome else { return failed("no redirect") }
        let report = try sandbox.decide(.pending, order.payment(state: redirect.processorState))
        #expect(report.words == "pending 5005")
        let left = order.payment(state: report.processorState)
        #expect(sandbox.opens(left, token: String(page.text.suffix(32))))
        #expect(try await sandbox.lookup(left).words == "approved")
    }

    @Test("A canceled id is booked once and stays canceled")
    func cancel() async throws {
        let sandbox = sandbox()
        let order = PaymentOrder.new(try .card())
        for _ in 0..<2 { #expect(try await sandbox.cancel(order.payment()).words == "declined 3030") }
        #expect(try effects(of: order.pluginTransactionId) == ["cancel 4250 EUR"])
        #expect(try await sandbox.lookup(order.payment()).words == "declined 3030")
    }

    @Test("What went through cannot be canceled", arguments: [("card", "approved"), ("authorize-only", "authorized")])
    func cancelTooLate(_ name: String, _ outcome: String) async throws {
        let order = PaymentOrder.new(try .example(name))
        _ = try await sandbox().pay(order)
        #expect(try await sandbox().cancel(order.payment()).words == outcome)
    }

    // MARK: Capture, void, refund

    @Test("Captures and voids are booked, and a look-up tells", arguments: PaymentAction.allCases)
    func act(_ action: PaymentAction) async throws {
        let order = PaymentOrder.new(try .example("authorize-only"))
        let amount = order.request.amount
        _ = try await sandbox().pay(order)
        #expect(try await sandbox().act(order.act(action, amount: amount.minorUnits)).words == "succeeded")
        let done = action == .capture ? "captured" : "voided"
        #expect(try await sandbox().lookup(order.payment()).words == "authorized \(done)")
        #expect(
            try effects(of: order.pluginTransactionId).last
                == "\(action.rawValue) \(amount.minorUnits) \(amount.currency)")
    }

    @Test("A refund is booked under its own id, and one that never happened can be canceled")
    func refund() async throws {
        let order = PaymentOrder.new(try .card())
        let (done, never) = (order.refund(amount: 1_000), order.refund(amount: 500))
        #expect(try await sandbox().lookupRefund(done.known).words == "not found")
        #expect(try await sandbox().refund(done).words == "succeeded")
        #expect(try await sandbox().lookupRefund(done.known).words == "succeeded")
        #expect(try await sandbox().cancelRefund(done.known).words == "succeeded")
        #expect(try effects(of: done.pluginRefundId) == ["refund 1000 EUR"])
        #expect(try await sandbox().cancelRefund(never.known).words == "failed 1013")
        #expect(try await sandbox().lookupRefund(never.known).words == "failed 1013")
    }

    @Test("Every refund of the card for that fails with 3025")
    func refundsFail() async throws {
        let order = PaymentOrder.new(try .card("4000000000000341"))
        let state = try await sandbox().pay(order).processorState
        #expect(try await sandbox().refund(order.refund(amount: 1, state: state)).words == "failed 3025")
    }

    // MARK: Connect

    @Test(
        "Any credentials connect, but for three accounts",
        arguments: [
            ("inactive", 2000), ("blocked", 2001), ("invalid", 2002), ("any", nil),
        ] as [(String, Int?)])
    func connect(_ account: String, _ code: Int?) async throws {
        let request = try ConnectAccountRequest.parse(
            Array(#"{"wixMerchantId":"m-1","credentials":{"account":"\#(account)"},"mode":"sandbox"}"#.utf8))
        switch try await sandbox().connect(request) {
        case .refused(let failure): #expect(failure.code.rawValue == code)
        case .connected(let id, _, let credentials):
            #expect(code == nil)
            #expect(id == "sandbox-sandbox-m-1")
            #expect(credentials.reveal() == ["account": account, "sandbox_account_id": id])
        }
    }

    @Test("A merchant whose currency is not enabled does not connect")
    func connectCurrency() async throws {
        let request = try ConnectAccountRequest.parse(Fixtures.example("connect-account.request"))
        guard case .refused(let failure) = try await sandbox(currencies: []).connect(request) else {
            return failed("connected")
        }
        #expect(failure.code == .merchantAccountDoesNotMatchCurrency)
    }

    // MARK: The book

    @Test("The torn last line of a writer that died is passed over")
    func tornLine() async throws {
        let order = PaymentOrder.new(try .card())
        _ = try await sandbox().pay(order)
        let file = try FileHandle(forUpdating: URL(filePath: folder.path("effects.jsonl")))
        try file.seekToEnd()
        try file.write(contentsOf: Data(#"{"amount":1,"id":"\#(order.pluginTransactionId)","#.utf8))
        try file.close()
        #expect(try effects(of: order.pluginTransactionId) == ["payment 4250 EUR"])
    }

    @Test("A book that cannot be written is an unknown outcome")
    func unwritable() async throws {
        let settings = SandboxSettings(
            pendingSeconds: 0, currencies: nil, servesLive: true, publicBaseURL: "https://pay.example.com",
            effectsPath: folder.path("missing/effects.jsonl"))
        let order = PaymentOrder.new(try .card())
        let reason = await unknown { try await SandboxProcessor(settings).pay(order) }
        #expect(reason?.hasPrefix("cannot open the effects file") == true)
    }
}
