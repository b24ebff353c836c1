// What `send` prints of a call.

import Testing

@testable import WixEmulator

@Suite("What a call came to")
struct CallResultTests {
    private let request: JSON = ["paymentMethodData": ["card": ["number": "4111111111111111", "cvv": "123"]]]

    @Test("As JSON: request, status, answer, conclusion")
    func json() {
        let json = result(#"{"pluginTransactionId":"p","reasonCode":3012}"#).json(
            request: request, url: "https://psp.example/", showSecrets: false)
        #expect(json["status"] == 200)
        #expect(json["answer"] == ["pluginTransactionId": "p", "reasonCode": 3012])
        #expect(json["conclusion"] == "declined")
        #expect(json["request"] == request.masked())
    }

    @Test("Without an answer, status and answer are null")
    func noAnswer() {
        let result = CallResult(
            answer: nil, failure: "connection refused", milliseconds: 1,
            conclusion: Conclusion(from: nil, of: .createTransaction, request: .null))
        let json = result.json(request: .null, url: "", showSecrets: false)
        #expect(json["status"] == .null)
        #expect(json["answer"] == .null)
        #expect(json["conclusion"] == "failure")
        #expect(json["error"] == "connection refused")
        #expect(result.text(showSecrets: false).contains("connection refused"))
    }

    @Test("Secrets are printed only when asked for")
    func secrets() {
        let credentials = #"{"accountId":"a","accountName":"n","credentials":{"key":"sk_1"}}"#
        let result = result(credentials, .connectAccount)
        #expect(!result.text(showSecrets: false).contains("sk_1"))
        #expect(result.text(showSecrets: true).contains("sk_1"))
        #expect(result.json(request: request, url: "", showSecrets: true)["request"] == request)
    }

    @Test("A body that is not JSON is shown as it is")
    func notJSON() {
        #expect(result("<h1>502</h1>").text(showSecrets: false).contains("<h1>502</h1>"))
    }

    @Test("A long document is laid out in lines that fit, and stays the same document")
    func pretty() throws {
        let example = try Example.json("create-transaction.request.card")
        let text = example.pretty()
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
        #expect(text.split(separator: "\n").count > 10)
        #expect(JSON(parsing: Array(text.utf8)) == example)
    }

    private func result(_ body: String, _ endpoint: Endpoint = .createTransaction) -> CallResult {
        let answer = PSPAnswer(status: 200, contentType: "application/json", body: Array(body.utf8))
        return CallResult(
            answer: answer, failure: nil, milliseconds: 12.34,
            conclusion: Conclusion(from: answer, of: endpoint, request: .null))
    }
}
