// The examples of the other four requests decode to what they say.

import Testing

@testable import WixPayments

@Suite("Connect, refund, capture and void requests")
struct OtherRequestTests {
    @Test(
        "Connect Account",
        arguments: [
            ("connect-account.request", "mk_live_7Qd2", "FR", "EUR", Mode.live),
            ("connect-account.request.sandbox", "mk_test_1Zt9", "FR", "EUR", .sandbox),
            ("connect-account.request.minimal", "mk_live_7Qd2", nil, nil, .live),
        ] as [(String, String, String?, String?, Mode)])
    func connect(name: String, key: String, country: String?, currency: String?, mode: Mode) throws {
        let request = try ConnectAccountRequest.parse(try Fixtures.example(name))
        #expect(request.wixMerchantId == "6f0d2c1e-4b7a-4f38-9c52-0b1e7d9a3c44")
        #expect(request.credentials.reveal()["merchant_key"] == key)
        #expect(request.credentials.reveal().count == 2)
        #expect(request.country == country)
        #expect(request.currency?.code == currency)
        #expect(request.mode == mode)
    }

    @Test("Refund Transaction, in full")
    func refund() throws {
        let request = try RefundTransactionRequest.parse(try Fixtures.example("refund-transaction.request.full"))
        #expect(request.wixTransactionId == "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d")
        #expect(request.wixRefundId == "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24")
        #expect(request.pluginTransactionId == "psp_txn_01HZX3K8Q2")
        #expect(request.merchantCredentials.reveal().count == 5)
        #expect(request.refundAmount == 4250)
        #expect(request.mode == .live)
        #expect(request.reason == .requestedByCustomer)
    }

    @Test("Refund Transaction, in part")
    func partialRefund() throws {
        let request = try RefundTransactionRequest.parse(try Fixtures.example("refund-transaction.request.partial"))
        #expect(request.refundAmount == 1250)
        #expect(request.reason == .duplicate)
    }

    @Test("A refund without an amount or a reason, and with a reason of 2020")
    func openRefund() throws {
        let without = try Fixtures.changed("refund-transaction.request.full") {
            $0.set("refundAmount", nil)
            $0.set("reason", nil)
        }
        #expect(try RefundTransactionRequest.parse(without).refundAmount == nil)
        #expect(try RefundTransactionRequest.parse(without).reason == nil)
        let old = try Fixtures.changed("refund-transaction.request.full") { $0.set("reason", "BUYER_REQUEST") }
        #expect(try RefundTransactionRequest.parse(old).reason?.rawValue == "BUYER_REQUEST")
    }

    @Test("Capture Transaction")
    func capture() throws {
        let request = try CaptureTransactionRequest.parse(try Fixtures.example("capture-transaction.request"))
        #expect(request.wixTransactionId == "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d")
        #expect(request.pluginTransactionId == "psp_txn_01HZX3K8Q2")
        #expect(request.captureAmount == 4250)
        #expect(request.merchantCredentials.reveal()["psp_account_id"] == "acct_40312")
    }

    @Test("Void Transaction")
    func void() throws {
        let request = try VoidTransactionRequest.parse(try Fixtures.example("void-transaction.request"))
        #expect(request.wixTransactionId == "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d")
        #expect(request.pluginTransactionId == "psp_txn_01HZX3K8Q2")
        #expect(request.voidAmount == 4250)
        #expect(request.merchantCredentials.reveal()["psp_account_id"] == "acct_40312")
    }
}
