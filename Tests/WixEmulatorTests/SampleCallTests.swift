// The builders of `send` against the protocol's examples: the same JSON, member for member.

import Testing

@testable import WixEmulator

@Suite("Requests that `send` builds")
struct SampleCallTests {
    static let credentials = [
        "merchant_key": "mk_live_7Qd2", "merchant_secret": "ms_live_c91f0e", "psp_account_id": "acct_40312",
        "settlement_delay_days": "2", "statement_descriptor_enabled": "true",
    ]
    static let merchant = "6f0d2c1e-4b7a-4f38-9c52-0b1e7d9a3c44"

    typealias Change = @Sendable (inout CreateCall) -> Void

    static let flows: [String: Change] = [
        "card": { _ in },
        "authorize-only": { $0.authorizeOnly = true },
        "moto": { $0.moto = true },
        "sca-requested": { $0.scaRequested = true },
        "installments": { $0.installments = 3 },
        "recurring-setup": { $0.setupCredentials = true },
        "google-pay.cryptogram-3ds": {
            $0.method = .googlePay(pan: SampleMethod.walletPan, authenticationMethod: "CRYPTOGRAM_3DS")
        },
        "google-pay.pan-only": { $0.method = .googlePay(pan: "4111111111111111", authenticationMethod: "PAN_ONLY") },
        "apple-pay.inferred": { $0.method = .applePay(pan: SampleMethod.walletPan) },
        "ideal": { $0.method = .ideal(issuerBank: "RABOBANK") },
        "redirect-apm": { $0.method = .other(identifier: "payPal") },
        "hosted-page": { $0.method = .hostedPage(appId: "0a8f4c6d-2e1b-4d39-8f57-3c6b9a7e5d21") },
        "recurring-charge.token": {
            $0.offSession = true
            $0.method = .reference(token: "pmt_tok_8f3k2")
        },
        "recurring-charge.network-reference": {
            $0.offSession = true
            var card = SampleCard(number: "4111111111111111")
            card.cvv = nil
            card.networkTransactionId = "831200119955661"
            card.dsTransactionId = "5a1f7c1e-33d4-4a8e-9a61-0f8f6c2f7b9d"
            $0.method = .card(card)
        },
    ]

    @Test("A payment is built as in the example", arguments: flows.keys.sorted())
    func create(name: String) throws {
        let example = try Example.json("create-transaction.request.\(name)")
        var call = Self.call(id: try #require(example["wixTransactionId"]?.text))
        let change = try #require(Self.flows[name])
        change(&call)
        #expect(call.json == example)
    }

    @Test(
        "Any amount and currency makes a whole order",
        arguments: [("zero-decimal-jpy", "Tea set"), ("three-decimal-kwd", "Oud"), ("offline-voucher", "Hammock")])
    func amounts(name: String, item: String) throws {
        let example = try Example.json("create-transaction.request.\(name)")
        let description = try #require(example["order"]?["description"])
        var call = Self.call(id: payment)
        call.order.amount = try #require(description["totalAmount"]?.integer)
        call.order.currency = try #require(description["currency"]?.text)
        if let method = example["paymentMethod"]?.text, method != "creditCard" {
            call.method = .other(identifier: method)
        }
        var built = call.json
        // The example sells another thing for the same price.
        built.set("order.description.items", to: description["items"])
        #expect(built == example)
    }

    @Test("A merchant is connected as in the examples")
    func connect() throws {
        var call = ConnectCall(
            wixMerchantId: Self.merchant,
            credentials: ["merchant_key": "mk_live_7Qd2", "merchant_secret": "ms_live_c91f0e"], mode: "live")
        #expect(call.json == (try Example.json("connect-account.request")))
        (call.country, call.currency, call.mode) = (nil, nil, nil)
        #expect(call.json == (try Example.json("connect-account.request.minimal")))
    }

    @Test(
        "What follows a payment is built as in the example",
        arguments: [
            (
                "refund-transaction.request.full",
                .refund(
                    wixRefundId: "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24", amount: 4250, reason: "REQUESTED_BY_CUSTOMER",
                    mode: "live")
            ),
            (
                "refund-transaction.request.partial",
                .refund(
                    wixRefundId: "44b1f0c6-8d2e-4a7b-9c35-e6d7f8091a2b", amount: 1250, reason: "DUPLICATE", mode: "live"
                )
            ),
            ("capture-transaction.request", .capture(amount: 4250)), ("void-transaction.request", .void(amount: 4250)),
        ] as [(String, FollowUpCall.Kind)])
    func followUps(name: String, kind: FollowUpCall.Kind) throws {
        let call = FollowUpCall(
            wixTransactionId: payment, pluginTransactionId: "psp_txn_01HZX3K8Q2", credentials: Self.credentials,
            kind: kind)
        #expect(call.json == (try Example.json(name)))
    }

    private static func call(id: String) -> CreateCall {
        func shop(_ page: String) -> String { "https://shop.example.org/pay/\(page)?r=4f1" }
        let order = SampleOrder(
            id: "1d9b7a52-0c3e-4b8f-8a67-5e2f9c4d7b10", amount: 4250, currency: "EUR",
            returnUrls: .init(
                success: shop("success"), error: shop("error"), cancel: shop("cancel"), pending: shop("pending")))
        return CreateCall(
            wixTransactionId: id, wixMerchantId: merchant, credentials: credentials, order: order,
            method: .card(SampleCard(number: "4111111111111111")), mode: "live")
    }
}
