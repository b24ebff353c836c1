// Signed JSON with missing or wrong fields (design rule 2): answered with 1004, 1007 or 1009 and the field's name; with
// a readable id stored as declined or failed, with its event.

import Testing
import TestStack

@Suite("Fields", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct FieldTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let path: String
        let value: JSON?
        let reason: Int64
        /// What the message names, where it is not the path.
        var named: String?

        init(_ path: String, _ value: JSON?, _ reason: Int64, named: String? = nil) {
            self.path = path
            self.value = value
            self.reason = reason
            self.named = named
        }

        var testDescription: String { "\(path) = \(value.map { "\($0)" } ?? "(absent)")" }
    }

    static let creates = [
        Row("wixMerchantId", nil, 1004), Row("wixMerchantId", .null, 1004),
        Row("wixMerchantId", 7, 1007), Row("merchantCredentials", nil, 1004), Row("merchantCredentials", "key", 1007),
        Row("merchantCredentials", ["a": 1], 1007, named: "merchantCredentials"),
        Row("order", nil, 1004), Row("order", [], 1007), Row("order.description", nil, 1004),
        Row("order.description.totalAmount", nil, 1004), Row("order.description.totalAmount", "12x", 1007),
        Row("order.description.totalAmount", "", 1007), Row("order.description.totalAmount", 12.5, 1007),
        Row("order.description.totalAmount", true, 1007), Row("order.description.totalAmount", -1, 1009),
        Row("order.description.totalAmount", "-1", 1009),
        Row("order.description.totalAmount", "99999999999999999999", 1009),
        Row("order.description.currency", nil, 1004), Row("order.description.currency", "XXX", 1009),
        Row("order.description.currency", "eur", 1009), Row("order.description.currency", 978, 1007),
        Row("order.description.items", "none", 1007), Row("installments", "three", 1007), Row("installments", 0, 1009),
        Row("paymentMethodData", "card", 1007), Row("paymentMethodData.card.number", nil, 1004),
        Row("paymentMethodData.card.number", "4111-1111-1111-1111", 1007),
        Row("paymentMethodData.card.number", 4111111111111111, 1007),
        Row("paymentMethodData.card.year", nil, 1004), Row("paymentMethodData.card.year", "2031", 1007),
        Row("paymentMethodData.card.year", 31, 1009), Row("paymentMethodData.card.month", 13, 1009),
        Row("paymentMethodData.card.cvv", "12a", 1007), Row("scaRequested", "yes", 1007), Row("moto", 1, 1007),
        Row("authorizeOnly", "true", 1007), Row("mode", 3, 1007),
        Row("order.returnUrls.successUrl", "https://shop.example.org/\r\nX: y", 1007),
    ]

    @Test("A wrong field of a payment is declined by name, stored, and told to Wix", arguments: creates)
    func create(_ row: Row) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting(row.path, row.value)
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.reason == row.reason, "\(answer)")
        expectNames(answer, row)

        let events = try await stack.events(payment.paymentID, count: 1)
        #expect(events.told == [transactionEvent(payment, answer)])
        let rows = try await stack.rows(
            "SELECT state, reason_code FROM payments WHERE wix_transaction_id = '\(payment.paymentID)'")
        #expect(rows == [["state": "declined", "reason_code": .integer(row.reason)]])
        #expect(try await stack.call(.create, payment).text == answer.text)
        #expect(try stack.effects(answer.pluginID).isEmpty)
    }

    private func expectNames(_ answer: Answer, _ row: Row) {
        let message = answer.json["errorMessage"]?.text ?? ""
        #expect(message.contains(row.named ?? row.path))
        #expect(message.count <= 300)
        let code = answer.json["errorCode"]?.text ?? ""
        #expect((1...50).contains(code.count))
        #expect(!answer.text.contains("411111"), "card data came back")
    }

    @Test("A payment without a readable id is only answered", arguments: [nil, .null, 5, "", "two words"] as [JSON?])
    func noID(_ id: JSON?) async throws {
        let stack = try await Stack.usual()
        let merchant = "merchant-\(newID())"
        let payment = try Sample.payment().setting("wixTransactionId", id).setting("wixMerchantId", .string(merchant))
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.reason == (id == nil || id == .null ? 1004 : 1007))
        #expect(answer.json["errorMessage"]?.text?.contains("wixTransactionId") == true)
        #expect(answer.pluginID == nil)
        #expect(!(try await stack.storeDump().contains(merchant)))
    }

    @Test("After a malformed call, the right one under the same id is still declined: Wix was told so")
    func rightAfterWrong() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        let wrong = try await stack.call(.create, payment.setting("order.description.currency", nil))
        let right = try await stack.call(.create, payment)
        #expect(right.text == wrong.text)
        #expect(try stack.effects(wrong.pluginID).isEmpty)
    }

    static let refunds = [
        Row("pluginTransactionId", nil, 1004), Row("pluginTransactionId", 5, 1007),
        Row("merchantCredentials", nil, 1004), Row("refundAmount", "1.5", 1007), Row("refundAmount", -5, 1009),
        Row("refundAmount", [], 1007), Row("wixTransactionId", nil, 1004), Row("wixTransactionId", "", 1007),
    ]

    @Test("A wrong field of a refund fails it by name, stored, and told to Wix", arguments: refunds)
    func refund(_ row: Row) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let refund = try Sample.refund(of: payment, id, 1000).setting(row.path, row.value)
        let answer = try await stack.call(.refund, refund)
        #expect(answer.status == 200)
        #expect(answer.reason == row.reason)
        expectNames(answer, row)
        let events = try await stack.events(payment.paymentID, count: 2)
        let told = try #require(events.last)
        #expect(told.kind == "refund")
        #expect(told.payload["wixRefundId"] == refund["wixRefundId"])
        #expect(told.payload["pluginRefundId"] == answer.json["pluginRefundId"])
        #expect(told.payload["reasonCode"]?.int == row.reason)
        #expect(told.payload["amount"]?.text != nil)
        #expect(try await stack.call(.refund, refund).text == answer.text)
        #expect(try stack.effects(id).count == 1)
    }

    @Test(
        "A refund without readable ids is only answered",
        arguments: [("wixRefundId", nil), ("wixTransactionId", "pay_of_nobody")] as [(String, String?)])
    func refundWithoutID(_ name: String, _ pluginTransactionId: String?) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let refund = try Sample.refund(of: payment, pluginTransactionId ?? id, 1000)
        let answer = try await stack.call(.refund, refund.setting(name, nil))
        #expect(answer.status == 200)
        #expect(answer.reason == 1004)
        #expect(answer.json["errorMessage"]?.text?.contains(name) == true)
        let refundID = try #require(refund["wixRefundId"]?.text)
        #expect(!(try await stack.storeDump().contains(refundID)))
    }

    @Test(
        "A wrong field of a capture or void is answered by name, and the authorization stays",
        arguments: [Endpoint.capture, .void],
        [
            Row("pluginTransactionId", nil, 1004), Row("AMOUNT", nil, 1004), Row("AMOUNT", "x", 1007),
            Row("AMOUNT", -1, 1009),
        ])
    func action(_ endpoint: Endpoint, _ row: Row) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved(authorizeOnly: true)
        let path = row.path == "AMOUNT" ? (endpoint == .capture ? "captureAmount" : "voidAmount") : row.path
        let action = try Sample.action(endpoint, of: payment, id, 4250)
        let answer = try await stack.call(endpoint, action.setting(path, row.value))
        #expect(answer.status == 200)
        #expect(answer.reason == row.reason)
        #expect(answer.json["errorMessage"]?.text?.contains(path) == true)
        #expect(try await stack.call(endpoint, action).text == "{}")
    }

    static let connects = [
        Row("credentials", nil, 1004), Row("credentials", ["a": true], 1007), Row("wixMerchantId", nil, 1004),
        Row("currency", "XXX", 1009), Row("country", "FRA", 1007),
    ]

    @Test("A wrong field of a connection is answered by name", arguments: connects)
    func connect(_ row: Row) async throws {
        let stack = try await Stack.usual()
        let merchant = "merchant-\(newID())"
        let request = try Example.json("connect-account.request").setting("wixMerchantId", .string(merchant))
        let answer = try await stack.call(.connect, request.setting(row.path, row.value))
        #expect(answer.status == 200)
        #expect(answer.reason == row.reason)
        #expect(answer.json["errorMessage"]?.text?.contains(row.path) == true)
        #expect(answer.json["accountId"] == nil)
        #expect(!(try await stack.storeDump().contains(merchant)))
    }

    @Test("Unknown members are ignored, everywhere")
    func unknownMembers() async throws {
        let stack = try await Stack.usual()
        var payment = try Sample.payment()
        for path in [
            "", "order.", "order.description.", "order.description.charges.", "order.description.billingAddress.",
            "order.returnUrls.", "paymentMethodData.card.", "paymentMethodData.", "fraudInformation.",
        ] {
            payment = payment.setting("\(path)wixNewField", ["deep": ["deeper": [nil, 1.5, "x"]]])
        }
        let answer = try await stack.call(.create, payment)
        #expect(answer.reason == nil)
        #expect(answer.json.names == ["pluginTransactionId"])
    }

    static let unusual: [(String, JSON)] = [
        ("mode", "staging"), ("mode", "undefined"), ("paymentMethod", "moonPay"),
        ("order.description.items", [["category": "service"]]), ("order.description.billingAddress.countryCode", "XK"),
        ("order.description.buyerInfo.buyerLanguage", "en-US"), ("fraudInformation.remoteIp", "2001:db8::1"),
        ("order.id", nil), ("order.returnUrls", nil), ("installments", nil), ("mode", nil),
    ]

    @Test("Words that Wix may add, and nulls for what is optional, are no error", arguments: unusual)
    func newWords(_ path: String, _ value: JSON) async throws {
        let stack = try await Stack.usual()
        let answer = try await stack.call(.create, try Sample.payment().setting(path, value))
        #expect(answer.status == 200)
        #expect(answer.reason == nil, "\(answer)")
        #expect(answer.pluginID != nil)
    }
}
