// Nothing secret is printed, whichever way it is tried (design rule 13).

import Foundation
import Testing

@testable import WixPayments

@Suite("Secrets")
struct SecretTests {
    @Test("A secret prints as dots and gives its value by reveal alone")
    func printing() {
        let secret = Secret("hunter2")
        #expect("\(secret)" == "•••")
        #expect(String(reflecting: secret) == "•••")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(secret.reveal() == "hunter2")
    }

    @Test("A secret decodes as if it stood there unwrapped")
    func decoding() throws {
        let secrets = try JSONDecoder().decode([Secret<String>].self, from: Data(#"["a"]"#.utf8))
        #expect(secrets == [Secret("a")])
    }

    private static let requests = [
        "apple-pay.inferred", "card", "google-pay.cryptogram-3ds", "recurring-charge.network-reference",
        "recurring-charge.token",
    ]

    @Test("No way of printing a create request shows card, credentials or buyer", arguments: requests)
    func request(name: String) throws {
        let request = try CreateTransactionRequest.parse(try Fixtures.example("create-transaction.request.\(name)"))
        for text in Self.printed(request) { Self.expectClean(text) }
        for text in Self.printed(request.order) + Self.printed(try #require(request.paymentMethodData)) {
            Self.expectClean(text)
        }
        for text in Self.printed(request.asSent) + Self.printed(request.merchantCredentials) { Self.expectClean(text) }
    }

    @Test("No way of printing the other requests shows credentials")
    func otherRequests() throws {
        let texts =
            Self.printed(try ConnectAccountRequest.parse(try Fixtures.example("connect-account.request")))
            + Self.printed(try RefundTransactionRequest.parse(try Fixtures.example("refund-transaction.request.full")))
            + Self.printed(try CaptureTransactionRequest.parse(try Fixtures.example("capture-transaction.request")))
            + Self.printed(try VoidTransactionRequest.parse(try Fixtures.example("void-transaction.request")))
        for text in texts { Self.expectClean(text) }
    }

    @Test("No way of printing an answer or event shows stored credentials or card ends")
    func outcome() throws {
        let details = try #require(CardDetails(bin: "411111", lastFour: "1111"))
        let approved = TransactionOutcome.approved(
            pluginTransactionId: "p", credentialsOnFile: .paymentMethodReference(token: "pmt_tok_8f3k2"),
            cardDetails: details)
        let answer = ConnectAccountResponse.connected(
            accountId: "a", accountName: nil, credentials: Secret(["merchant_key": "mk_live_7Qd2"]))
        let event = Event.transaction(TransactionEvent(wixTransactionId: "w", outcome: approved))
        for text in Self.printed(approved) + Self.printed(answer) + Self.printed(event) { Self.expectClean(text) }
    }

    private static func printed(_ value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), dumped]
    }

    private static func expectClean(_ text: String) {
        let secrets = [
            "4111", "4761", "1111", "123,", "Ada", "Moreau", "mk_live", "ms_live", "AgAAAA", "pmt_tok",
            "831200119955661",
            "203.0.113", "example.org\"", "ada.moreau", "5a1f7c1e",
        ]
        for secret in secrets { #expect(!text.contains(secret), "\(secret) in \(text)") }
    }
}
