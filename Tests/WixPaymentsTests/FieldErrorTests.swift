// What is refused, as which problem of which field (design rule 2).

import Foundation
import Testing

@testable import WixPayments

@Suite("Field errors")
struct FieldErrorTests {
    /// Field, JSON of the bad value (nil: removed), reason code.
    private static let badCreates: [(String, String?, Int)] = [
        ("wixTransactionId", nil, 1004), ("wixTransactionId", "null", 1004), ("wixTransactionId", "7", 1007),
        ("wixTransactionId", #""""#, 1007), ("wixTransactionId", #""a b""#, 1007), ("wixTransactionId", #""é""#, 1007),
        ("wixTransactionId", #""a\u0000""#, 1007), ("wixMerchantId", nil, 1004), ("wixMerchantId", "[]", 1007),
        ("merchantCredentials", nil, 1004), ("merchantCredentials", "null", 1004), ("merchantCredentials", "[]", 1007),
        ("merchantCredentials", #"{"a":1}"#, 1007), ("merchantCredentials", #"{"a":true}"#, 1007),
        ("merchantCredentials", #"{"a":null}"#, 1007), ("merchantCredentials", #"{"a":{}}"#, 1007),
        ("order", nil, 1004), ("order", "[]", 1007), ("order", #""order""#, 1007), ("order.description", nil, 1004),
        ("order.description", "1", 1007), ("order.id", "1", 1007), ("order.description.totalAmount", nil, 1004),
        ("order.description.totalAmount", "null", 1004), ("order.description.totalAmount", "-1", 1009),
        ("order.description.totalAmount", #""-1""#, 1009), ("order.description.totalAmount", #""-0""#, 1009),
        ("order.description.totalAmount", "42.5", 1007),
        ("order.description.totalAmount", "4250.0", 1007), ("order.description.totalAmount", "1e3", 1007),
        ("order.description.totalAmount", #""42.50""#, 1007), ("order.description.totalAmount", #""""#, 1007),
        ("order.description.totalAmount", #"" 1""#, 1007), ("order.description.totalAmount", #""0x1""#, 1007),
        ("order.description.totalAmount", #""-""#, 1007), ("order.description.totalAmount", #""+1""#, 1007),
        ("order.description.totalAmount", #""١""#, 1007), ("order.description.totalAmount", "true", 1007),
        ("order.description.totalAmount", "{}", 1007), ("order.description.totalAmount", "1000000000000001", 1009),
        ("order.description.totalAmount", "99999999999999999999999999", 1009),
        ("order.description.totalAmount", #""99999999999999999999999999""#, 1009),
        ("order.description.currency", nil, 1004), ("order.description.currency", "978", 1007),
        ("order.description.currency", #""ZWG""#, 1009), ("order.description.currency", #""eur""#, 1009),
        ("order.description.currency", #""""#, 1009), ("order.description.items", "{}", 1007),
        ("order.description.charges", "[]", 1007), ("order.description.charges.tax", "-1", 1009),
        ("order.description.charges.shipping", #""x""#, 1007), ("order.description.charges.discount", "1.5", 1007),
        ("order.description.billingAddress", #""Lyon""#, 1007), ("order.description.billingAddress.city", "1", 1007),
        ("order.description.shippingAddress.taxIdentifier", #""x""#, 1007),
        ("order.description.shippingAddress.taxIdentifier.id", "1", 1007),
        ("order.description.buyerInfo", "1", 1007), ("order.description.buyerInfo.buyerLanguage", "{}", 1007),
        ("order.returnUrls", #""https://x""#, 1007), ("order.returnUrls.successUrl", "1", 1007),
        ("order.returnUrls.cancelUrl", #""https://x/\r\nSet-Cookie: a""#, 1007), ("paymentMethod", "1", 1007),
        ("paymentMethodData", #""card""#, 1007),
        ("paymentMethodData.card.number", nil, 1004), ("paymentMethodData.card.number", "4111111111111111", 1007),
        ("paymentMethodData.card.number", #""4111 1111 1111 1111""#, 1007),
        ("paymentMethodData.card.number", #""""#, 1007),
        ("paymentMethodData.card.year", nil, 1004), ("paymentMethodData.card.year", "31", 1009),
        ("paymentMethodData.card.year", "20310", 1009), ("paymentMethodData.card.year", #""2031""#, 1007),
        ("paymentMethodData.card.month", nil, 1004), ("paymentMethodData.card.month", "0", 1009),
        ("paymentMethodData.card.month", "13", 1009), ("paymentMethodData.card.month", "4.5", 1007),
        ("paymentMethodData.card.month", "-4", 1009), ("paymentMethodData.card.cvv", "123", 1007),
        ("paymentMethodData.card.cvv", #""12a""#, 1007), ("paymentMethodData.card.holderName", "1", 1007),
        ("paymentMethodData.card.networkTransactionId", "1", 1007), ("mode", "1", 1007), ("installments", "0", 1009),
        ("installments", "-1", 1009), ("installments", #""1""#, 1007), ("installments", "1.5", 1007),
        ("installments", "2147483648", 1009), ("fraudInformation", "[]", 1007),
        ("fraudInformation.remoteIp", "1", 1007), ("setupCredentialsOnFile", "true", 1007),
        ("setupCredentialsOnFile.offSession", #""true""#, 1007), ("offSession", "1", 1007), ("moto", #""true""#, 1007),
        ("scaRequested", "{}", 1007), ("authorizeOnly", "0", 1007),
    ]

    @Test("A bad member of Create Transaction is named with its code", arguments: badCreates)
    func badCreate(field: String, value: String?, number: Int) throws {
        let body = try Fixtures.replaced("create-transaction.request.card", field, value)
        let error = try #require(fieldError { () throws(RequestError) in try CreateTransactionRequest.parse(body) })
        #expect(error.field == field)
        #expect(error.reasonNumber == number)
    }

    /// Body, field, reason code.
    private static let badBodies: [(String, String, Int)] = [
        (#"{"card":1}"#, "paymentMethodData.card", 1007),
        (#"{"card":{"number":"1","year":2031,"month":1},"reference":{"token":"t"}}"#, "paymentMethodData", 1009),
        (#"{"reference":{}}"#, "paymentMethodData.reference.token", 1004),
        (#"{"reference":{"token":""}}"#, "paymentMethodData.reference.token", 1007),
        (#"{"googlePay":{"expirationYear":2030,"expirationMonth":9}}"#, "paymentMethodData.googlePay.pan", 1004),
        (#"{"googlePay":{"pan":"4","expirationMonth":9}}"#, "paymentMethodData.googlePay.expirationYear", 1004),
        (
            #"{"googlePay":{"pan":"4","expirationYear":2030,"expirationMonth":13}}"#,
            "paymentMethodData.googlePay.expirationMonth", 1009
        ),
        (
            #"{"googlePay":{"pan":"4","expirationYear":2030,"expirationMonth":9,"authenticationMethod":3}}"#,
            "paymentMethodData.googlePay.authenticationMethod", 1007
        ),
        (
            #"{"googlePay":{"pan":"4","expirationYear":2030,"expirationMonth":9,"accountVerified":"yes"}}"#,
            "paymentMethodData.googlePay.accountVerified", 1007
        ),
        (
            #"{"applePay":{"pan":"x","expirationYear":2030,"expirationMonth":9}}"#, "paymentMethodData.applePay.pan",
            1007
        ),
        (
            #"{"applePay":{"pan":"4","expirationYear":2030,"expirationMonth":9,"eci":7}}"#,
            "paymentMethodData.applePay.eci", 1007
        ),
        (#"{"ideal":{"issuerBank":7}}"#, "paymentMethodData.ideal.issuerBank", 1007),
    ]

    @Test("Bad payment data is named with its code", arguments: badBodies)
    func badPaymentData(json: String, field: String, number: Int) throws {
        let body = try Fixtures.replaced("create-transaction.request.card", "paymentMethodData", json)
        let error = try #require(fieldError { () throws(RequestError) in try CreateTransactionRequest.parse(body) })
        #expect(error == FieldError(field, number == 1004 ? .missing : number == 1007 ? .format : .value))
    }

    @Test("Bad items are named with their place", arguments: [("price", "-1", 1009), ("quantity", "1.5", 1007)])
    func badItem(member: String, value: String, number: Int) throws {
        let body = try Fixtures.replaced(
            "create-transaction.request.card", "order.description.items", "[{},{\"\(member)\":\(value)}]")
        let error = try #require(fieldError { () throws(RequestError) in try CreateTransactionRequest.parse(body) })
        #expect(error.field == "order.description.items[1].\(member)")
        #expect(error.reasonNumber == number)
    }

    @Test("An item that is no object is named with its place", arguments: ["null", "1", "[]"])
    func itemOfOtherType(json: String) throws {
        let body = try Fixtures.replaced(
            "create-transaction.request.card", "order.description.items", "[{},\(json)]")
        let error = fieldError { () throws(RequestError) in try CreateTransactionRequest.parse(body) }
        #expect(error == FieldError("order.description.items[1]", .format))
    }

    @Test("What is longer than its limit is refused, what is as long is not")
    func limits() throws {
        func text(_ count: Int) -> String { String(repeating: "7", count: count) }
        let cases: [(String, (Int) -> Any, Int)] = [
            ("wixTransactionId", text, Limits.idCharactersMax),
            ("paymentMethod", text, Limits.idCharactersMax),
            ("order.description.billingAddress.city", text, Limits.textBytesMax),
            ("order.returnUrls.errorUrl", text, Limits.returnUrlBytesMax),
            ("paymentMethodData.card.number", text, Limits.cardNumberDigitsMax),
            ("paymentMethodData.card.cvv", text, Limits.cvvDigitsMax),
            ("order.description.items", { Array(repeating: [:] as [String: Any], count: $0) }, Limits.itemsMax),
            ("merchantCredentials", { ["a": text($0)] }, Limits.credentialValueBytesMax),
            ("merchantCredentials", { [text($0): "a"] }, Limits.credentialKeyBytesMax),
            (
                "merchantCredentials",
                { Dictionary(uniqueKeysWithValues: (0..<$0).map { ("\($0)", "a") }) }, Limits.credentialsEntriesMax
            ),
            ("installments", { $0 }, Limits.installmentsMax),
            ("order.description.totalAmount", { $0 }, Int(Limits.amountMinorUnitsMax)),
        ]
        for (field, value, limit) in cases {
            _ = try CreateTransactionRequest.parse(try Fixtures.card { $0.set(field, value(limit)) })
            let body = try Fixtures.card { $0.set(field, value(limit + 1)) }
            let error = fieldError { () throws(RequestError) in try CreateTransactionRequest.parse(body) }
            #expect(error == FieldError(field, .value))
        }
    }

    @Test(
        "Amounts are read from integers and digit strings",
        arguments: [
            ("0", 0), ("-0", 0), (#""0""#, 0), (#""007""#, 7), ("1000000000000000", 1_000_000_000_000_000),
            (#""4250""#, 4250),
        ] as [(String, Int64)])
    func amounts(json: String, minorUnits: Int64) throws {
        let body = String(decoding: try Fixtures.example("refund-transaction.request.full"), as: UTF8.self)
            .replacing("4250", with: json)
        #expect(try RefundTransactionRequest.parse([UInt8](body.utf8)).refundAmount == minorUnits)
        let create = String(decoding: try Fixtures.example("create-transaction.request.minimal"), as: UTF8.self)
            .replacing("4250", with: json)
        #expect(try CreateTransactionRequest.parse([UInt8](create.utf8)).amount.minorUnits == minorUnits)
    }

    @Test("Null is absent, unknown members are ignored, unknown words are kept")
    func tolerance() throws {
        let body = try Fixtures.card {
            for field in ["mode", "installments", "moto", "fraudInformation", "paymentMethod", "order.returnUrls"] {
                $0.set(field, NSNull())
            }
            $0.set("new", [["deep": 1]])
            $0.set("order.description.new", true)
            $0.set("paymentMethodData.reference", NSNull())
            $0.set("paymentMethodData.new", ["a": 1])
            $0.set("paymentMethodData.card.cvv", "")
            $0.set("order.description.items", [["category": "liquid"]])
        }
        let request = try CreateTransactionRequest.parse(body)
        #expect(request.mode == .live)
        #expect(request.installments == nil)
        #expect(!request.moto)
        #expect(request.paymentMethod == nil)
        #expect(request.order.returnUrls.successUrl == nil)
        #expect(request.order.description.items.map(\.category?.rawValue) == ["liquid"])
        guard case .card(let card) = request.paymentMethodData else {
            Issue.record("no card")
            return
        }
        #expect(card.cvv == nil)
    }

    @Test("Only the word sandbox is the sandbox", arguments: ["live", "undefined", "SANDBOX", "", "test"])
    func mode(word: String) throws {
        let body = try Fixtures.card { $0.set("mode", word) }
        #expect(try CreateTransactionRequest.parse(body).mode == .live)
    }

    @Test("Of members with one name the last counts, escaped or not")
    func duplicates() throws {
        let body = #"{"wixMerchantId":"a","credentials":{},"wixMerchantId":"b","wixMerchant\u0049d":"c"}"#
        #expect(try ConnectAccountRequest.parse([UInt8](body.utf8)).wixMerchantId == "c")
    }

    @Test(
        "Bad members of Connect Account are named",
        arguments: [
            ("wixMerchantId", nil, 1004), ("credentials", nil, 1004), ("credentials", #"{"a":20}"#, 1007),
            ("country", #""FRA""#, 1007), ("country", "33", 1007), ("currency", #""FFF""#, 1009), ("mode", "[]", 1007),
        ] as [(String, String?, Int)])
    func badConnect(field: String, value: String?, number: Int) throws {
        let body = try Fixtures.replaced("connect-account.request", field, value)
        let error = fieldError { () throws(RequestError) in try ConnectAccountRequest.parse(body) }
        #expect(error?.field == field)
        #expect(error?.reasonNumber == number)
    }

    @Test(
        "Bad members of Refund Transaction are named",
        arguments: [
            ("wixTransactionId", nil, 1004), ("wixRefundId", nil, 1004), ("pluginTransactionId", nil, 1004),
            ("merchantCredentials", nil, 1004), ("refundAmount", "-1", 1009), ("refundAmount", "1.5", 1007),
            ("reason", "1", 1007), ("mode", "{}", 1007), ("pluginTransactionId", #""""#, 1007),
        ] as [(String, String?, Int)])
    func badRefund(field: String, value: String?, number: Int) throws {
        let body = try Fixtures.replaced("refund-transaction.request.full", field, value)
        let error = fieldError { () throws(RequestError) in try RefundTransactionRequest.parse(body) }
        #expect(error?.field == field)
        #expect(error?.reasonNumber == number)
    }

    @Test(
        "Bad members of Capture and Void Transaction are named",
        arguments: [
            ("wixTransactionId", nil, 1004), ("pluginTransactionId", nil, 1004), ("Amount", nil, 1004),
            ("Amount", "-1", 1009), ("Amount", #""x""#, 1007), ("merchantCredentials", nil, 1004),
        ] as [(String, String?, Int)])
    func badAction(field: String, value: String?, number: Int) throws {
        let captureField = field == "Amount" ? "captureAmount" : field
        let capture = try Fixtures.replaced("capture-transaction.request", captureField, value)
        let captureError = fieldError { () throws(RequestError) in try CaptureTransactionRequest.parse(capture) }
        #expect(captureError?.field == captureField)
        #expect(captureError?.reasonNumber == number)
        let voidField = field == "Amount" ? "voidAmount" : field
        let void = try Fixtures.replaced("void-transaction.request", voidField, value)
        let voidError = fieldError { () throws(RequestError) in try VoidTransactionRequest.parse(void) }
        #expect(voidError?.field == voidField)
        #expect(voidError?.reasonNumber == number)
    }

    @Test(
        "What is no JSON object is not JSON", arguments: ["", "[]", "null", "1", #""{}""#, "{", "{}x", "{\"a\":\u{1}}"])
    func notJSON(text: String) {
        let body = [UInt8](text.utf8)
        #expect(throws: RequestError.notJSON) { try CreateTransactionRequest.parse(body) }
        #expect(throws: RequestError.notJSON) { try ConnectAccountRequest.parse(body) }
        #expect(throws: RequestError.notJSON) { try RefundTransactionRequest.parse(body) }
        #expect(throws: RequestError.notJSON) { try CaptureTransactionRequest.parse(body) }
        #expect(throws: RequestError.notJSON) { try VoidTransactionRequest.parse(body) }
    }

    @Test("A field error as an answer names the field and not the value")
    func failure() {
        let failure = FieldError("order.description.currency", .value).failure(as: DeclineCode.self)
        #expect(failure.code == .invalidValue)
        #expect(failure.errorCode == "FIELD_VALUE")
        #expect(failure.errorMessage == "order.description.currency has a value that is not allowed")
        #expect(FieldError("a", .missing).failure(as: RefundFailureCode.self).code == .requiredFieldsMissing)
        #expect(FieldError("a", .format).failure(as: ConnectionFailureCode.self).code == .invalidFormat)
    }
}

@Suite("Readable ids")
struct ReadableIdsTests {
    private func ids(_ parse: () throws(RequestError) -> some Any) -> ReadableIds? {
        do throws(RequestError) {
            _ = try parse()
            return nil
        } catch {
            guard case .field(_, let ids) = error else { return nil }
            return ids
        }
    }

    @Test("A create with a bad card still tells payment, merchant, amount and mode")
    func create() throws {
        let body = try Fixtures.card {
            $0.set("paymentMethodData.card.month", 13)
            $0.set("mode", "sandbox")
        }
        var expected = ReadableIds()
        expected.wixTransactionId = "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"
        expected.wixMerchantId = "6f0d2c1e-4b7a-4f38-9c52-0b1e7d9a3c44"
        expected.amountMinorUnits = 4250
        expected.currency = Currency("EUR")
        expected.mode = .sandbox
        #expect(ids { () throws(RequestError) in try CreateTransactionRequest.parse(body) } == expected)
    }

    @Test("What can't be read itself is nil, the rest is there")
    func partial() throws {
        let body = try Fixtures.card {
            $0.set("wixMerchantId", 7)
            $0.set("order.description.totalAmount", -1)
            $0.set("mode", 3)
        }
        var expected = ReadableIds()
        expected.wixTransactionId = "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"
        expected.currency = Currency("EUR")
        #expect(ids { () throws(RequestError) in try CreateTransactionRequest.parse(body) } == expected)
    }

    @Test("A refund without credentials still tells both ids and the amount")
    func refund() throws {
        let body = try Fixtures.changed("refund-transaction.request.full") { $0.set("merchantCredentials", nil) }
        var expected = ReadableIds()
        expected.wixTransactionId = "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"
        expected.wixRefundId = "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24"
        expected.pluginTransactionId = "psp_txn_01HZX3K8Q2"
        expected.amountMinorUnits = 4250
        #expect(ids { () throws(RequestError) in try RefundTransactionRequest.parse(body) } == expected)
    }

    @Test("An empty object has no ids")
    func empty() {
        #expect(
            ids { () throws(RequestError) in try CaptureTransactionRequest.parse(Array("{}".utf8)) } == ReadableIds())
    }
}
