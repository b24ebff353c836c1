// Every event example can be made from typed values; equal events are equal bytes; the linter finds breaches.

import Foundation
import Testing

@testable import WixPayments

@Suite("Events")
struct EventTests {
    private static let wixTransactionId = "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"
    private static let id = ResponseTests.id

    private static func transaction(_ outcome: TransactionOutcome) -> Event {
        .transaction(TransactionEvent(wixTransactionId: wixTransactionId, outcome: outcome))
    }

    private static func declined(_ code: DeclineCode, _ errorCode: String, _ errorMessage: String) -> Event {
        transaction(
            .declined(pluginTransactionId: id, Failure(code, errorCode: errorCode, errorMessage: errorMessage)))
    }

    private static func refund(
        _ pluginRefundId: String, _ amount: Int64, _ wixRefundId: String?, _ failure: Failure<RefundFailureCode>? = nil
    ) -> Event {
        .refund(
            RefundEvent(
                wixTransactionId: wixTransactionId, pluginRefundId: pluginRefundId, amountMinorUnits: amount,
                wixRefundId: wixRefundId, failure: failure))
    }

    private static func action(_ failure: Failure<ActionFailureCode>? = nil) -> ActionEvent {
        ActionEvent(wixTransactionId: wixTransactionId, amountMinorUnits: 4250, failure: failure)
    }

    static let examples: [(String, Event)] = [
        ("transaction.approved", transaction(.approved(pluginTransactionId: id))),
        (
            "transaction.approved-wallet",
            transaction(.approved(pluginTransactionId: id, cardDetails: CardDetails(bin: "411111", lastFour: "1111")))
        ),
        (
            "transaction.canceled",
            declined(.buyerCanceled, "BUYER_LEFT", "The buyer cancelled or abandoned the payment page")
        ),
        (
            "transaction.credentials-on-file.network-reference",
            transaction(.approved(pluginTransactionId: id, credentialsOnFile: ResponseTests.networkReference3DS))
        ),
        (
            "transaction.credentials-on-file.token",
            transaction(
                .approved(
                    pluginTransactionId: id, credentialsOnFile: .paymentMethodReference(token: "pmt_tok_8f3k2")))
        ),
        (
            "transaction.declined-3ds",
            declined(.threeDSecureFailed, "3DS_NOT_AUTHENTICATED", "The buyer did not pass authentication")
        ),
        (
            "transaction.declined-no-plugin-id",
            transaction(.declined(pluginTransactionId: nil, ResponseTests.currencyUnsupported))
        ),
        ("transaction.declined", transaction(.declined(pluginTransactionId: id, ResponseTests.limitExceeded))),
        (
            "transaction.expired",
            declined(.transactionExpired, "VOUCHER_EXPIRED", "The voucher was not paid in time")
        ),
        (
            "transaction.fraud-declined-after-pending",
            declined(.riskManagementDeclined, "RISK_REJECTED", "Declined by risk management")
        ),
        (
            "transaction.pending-fraud-review",
            transaction(.pending(pluginTransactionId: id, Failure(.fraudReview)))
        ),
        ("transaction.pending-general", transaction(.pending(pluginTransactionId: id, Failure(.general)))),
        ("refund.psp-initiated.full", refund("psp_rfd_01HZX6R4B8", 4250, nil)),
        ("refund.psp-initiated.partial", refund("psp_rfd_01HZX7S9C2", 600, nil)),
        (
            "refund.wix-initiated.failure",
            refund(
                "psp_rfd_01HZX4M7T9", 4250, "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24", ResponseTests.balanceLow)
        ),
        (
            "refund.wix-initiated.partial",
            refund("psp_rfd_01HZX5P1A3", 1250, "44b1f0c6-8d2e-4a7b-9c35-e6d7f8091a2b")
        ),
        (
            "refund.wix-initiated.success",
            refund("psp_rfd_01HZX4M7T9", 4250, "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24")
        ),
        ("capture.success", .capture(action())),
        ("capture.failure", .capture(action(ResponseTests.refused("CAPTURE_REFUSED", "captured")))),
        ("void.success", .void(action())),
        ("void.failure", .void(action(ResponseTests.refused("VOID_REFUSED", "voided")))),
    ]

    @Test("Each example is made from typed values and keeps the rules", arguments: examples)
    func example(name: String, event: Event) throws {
        try ResponseTests.expect(event.json(), "submit-event.\(name)")
        #expect(EventLinter.breaches(event).isEmpty)
        #expect(EventLinter.breaches(inJSON: try Fixtures.example("submit-event.\(name)")).isEmpty)
    }

    @Test("Every event example is made by the test above")
    func complete() throws {
        let names = try Fixtures.examples(startingWith: "submit-event.")
        #expect(names == Set(Self.examples.map(\.0) + ["response.success"]))
    }

    @Test("An event's bytes are these and no others")
    func bytes() {
        let event = Self.declined(.generalError, "A/B", "é \"quoted\" \u{1}")
        #expect(
            String(decoding: event.json(), as: UTF8.self)
                == #"{"event":{"transaction":{"errorCode":"A/B","errorMessage":"é \"quoted\" \u0001","#
                + #""pluginTransactionId":"psp_txn_01HZX3K8Q2","reasonCode":6000,"#
                + #""wixTransactionId":"c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"}}}"#)
    }

    @Test("Credentials on file decode from a gateway's answer, one kind only")
    func credentialsOnFile() throws {
        func decode(_ json: String) throws -> CredentialsOnFile {
            try JSONDecoder().decode(CredentialsOnFile.self, from: Data(json.utf8))
        }
        #expect(
            try decode(#"{"cardReference":{"networkTransactionId":"1"},"paymentMethodReference":null}"#)
                == .cardReference(networkTransactionId: "1", dsTransactionId: nil))
        #expect(try decode(#"{"paymentMethodReference":{"token":"t"}}"#) == .paymentMethodReference(token: "t"))
        for json in [
            "{}", #"{"cardReference":{}}"#, #"{"paymentMethodReference":{"token":""}}"#,
            #"{"paymentMethodReference":{"token":1}}"#,
            #"{"cardReference":{"networkTransactionId":"1"},"paymentMethodReference":{"token":"t"}}"#,
        ] { #expect(throws: DecodingError.self) { try decode(json) } }
    }

    @Test("Card details decode when they are 6 or 8 digits and 4 digits")
    func cardDetails() throws {
        func decode(_ bin: String, _ lastFour: String) throws -> CardDetails {
            try JSONDecoder().decode(
                CardDetails.self, from: Data(#"{"bin":"\#(bin)","lastFour":"\#(lastFour)"}"#.utf8))
        }
        #expect(try decode("411111", "1111").bin == "411111")
        #expect(try decode("41111111", "1111").lastFour == "1111")
        for (bin, lastFour) in [
            ("4111111", "1111"), ("411111", "111"), ("41111x", "1111"), ("", ""), ("411111", "11111"),
        ] {
            #expect(throws: DecodingError.self) { try decode(bin, lastFour) }
        }
    }
}

@Suite("The event linter")
struct EventLinterTests {
    @Test("Typed events that break a rule are found")
    func typed() {
        let approved = TransactionOutcome.approved(pluginTransactionId: "")
        #expect(!EventLinter.breaches(.transaction(TransactionEvent(wixTransactionId: "w", outcome: approved))).isEmpty)
        #expect(!EventLinter.breaches(.void(ActionEvent(wixTransactionId: "w", amountMinorUnits: -1))).isEmpty)
        #expect(!EventLinter.breaches(.void(ActionEvent(wixTransactionId: "", amountMinorUnits: 1))).isEmpty)
        let empty = TransactionOutcome.approved(
            pluginTransactionId: "p", credentialsOnFile: .paymentMethodReference(token: ""))
        #expect(!EventLinter.breaches(.transaction(TransactionEvent(wixTransactionId: "w", outcome: empty))).isEmpty)
    }

    private static let good = [
        #"{"event":{"transaction":{"wixTransactionId":"w","reasonCode":3000}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","reasonCode":5005,"errorCode":"x"}}}"#,
        #"{"event":{"refund":{"wixTransactionId":"w","pluginRefundId":"p","amount":"0"}}}"#,
    ]

    @Test("Bodies that keep the rules have no breach", arguments: good)
    func keeps(body: String) {
        #expect(EventLinter.breaches(inJSON: Array(body.utf8)).isEmpty)
    }

    private static let bad = [
        "", "[]", "{}", #"{"event":1}"#, #"{"event":{}}"#, #"{"event":{"dispute":{}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1"}},"pluginId":"x"}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1"},"pluginId":"x"}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1"},"capture":{"wixTransactionId":"w","amount":"1"}}}"#,
        #"{"event":{"void":[]}}"#, #"{"event":{"void":null}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":1}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1.0"}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"-1"}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"01"}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":""}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w"}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1","wixTransactionId":"w"}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1","errorCode":null}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1","pluginTransactionId":"p"}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1","reasonCode":3022}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1","reasonCode":"6000"}}}"#,
        #"{"event":{"void":{"wixTransactionId":"w","amount":"1","errorCode":"x"}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w"}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"","pluginTransactionId":"p"}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","reasonCode":5009}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","reasonCode":3022}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","reasonCode":1001}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","redirectUrl":"https://x"}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","cardDetails":{"bin":"4111"}}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","credentialsOnFile":{}}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","credentialsOnFile":"#
            + #"{"cardReference":{"token":"t"}}}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","pluginTransactionId":"p","credentialsOnFile":"#
            + #"{"cardReference":{"networkTransactionId":"1","dsTransactionId":""}}}}}"#,
        #"{"event":{"transaction":{"wixTransactionId":"w","reasonCode":6000,"errorMessage":"4111111111111111"}}}"#,
        #"{"event":{"refund":{"wixTransactionId":"w","amount":"1"}}}"#,
        #"{"event":{"refund":{"wixTransactionId":"w","pluginRefundId":"p","amount":"1","reasonCode":5005}}}"#,
        #"{"event":{"refund":{"wixTransactionId":"w","pluginRefundId":"p","amount":"1","reasonCode":3012}}}"#,
    ]

    @Test("Bodies that break a rule are found", arguments: bad)
    func breaks(body: String) {
        #expect(!EventLinter.breaches(inJSON: Array(body.utf8)).isEmpty)
    }

    @Test("Texts over Wix's lengths are found", arguments: [("errorCode", 50), ("errorMessage", 300)])
    func lengths(name: String, limit: Int) {
        func breaches(_ count: Int) -> [String] {
            let text = String(repeating: "x", count: count)
            let body = #"{"event":{"transaction":{"wixTransactionId":"w","reasonCode":6000,"\#(name)":"\#(text)"}}}"#
            return EventLinter.breaches(inJSON: Array(body.utf8))
        }
        #expect(breaches(limit).isEmpty)
        #expect(!breaches(limit + 1).isEmpty)
        #expect(!breaches(0).isEmpty)
    }
}
