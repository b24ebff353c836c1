// What counts as an answer of the gateway and what it means, message by message, without a server.

import Payments
import TestStack
import Testing
import WixPayments

@testable import Processors

@Suite("Gateway answers")
struct GatewayAnswerTests {
    private func answer(_ status: Int, _ body: String, _ type: String...) -> GatewayAnswer {
        GatewayAnswer(status: status, contentType: type.isEmpty ? ["application/json"] : type, body: Array(body.utf8))
    }

    private func lookup(
        _ body: String, authorizeOnly: Bool = false, after outcomes: PaymentOutcome...
    ) throws -> PaymentLookup {
        let request = try CreateTransactionRequest.card(with: ["authorizeOnly": .bool(authorizeOnly)])
        var payment = Payment(
            wixTransactionId: request.wixTransactionId, pluginTransactionId: "plugin-1",
            wixMerchantId: request.wixMerchantId, mode: request.mode, amount: request.amount,
            authorizeOnly: authorizeOnly)
        for outcome in outcomes { _ = payment.apply(outcome) }
        return try answer(200, body).read(GatewayPayment.self).lookup(of: payment)
    }

    // MARK: Payments

    @Test(
        "A payment's answer means what the contract says",
        arguments: [
            (#"{"status":"approved"}"#, "approved"),
            (#"{"status":"approved","reasonCode":null,"later":{"a":[1]}}"#, "approved"),
            (#"{"id":"plugin-1","status":"approved","amount":4250,"currency":"EUR"}"#, "approved"),
            (#"{"status":"approved","amount":"4250"}"#, "approved"),
            (#"{"status":"captured"}"#, "captured captured"),
            (#"{"status":"pending"}"#, "pending 5009"),
            (#"{"status":"pending","reasonCode":5005}"#, "pending 5005"),
            (#"{"status":"pending","reasonCode":3012}"#, "pending 5009"),
            (#"{"status":"declined"}"#, "declined 6000"),
            (#"{"status":"declined","reasonCode":3012}"#, "declined 3012"),
            (#"{"status":"declined","reasonCode":3027}"#, "declined 3031"),
            (#"{"status":"declined","reasonCode":9999}"#, "declined 6000"),
            (#"{"status":"declined","reasonCode":5009}"#, "declined 6000"),
            (#"{"status":"declined","reasonCode":3030}"#, "declined 3030"),
            (#"{"status":"canceled"}"#, "declined 3030"),
            (#"{"status":"canceled","reasonCode":6000}"#, "declined 3030"),
            (#"{"status":"voided"}"#, "declined 6000"),
            (#"{"status":"redirect","redirectUrl":"https://pay.example.com/p/1"}"#, "redirect"),
        ])
    func payment(_ body: String, _ meaning: String) throws {
        #expect(try lookup(body).words == meaning)
    }

    @Test(
        "An authorization's answer means what the contract says",
        arguments: [
            ("authorized", "authorized"), ("approved", "approved captured"), ("captured", "captured captured"),
            ("voided", "authorized voided"), ("canceled", "declined 3030"),
        ])
    func authorization(_ status: String, _ meaning: String) throws {
        let body = #"{"status":"\#(status)"}"#
        #expect(try lookup(body, authorizeOnly: true, after: .authorized(ApprovalDetails())).words == meaning)
    }

    @Test("An authorization that Wix never heard of and that was voided is declined")
    func voidedWhileOpen() throws {
        #expect(try lookup(#"{"status":"voided"}"#, authorizeOnly: true).words == "declined 6000")
    }

    @Test("What the gateway shows of an approval is kept")
    func details() throws {
        let body = #"""
            {"status":"approved","cardDetails":{"bin":"411111","lastFour":"1111"},
            "credentialsOnFile":{"cardReference":{"networkTransactionId":"n"}}}
            """#
        guard case .found(let report, _, _) = try lookup(body), case .approved(let details) = report.outcome else {
            return failed("not approved")
        }
        #expect(details.cardDetails == CardDetails(bin: "411111", lastFour: "1111"))
        #expect(
            details.credentialsOnFile == .cardReference(networkTransactionId: "n", dsTransactionId: nil))
    }

    @Test("Card numbers in a gateway's texts are masked")
    func scrubbed() throws {
        let body = #"{"status":"declined","errorCode":"4111111111111111","errorMessage":"card 4111 1111 1111 1111"}"#
        guard case .found(let report, _, _) = try lookup(body), case .declined(let failure) = report.outcome else {
            return failed("not declined")
        }
        #expect(failure.errorCode == "****************")
        #expect(failure.errorMessage == "card **** **** **** ****")
    }

    @Test(
        "A refusal without texts gets some, and keeps those that it has",
        arguments: [
            ("", "6000 DECLINED_BY_PROVIDER", "The provider gave no reason that Wix knows"),
            (#","reasonCode":9999"#, "6000 DECLINED_BY_PROVIDER", "The provider gave no reason that Wix knows"),
            (#","reasonCode":1003"#, "1003 DECLINED_BY_PROVIDER", "Provider technical error"),
            (
                #","errorCode":"","errorMessage":"""#, "6000 DECLINED_BY_PROVIDER",
                "The provider gave no reason that Wix knows"
            ),
            (#","errorCode":"X1""#, "6000 X1", "The provider gave no reason that Wix knows"),
            (#","errorMessage":"no""#, "6000 DECLINED_BY_PROVIDER", "no"),
        ])
    func filledTexts(_ members: String, _ code: String, _ message: String) throws {
        guard case .found(let report, _, _) = try lookup(#"{"status":"declined"\#(members)}"#),
            case .declined(let failure) = report.outcome
        else { return failed("not declined") }
        #expect("\(failure)" == code)
        #expect(failure.errorMessage == message)

        let told =
            #"{"type":"refund.created","data":{"id":"r","paymentId":"p","amount":1,"status":"failed"\#(members)}}"#
        guard case .refundCreated(let refund) = try GatewayNotification.parse(Array(told.utf8)),
            case .failed(let refusal)? = refund.outcome
        else { return failed("no failed refund") }
        #expect("\(refusal)" == code)
        #expect(refusal.errorMessage == message)
    }

    @Test("What is pending or canceled needs no texts", arguments: ["pending", "canceled"])
    func noTexts(_ status: String) throws {
        guard case .found(let report, _, _) = try lookup(#"{"status":"\#(status)"}"#) else {
            return failed("not found")
        }
        switch report.outcome {
        case .pending(let failure): #expect(failure.errorCode == nil && failure.errorMessage == nil)
        case .declined(let failure): #expect(failure.errorCode == nil && failure.errorMessage == nil)
        default: failed("another outcome")
        }
    }

    /// Messages that the schema refuses as well.
    static let malformed: [(String, String)] = [
        ("[]", "the body is not a JSON object"),
        ("", "the body is not a JSON object"),
        ("<html></html>", "the body is not a JSON object"),
        (#""approved""#, "the body is not a JSON object"),
        (#"{"status":"approved""#, "the body is not a JSON object"),
        ("{}", "status is required and missing"),
        (#"{"status":null}"#, "status is required and missing"),
        (#"{"status":200}"#, "status has the wrong type or form"),
        (#"{"status":true}"#, "status has the wrong type or form"),
        (#"{"status":["approved"]}"#, "status has the wrong type or form"),
        (#"{"status":"maybe"}"#, "status has a value that is not allowed"),
        (#"{"status":"APPROVED"}"#, "status has a value that is not allowed"),
        (#"{"status":"succeeded"}"#, "status has a value that is not allowed"),
        (#"{"status":"redirect"}"#, "redirectUrl is required and missing"),
        (#"{"status":"redirect","redirectUrl":""}"#, "redirectUrl has a value that is not allowed"),
        (#"{"status":"redirect","redirectUrl":7}"#, "redirectUrl has the wrong type or form"),
        (#"{"status":"redirect","redirectUrl":"javascript:alert(1)"}"#, "redirectUrl has a value that is not allowed"),
        (#"{"status":"redirect","redirectUrl":"//pay.example.com"}"#, "redirectUrl has a value that is not allowed"),
        (#"{"status":"redirect","redirectUrl":"https://a\"b"}"#, "redirectUrl has a value that is not allowed"),
        (
            #"{"status":"redirect","redirectUrl":"https://a.example","reasonCode":3000}"#,
            "reasonCode has a value that is not allowed"
        ),
        (#"{"status":"approved","reasonCode":3000}"#, "reasonCode has a value that is not allowed"),
        (#"{"status":"declined","reasonCode":0}"#, "reasonCode has a value that is not allowed"),
        (#"{"status":"declined","reasonCode":99999}"#, "reasonCode has a value that is not allowed"),
        (#"{"status":"declined","reasonCode":-3000}"#, "reasonCode has a value that is not allowed"),
        (#"{"status":"declined","reasonCode":"3000"}"#, "reasonCode has the wrong type or form"),
        (#"{"status":"declined","errorCode":51}"#, "errorCode has the wrong type or form"),
        (#"{"status":"declined","errorMessage":{}}"#, "errorMessage has the wrong type or form"),
        (#"{"status":"approved","id":""}"#, "id has a value that is not allowed"),
        (#"{"status":"approved","id":17}"#, "id has the wrong type or form"),
        (#"{"status":"approved","amount":-1}"#, "amount has a value that is not allowed"),
        (#"{"status":"approved","amount":"42,50"}"#, "amount has a value that is not allowed"),
        (#"{"status":"approved","amount":true}"#, "amount has the wrong type or form"),
        (#"{"status":"approved","currency":978}"#, "currency has the wrong type or form"),
        (#"{"status":"approved","currency":"euro"}"#, "currency has a value that is not allowed"),
        (#"{"status":"approved","credentialsOnFile":{}}"#, "credentialsOnFile has a value that is not allowed"),
        (
            #"{"status":"approved","credentialsOnFile":{"paymentMethodReference":{"token":7}}}"#,
            "credentialsOnFile.paymentMethodReference.token has the wrong type or form"
        ),
        (
            #"{"status":"approved","cardDetails":{"bin":"4111","lastFour":"1111"}}"#,
            "cardDetails has a value that is not allowed"
        ),
    ]

    @Test("A payment's answer against the contract is no outcome, and the schema refuses it too", arguments: malformed)
    func malformedPayment(_ body: String, _ fault: String) throws {
        let error = #expect(throws: OutcomeUnknown.self) {
            try answer(200, body).read(GatewayPayment.self)
        }
        #expect(error?.reason.hasSuffix(fault) == true, "\(error?.reason ?? "")")
        if let value = try? JSON(parsing: body.utf8) {
            #expect(Contract.shared.faults(value, Contract.shared.schema("PaymentState")) != [])
        }
    }

    /// Answers that one reader takes for this and another for that, or for nothing.
    static let ambiguous: [(String, String)] = [
        (#"{"status":"approved","status":"declined"}"#, "more than once in the same object"),
        (#"{"status":"declined","status":"approved"}"#, "more than once in the same object"),
        (#"{"status":"approved","st\u0061tus":"declined"}"#, "more than once in the same object"),
        (#"{"status":"approved","later":{"a":[{"b":1,"b":2}]}}"#, "more than once in the same object"),
        (
            #"{"status":"approved","credentialsOnFile":{"paymentMethodReference":{"token":"t","token":"u"}}}"#,
            "more than once in the same object"
        ),
        (#"{"status":"approved",}"#, "not a JSON object"),
        (#"{"status":"approved","later":[1,]}"#, "not a JSON object"),
        (#"{"status":"approved"} {}"#, "not a JSON object"),
        ("\u{FEFF}{\"status\":\"approved\"}", "not a JSON object"),
    ]

    @Test("An answer that can be read in two ways is no outcome", arguments: ambiguous)
    func ambiguousAnswer(_ body: String, _ fault: String) {
        let error = #expect(throws: OutcomeUnknown.self) { try answer(200, body).read(GatewayPayment.self) }
        #expect(error?.reason.hasSuffix(fault) == true, "\(error?.reason ?? "")")
        #expect(!answer(404, body.replacing("status", with: "code")).isNotFound("a"))
        #expect(throws: ContractBreach.self) {
            try GatewayNotification.parse(Array(#"{"type":"payment.updated","data":\#(body)}"#.utf8))
        }
    }

    @Test("An answer with bytes that are no UTF-8 is no outcome, wherever they stand")
    func invalidUTF8() {
        for (before, after) in [(#"{"status":"approved","x":""#, #""}"#), (#"{"status":"approved",""#, #"":1}"#)] {
            let body = Array(before.utf8) + [0xFF, 0xFE] + Array(after.utf8)
            let answer = GatewayAnswer(status: 200, contentType: ["application/json"], body: body)
            #expect(throws: OutcomeUnknown.self) { try answer.read(GatewayPayment.self) }
        }
    }

    @Test("An encoded answer is no outcome", arguments: ["gzip", "br", "identity, gzip", "odd"])
    func encoded(_ encoding: String) throws {
        for (status, body) in [(200, #"{"status":"approved"}"#), (404, "{}")] {
            let answer = GatewayAnswer(
                status: status, contentType: ["application/json"], contentEncoding: ["identity", encoding],
                body: Array(body.utf8))
            let error = #expect(throws: OutcomeUnknown.self) { try answer.read(GatewayPayment.self) }
            #expect(error?.reason == "the gateway answered HTTP \(status) with a Content-Encoding")
            #expect(!answer.isNotFound("a"))
        }
        let plain = GatewayAnswer(
            status: 200, contentType: ["application/json"], contentEncoding: ["Identity"],
            body: Array(#"{"status":"approved"}"#.utf8))
        #expect(try plain.read(GatewayPayment.self).status == .approved)
    }

    @Test("An unknown member beside the stored way to pay is left alone, by the schema too")
    func unknownMemberOfCredentials() throws {
        let body = #"{"status":"approved","credentialsOnFile":{"paymentMethodReference":{"token":"t"},"later":1}}"#
        #expect(try lookup(body).words == "approved")
        #expect(Contract.shared.faults(try JSON(parsing: body.utf8), Contract.shared.schema("PaymentState")) == [])
    }

    @Test("A fraction is no reason code and no amount")
    func fractions() {
        for body in [#"{"status":"declined","reasonCode":3000.5}"#, #"{"status":"approved","amount":42.5}"#] {
            #expect(throws: OutcomeUnknown.self) { try answer(200, body).read(GatewayPayment.self) }
        }
    }

    @Test(
        "An answer about something else is no outcome",
        arguments: [
            #"{"status":"approved","id":"plugin-2"}"#, #"{"status":"approved","amount":425}"#,
            #"{"status":"approved","amount":4250,"currency":"USD"}"#, #"{"status":"authorized"}"#,
        ])
    func contradiction(_ body: String) {
        #expect(throws: ContractBreach.self) { try lookup(body) }
    }

    // MARK: Results and accounts

    @Test(
        "A refund's, capture's or void's answer against the contract is no outcome, and the schema refuses it too",
        arguments: [
            "{}", #"{"status":"approved"}"#, #"{"status":"succeeded","reasonCode":3025}"#,
            #"{"status":"failed","reasonCode":"3025"}"#, #"{"status":"failed","reasonCode":12345}"#,
            #"{"status":"succeeded","amount":"ten"}"#, #"{"status":"succeeded","paymentId":""}"#,
        ])
    func malformedResult(_ body: String) throws {
        #expect(throws: OutcomeUnknown.self) { try answer(200, body).read(GatewayResult.self) }
        let value = try JSON(parsing: body.utf8)
        #expect(Contract.shared.faults(value, Contract.shared.schema("Result")) != [])
    }

    @Test(
        "A result about something else is no outcome",
        arguments: [
            #"{"status":"succeeded","id":"r-2"}"#, #"{"status":"succeeded","paymentId":"other"}"#,
            #"{"status":"succeeded","amount":999}"#, #"{"status":"succeeded","currency":"USD"}"#,
        ])
    func contradictingResult(_ body: String) throws {
        let payment = PaymentOrder.new(try .card()).payment(.approved(ApprovalDetails())).payment
        let result = try answer(200, body).read(GatewayResult.self)
        #expect(throws: ContractBreach.self) { try result.check(id: "r-1", of: payment, amount: 1_000) }
    }

    @Test(
        "An account's answer against the contract is no outcome, and the schema refuses it too",
        arguments: [
            "{}", #"{"status":"succeeded"}"#, #"{"status":"succeeded","accountId":"a"}"#,
            #"{"status":"succeeded","accountId":"","credentials":{}}"#,
            #"{"status":"succeeded","accountId":"a","credentials":{"days":2}}"#,
            #"{"status":"succeeded","accountId":"a","credentials":[]}"#,
            #"{"status":"succeeded","accountId":"a","accountName":1,"credentials":{}}"#,
            #"{"status":"succeeded","accountId":"a","credentials":{},"reasonCode":2000}"#,
            #"{"status":"failed","reasonCode":2}"#, #"{"status":"approved","accountId":"a","credentials":{}}"#,
        ])
    func malformedAccount(_ body: String) throws {
        #expect(throws: OutcomeUnknown.self) { try answer(200, body).read(GatewayAccount.self) }
        let value = try JSON(parsing: body.utf8)
        #expect(Contract.shared.faults(value, Contract.shared.schema("AccountAnswer")) != [])
    }

    // MARK: HTTP

    @Test("A 2xx carries any message", arguments: [200, 201, 202])
    func success(_ status: Int) throws {
        #expect(try answer(status, #"{"status":"approved"}"#).read(GatewayPayment.self).status == .approved)
    }

    @Test("A 4xx carries a refusal and nothing else", arguments: [400, 402, 404, 409, 422])
    func clientError(_ status: Int) throws {
        #expect(try answer(status, #"{"status":"declined"}"#).read(GatewayPayment.self).status == .declined)
        for body in [#"{"status":"approved"}"#, #"{"status":"pending"}"#, #"{"error":"bad request"}"#] {
            #expect(throws: OutcomeUnknown.self) { try answer(status, body).read(GatewayPayment.self) }
        }
    }

    @Test(
        "No other status carries an outcome",
        arguments: [199, 301, 302, 307, 401, 403, 407, 408, 425, 429, 500, 502, 503, 504])
    func noAnswer(_ status: Int) {
        for body in [#"{"status":"approved"}"#, #"{"status":"declined"}"#] {
            let error = #expect(throws: OutcomeUnknown.self) { try answer(status, body).read(GatewayPayment.self) }
            #expect(error?.reason == "the gateway answered HTTP \(status)")
        }
    }

    @Test("Only one JSON media type makes a message")
    func mediaTypes() throws {
        let body = #"{"status":"approved"}"#
        for type in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            _ = try answer(200, body, type).read(GatewayPayment.self)
        }
        for type in ["text/html", "text/json", "application/jsonp", ""] {
            #expect(throws: OutcomeUnknown.self) { try answer(200, body, type).read(GatewayPayment.self) }
        }
        for types in [[], ["application/json", "text/html"]] {
            let answer = GatewayAnswer(status: 200, contentType: types, body: Array(body.utf8))
            #expect(throws: OutcomeUnknown.self) { try answer.read(GatewayPayment.self) }
        }
    }

    @Test("Never received is what the gateway itself says with 404 and a JSON object without status")
    func notFound() {
        #expect(answer(404, "{}").isNotFound("a"))
        #expect(answer(404, #"{"id":"a","errorMessage":"no such payment"}"#).isNotFound("a"))
        #expect(!answer(404, #"{"id":"b"}"#).isNotFound("a"))
        #expect(!answer(404, #"{"status":404,"error":"Not Found"}"#).isNotFound("a"))
        #expect(!answer(404, "[]").isNotFound("a"))
        #expect(!answer(404, "{}", "text/html").isNotFound("a"))
        #expect(!answer(404, "<h1>404</h1>", "text/html").isNotFound("a"))
        #expect(!answer(410, "{}").isNotFound("a"))
    }
}
