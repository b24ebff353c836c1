// The flows of the specification's section 8, a test each, named after its row.

import Foundation
import Testing
import TestStack

@Suite("Flows of spec §8", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct FlowTests {
    static let cardWith3DS = "4000000000003220"

    /// Pays and expects the answer and the one event that repeats it.
    @discardableResult
    private func expect(
        _ payment: JSON, _ reason: Int64?, _ stack: Stack? = nil
    ) async throws -> Answer {
        let stack = if let stack { stack } else { try await Stack.usual() }
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.reason == reason, "\(answer)")
        #expect(answer.json["redirectUrl"] == nil)
        #expect(try await stack.events(payment.paymentID, count: 1).told == [transactionEvent(payment, answer)])
        return answer
    }

    // MARK: Cards

    @Test("Card, instant approval")
    func approval() async throws { try await expect(try Sample.payment(), nil) }

    @Test("Card, instant decline")
    func decline() async throws { try await expect(try Sample.payment("4000000000009995"), 3012) }

    @Test("Instant decline, no PSP id")
    func declineWithoutID() async throws {
        // pspd has an id for every payment; so the answer and the event have it, both.
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let answer = try await expect(try Sample.payment().setting("order.description.currency", "USD"), 3003, stack)
        #expect(answer.json["errorCode"]?.text?.isEmpty == false)
        #expect(answer.json["errorMessage"]?.text?.isEmpty == false)
    }

    @Test(
        "Pending (review)", arguments: [("4000000000009235", nil), ("4000000000005126", 5001)] as [(String, Int64?)])
    func pending(_ card: String, _ last: Int64?) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment(card)
        let answer = try await stack.call(.create, payment)
        #expect(answer.reason == 5005)
        #expect(
            answer.json.names.isSuperset(of: try Example.json("create-transaction.response.pending-fraud-review").names)
        )
        let events = try await stack.events(payment.paymentID, count: 2)
        #expect(events.map { $0.payload["reasonCode"]?.int } == [5005, last])
    }

    // MARK: Redirects

    @Test("3DS: the card's own, and asked for by Wix")
    func threeDS() async throws {
        let stack = try await Stack.usual()
        for payment in [try Sample.payment(Self.cardWith3DS), try Sample.payment().setting("scaRequested", true)] {
            let (answer, buyer) = try await stack.redirected(payment)
            _ = try await buyer.press("approve")
            let events = try await stack.events(payment.paymentID, count: 1)
            #expect(events.told == [transactionEvent(payment, Answer.approved(answer))])
            #expect(try stack.effects(answer.pluginID).count == 1)
        }
    }

    struct Decision: Sendable, CustomTestStringConvertible {
        let row: String
        let button: String
        let url: String
        let reason: Int64?
        let effects: [String]

        var testDescription: String { row }
    }

    static let decisions = [
        Decision(row: "Redirect success", button: "approve", url: "successUrl", reason: nil, effects: ["payment"]),
        Decision(row: "Redirect failure", button: "decline", url: "errorUrl", reason: 3000, effects: []),
        Decision(row: "Redirect cancelled", button: "cancel", url: "cancelUrl", reason: 3030, effects: []),
    ]

    @Test("Redirect success, failure, cancelled", arguments: decisions)
    func redirect(_ decision: Decision) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting("paymentMethodData", nil).setting("paymentMethod", "payPal")
        let (answer, buyer) = try await stack.redirected(payment)
        let back = try await buyer.press(decision.button)
        #expect([302, 303].contains(back.status))
        #expect(back.header("Location").map(JSON.string) == [payment["order"]?["returnUrls"]?[decision.url]])
        // Wix has the event before the buyer is back (issue 3).
        let told = try await stack.received(payment.paymentID)
        #expect(told.count == 1)
        let payload = try #require(told.first?.payload)
        if decision.reason == nil || decision.button == "cancel" {
            #expect(payload["reasonCode"]?.int == decision.reason)
        } else {
            #expect(payload["reasonCode"]?.int != nil)
        }
        #expect(payload["pluginTransactionId"]?.text == answer.pluginID)
        // spec §7: the repeat has the reason code and no redirect URL.
        let repeated = try await stack.call(.create, payment)
        #expect(transactionEvent(payment, repeated).payload == payload)
        #expect(repeated.json["redirectUrl"] == nil)
        #expect(try stack.effects(answer.pluginID).compactMap { $0["kind"]?.text } == decision.effects)
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
    }

    @Test("Redirect failure by 3-D Secure")
    func failed3DS() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment(Self.cardWith3DS)
        let (answer, buyer) = try await stack.redirected(payment)
        let back = try await buyer.press("fail-3ds")
        #expect(back.header("Location").map(JSON.string) == [payment["order"]?["returnUrls"]?["errorUrl"]])
        #expect(try await stack.events(payment.paymentID, count: 1).map { $0.payload["reasonCode"]?.int } == [3004])
        #expect(try stack.effects(answer.pluginID).isEmpty)
    }

    @Test("Redirect abandoned")
    func abandoned() async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let payment = try Sample.payment(Self.cardWith3DS)
        let (answer, buyer) = try await stack.redirected(payment)
        // redirect-expiry-minutes is 1.
        let events = try await stack.events(payment.paymentID, count: 1, within: 100)
        #expect(events.map { $0.payload["reasonCode"]?.int } == [3030])
        let repeated = try await stack.call(.create, payment)
        #expect(events.told == [transactionEvent(payment, repeated)])
        #expect(repeated.json["redirectUrl"] == nil)
        #expect(try stack.effects(answer.pluginID).compactMap { $0["kind"]?.text } == ["cancel"])
        // The buyer who comes back too late pays nothing.
        _ = try await buyer.submit("decision=approve")
        #expect(try stack.effects(answer.pluginID).count == 1)
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
    }

    @Test("Redirect pending")
    func redirectPending() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting("paymentMethodData", nil).setting("paymentMethod", "payPal")
        let (answer, buyer) = try await stack.redirected(payment)
        let back = try await buyer.press("pending")
        #expect(back.header("Location").map(JSON.string) == [payment["order"]?["returnUrls"]?["pendingUrl"]])
        let events = try await stack.events(payment.paymentID, count: 2)
        let pending = try #require(events.first?.payload["reasonCode"]?.int)
        #expect([5005, 5009].contains(pending))
        #expect(events.last?.payload["reasonCode"] == nil)
        #expect(try stack.effects(answer.pluginID).count == 1)
    }

    @Test("Hosted page: the app's id, or no method at all", arguments: [.string(Keys.appID), nil] as [JSON?])
    func hostedPage(_ method: JSON?) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting("paymentMethodData", nil).setting("paymentMethod", method)
        let (answer, buyer) = try await stack.redirected(payment)
        #expect([302, 303].contains(try await buyer.press("approve").status))
        #expect(
            try await stack.events(payment.paymentID, count: 1).told == [
                transactionEvent(payment, Answer.approved(answer))
            ])
    }

    @Test("Offline or voucher", arguments: ["boleto", "oxxo", "convenienceStore", "bankTransfer"])
    func voucher(_ method: String) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting("paymentMethodData", nil).setting("paymentMethod", .string(method))
        let (_, buyer) = try await stack.redirected(payment)
        _ = try await buyer.press("pending")
        let events = try await stack.events(payment.paymentID, count: 2)
        #expect([5005, 5009].contains(events.first?.payload["reasonCode"]?.int))
        #expect(events.last?.payload["reasonCode"] == nil)
    }

    // MARK: Wallets

    private func googlePay(_ pan: String, _ method: String) throws -> JSON {
        try Example.json("create-transaction.request.google-pay.pan-only").setting("wixTransactionId", .string(newID()))
            .setting("paymentMethodData.googlePay.pan", .string(pan))
            .setting("paymentMethodData.googlePay.authenticationMethod", .string(method))
    }

    @Test("Google Pay", arguments: ["PAN_ONLY", "CRYPTOGRAM_3DS", "UNKNOWN_AUTHENTICATION_METHOD", "SOMETHING_NEW"])
    func googlePay(_ method: String) async throws {
        let answer = try await expect(try googlePay("4111111111111111", method), nil)
        #expect(answer.json["cardDetails"] == ["bin": "411111", "lastFour": "1111"])
    }

    @Test("Google Pay PAN_ONLY needing 3DS")
    func googlePay3DS() async throws {
        let stack = try await Stack.usual()
        let payment = try googlePay(Self.cardWith3DS, "PAN_ONLY")
        let (_, buyer) = try await stack.redirected(payment)
        _ = try await buyer.press("approve")
        let event = try #require(try await stack.events(payment.paymentID, count: 1).first)
        #expect(event.payload["cardDetails"] == ["bin": "400000", "lastFour": "3220"])
        #expect(event.payload["reasonCode"] == nil)
    }

    @Test("Apple Pay")
    func applePay() async throws {
        let payment = try Example.json("create-transaction.request.apple-pay.inferred")
            .setting("wixTransactionId", .string(newID()))
        let answer = try await expect(payment, nil)
        #expect(answer.json["cardDetails"] == ["bin": "476134", "lastFour": "0039"])
    }

    // MARK: Recurring, MOTO, installments

    private func setUp(_ card: String) throws -> JSON {
        try Sample.payment(card).setting("setupCredentialsOnFile", ["offSession": true])
    }

    @Test("Recurring set-up: by network id and by the PSP's token")
    func setUp() async throws {
        let byNetwork = try await expect(try setUp(Sample.approvedCard), nil).json["credentialsOnFile"]
        #expect(byNetwork?.names == ["cardReference"])
        #expect(byNetwork?["cardReference"]?["networkTransactionId"]?.text?.isEmpty == false)
        let byToken = try await expect(try setUp("5555555555554444"), nil).json["credentialsOnFile"]
        #expect(byToken?.names == ["paymentMethodReference"])
        #expect(byToken?["paymentMethodReference"]?["token"]?.text?.isEmpty == false)
    }

    @Test("Recurring set-up with 3DS first: the references stand in the event")
    func setUp3DS() async throws {
        let stack = try await Stack.usual()
        let payment = try setUp(Self.cardWith3DS)
        let (_, buyer) = try await stack.redirected(payment)
        _ = try await buyer.press("approve")
        let event = try #require(try await stack.events(payment.paymentID, count: 1).first)
        let reference = event.payload["credentialsOnFile"]?["cardReference"]
        #expect(reference?.names == ["networkTransactionId", "dsTransactionId"])
        let repeated = try await stack.call(.create, payment)
        #expect(repeated.json["credentialsOnFile"] == event.payload["credentialsOnFile"])
    }

    @Test("Recurring set-up that is declined stores nothing")
    func setUpDeclined() async throws {
        let answer = try await expect(try setUp("4000000000000002"), 3000)
        #expect(answer.json["credentialsOnFile"] == nil)
    }

    @Test("Recurring charge: by network id and by token, approved or declined, never a redirect")
    func charge() async throws {
        let byNetwork = try Example.json("create-transaction.request.recurring-charge.network-reference")
        func fresh(_ payment: JSON) -> JSON { payment.setting("wixTransactionId", .string(newID())) }
        func card(_ number: String) -> JSON {
            fresh(byNetwork).setting("paymentMethodData.card.number", .string(number))
        }
        try await expect(card(Sample.approvedCard), nil)
        try await expect(card("4000000000000002"), 3000)
        try await expect(card(Sample.approvedCard).setting("scaRequested", true), nil)
        let declined = try await Stack.usual().call(.create, card(Self.cardWith3DS))
        #expect(declined.reason != nil)
        #expect(declined.json["redirectUrl"] == nil)
        try await expect(fresh(try Example.json("create-transaction.request.recurring-charge.token")), nil)
    }

    @Test("A charge without a buyer and without a card is declined, not redirected")
    func chargeWithoutMethod() async throws {
        let payment = try Sample.payment().setting("paymentMethodData", nil).setting("offSession", true)
        let answer = try await Stack.usual().call(.create, payment)
        #expect(answer.json["redirectUrl"] == nil)
        #expect(answer.reason != nil)
    }

    @Test("MOTO: as a card, without 3DS")
    func moto() async throws {
        try await expect(try Sample.payment().setting("moto", true), nil)
        try await expect(try Sample.payment("4000000000009995").setting("moto", true), 3012)
        let answer = try await Stack.usual().call(.create, try Sample.payment(Self.cardWith3DS).setting("moto", true))
        #expect(answer.json["redirectUrl"] == nil)
    }

    @Test("Installments")
    func installments() async throws {
        try await expect(try Sample.payment().setting("installments", 12), nil)
    }

    // MARK: Authorize, capture, void; refunds

    @Test("Authorize, capture, void", arguments: [Endpoint.capture, .void])
    func authorize(_ endpoint: Endpoint) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting("authorizeOnly", true)
        let answer = try await expect(payment, nil)
        let done = try await stack.call(endpoint, try Sample.action(endpoint, of: payment, answer.pluginID, 4250))
        #expect(done.text == "{}")
        let events = try await stack.events(payment.paymentID, count: 2)
        #expect(events.map(\.kind) == ["transaction", endpoint == .capture ? "capture" : "void"])
    }

    @Test("Authorize by redirect, then capture")
    func authorizeByRedirect() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment(Self.cardWith3DS).setting("authorizeOnly", true)
        let (answer, buyer) = try await stack.redirected(payment)
        _ = try await buyer.press("approve")
        _ = try await stack.events(payment.paymentID, count: 1)
        #expect(
            try await stack.call(.capture, try Sample.action(.capture, of: payment, answer.pluginID, 4250)).text == "{}"
        )
        #expect(try stack.effects(answer.pluginID).compactMap { $0["kind"]?.text } == ["authorization", "capture"])
    }

    @Test("Refund full, from Wix; partial, from Wix, many; failed")
    func refunds() async throws {
        let stack = try await Stack.usual()
        for (card, amounts, reason) in [
            (Sample.approvedCard, [4250], nil), (Sample.approvedCard, [1000, 1000, 2250], nil),
            ("4000000000000341", [4250], 3025),
        ] as [(String, [Int64], Int64?)] {
            let (payment, id) = try await stack.approved(card)
            var expected: [Told] = []
            for amount in amounts {
                let request = try Sample.refund(of: payment, id, amount)
                let answer = try await stack.call(.refund, request)
                #expect(answer.reason == reason)
                expected.append(refundEvent(request, answer, amount: amount))
            }
            let events = try await stack.events(payment.paymentID, count: 1 + amounts.count)
            #expect(Array(events.told.dropFirst()) == expected)
        }
    }

    @Test("Connect: success, enriched, refused; no events")
    func connect() async throws {
        let stack = try await Stack.usual()
        let request = try Example.json("connect-account.request").setting("wixMerchantId", .string("m-\(newID())"))
        let answer = try await stack.call(.connect, request)
        let sent = request["credentials"]?.names ?? []
        #expect(answer.json["credentials"]?.names.isStrictSuperset(of: sent) == true)
        let refused = try await stack.call(.connect, request.setting("credentials.account", "inactive"))
        #expect(refused.reason == 2000)
    }
}

extension Answer {
    /// The answer that a redirected payment's repeat gets once it is approved.
    static func approved(_ redirected: Answer) -> Answer {
        Answer(
            status: 200, body: redirected.json.setting("redirectUrl", nil).bytes, receivedAt: redirected.receivedAt)
    }
}
