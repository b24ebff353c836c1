// spec §4's decision table, and its counterparts for the other endpoints.

import Testing

@testable import WixEmulator

@Suite("What Wix concludes from an answer")
struct ConclusionTests {
    @Test(
        "Each example answer means what its name says",
        arguments: [
            ("create-transaction.response.approved", Endpoint.createTransaction, Conclusion.Outcome.approved, nil),
            ("create-transaction.response.approved-wallet", .createTransaction, .approved, nil),
            ("create-transaction.response.recurring-setup.token", .createTransaction, .approved, nil),
            ("create-transaction.response.redirect", .createTransaction, .redirect, nil),
            ("create-transaction.response.pending-general", .createTransaction, .pending, 5009),
            ("create-transaction.response.pending-fraud-review", .createTransaction, .pending, 5005),
            ("create-transaction.response.declined", .createTransaction, .declined, 3019),
            ("create-transaction.response.declined-no-plugin-id", .createTransaction, .declined, 3003),
            ("create-transaction.response.failure-technical", .createTransaction, .declined, 1003),
            ("create-transaction.response.failure-fallback-6000", .createTransaction, .declined, 6000),
            ("connect-account.response.success", .connectAccount, .connected, nil),
            ("connect-account.response.success-enriched", .connectAccount, .connected, nil),
            ("connect-account.response.failure-currency", .connectAccount, .refused, 2009),
            ("refund-transaction.response.success", .refundTransaction, .refunded, nil),
            ("refund-transaction.response.failure", .refundTransaction, .refundFailed, 3025),
            ("refund-transaction.response.failure-unknown-transaction", .refundTransaction, .refundFailed, 6000),
            ("capture-transaction.response.success.inferred", .captureTransaction, .captured, nil),
            ("capture-transaction.response.failure-fallback-6000", .captureTransaction, .captureFailed, 6000),
            ("void-transaction.response.success.inferred", .voidTransaction, .voided, nil),
            ("void-transaction.response.failure-fallback-6000", .voidTransaction, .voidFailed, 6000),
        ] as [(String, Endpoint, Conclusion.Outcome, Int?)])
    func examples(name: String, endpoint: Endpoint, outcome: Conclusion.Outcome, code: Int?) throws {
        let request: JSON = ["credentials": ["merchant_key": "mk", "merchant_secret": "ms"]]
        let conclusion = Conclusion(from: answer(try Example.bytes(name)), of: endpoint, request: request)
        #expect(conclusion.outcome == outcome)
        #expect(conclusion.reasonCode == code)
        #expect(conclusion.problems == [])
    }

    @Test("An approval of a call to authorize only is an authorization")
    func authorizeOnly() throws {
        let body = try Example.bytes("create-transaction.response.approved")
        let conclusion = Conclusion(from: answer(body), of: .createTransaction, request: ["authorizeOnly": true])
        #expect(conclusion.outcome == .authorized)
    }

    @Test(
        "Anything but 200 with a JSON object is a failure",
        arguments: [
            nil, PSPAnswer(status: 500, contentType: "application/json", body: Array("{}".utf8)),
            PSPAnswer(status: 201, contentType: "application/json", body: Array(#"{"pluginTransactionId":"p"}"#.utf8)),
            PSPAnswer(status: 200, contentType: "application/json", body: []),
            PSPAnswer(status: 200, contentType: "application/json", body: Array("[]".utf8)),
            PSPAnswer(status: 200, contentType: "text/html", body: Array("<p>".utf8)),
        ] as [PSPAnswer?])
    func failures(answer: PSPAnswer?) {
        for endpoint in Endpoint.allCases {
            #expect(Conclusion(from: answer, of: endpoint, request: .null).outcome == .failure)
        }
    }

    @Test(
        "Breaches that leave the outcome alone are named",
        arguments: [
            (#"{"reasonCode":3005,"pluginTransactionId":"p"}"#, Conclusion.Outcome.declined, "reasonCode"),
            (#"{"reasonCode":3022}"#, .declined, "reasonCode"),
            (#"{"reasonCode":"3012"}"#, .failure, "reasonCode"),
            (#"{}"#, .approved, "pluginTransactionId"),
            (#"{"reasonCode":5009}"#, .pending, "pluginTransactionId"),
            (#"{"pluginTransactionId":7}"#, .approved, "pluginTransactionId"),
            (
                #"{"reasonCode":5009,"redirectUrl":"https://a.example/","pluginTransactionId":"p"}"#, .pending,
                "redirectUrl"
            ),
            (#"{"reasonCode":3000,"redirectUrl":"https://a.example/"}"#, .declined, "redirectUrl"),
            (#"{"reasonCode":3000,"errorCode":"\#(String(repeating: "x", count: 51))"}"#, .declined, "errorCode"),
            (
                #"{"reasonCode":3000,"errorMessage":"\#(String(repeating: "x", count: 301))"}"#, .declined,
                "errorMessage"
            ),
            (#"{"reasonCode":3000,"errorMessage":7}"#, .declined, "errorMessage"),
        ] as [(String, Conclusion.Outcome, String)])
    func breaches(body: String, outcome: Conclusion.Outcome, field: String) {
        let conclusion = Conclusion(from: answer(Array(body.utf8)), of: .createTransaction, request: .null)
        #expect(conclusion.outcome == outcome)
        #expect(conclusion.problems.map(\.field) == [field])
    }

    @Test("A credential that the PSP removed or did not keep a string is named")
    func credentials() {
        let body = #"{"accountId":"a","accountName":"n","credentials":{"extra":20}}"#
        let conclusion = Conclusion(
            from: answer(Array(body.utf8)), of: .connectAccount, request: ["credentials": ["key": "k"]])
        #expect(conclusion.outcome == .connected)
        #expect(conclusion.problems.map(\.field) == ["credentials.extra", "credentials.key"])
    }

    @Test("A content type without JSON is named")
    func contentType() {
        let answer = PSPAnswer(status: 200, contentType: "text/plain", body: Array("{}".utf8))
        let conclusion = Conclusion(from: answer, of: .voidTransaction, request: .null)
        #expect(conclusion.outcome == .voided)
        #expect(conclusion.problems.map(\.field) == ["Content-Type"])
    }

    private func answer(_ body: [UInt8]) -> PSPAnswer {
        PSPAnswer(status: 200, contentType: "application/json; charset=utf-8", body: body)
    }
}
