// Every answer example can be made from typed values.

import Foundation
import Testing

@testable import WixPayments

@Suite("Answers")
struct ResponseTests {
    static let id = "psp_txn_01HZX3K8Q2"

    static let creates: [(String, CreateTransactionResponse)] = [
        ("approved", .outcome(.approved(pluginTransactionId: id))),
        (
            "approved-wallet",
            .outcome(.approved(pluginTransactionId: id, cardDetails: CardDetails(bin: "411111", lastFour: "1111")))
        ),
        ("declined", .outcome(.declined(pluginTransactionId: id, limitExceeded))),
        ("declined-no-plugin-id", .outcome(.declined(pluginTransactionId: nil, currencyUnsupported))),
        (
            "failure-fallback-6000",
            .outcome(
                .declined(
                    pluginTransactionId: id,
                    Failure(.generalError, errorCode: "PSP-771", errorMessage: "Unmapped processor answer 771")))
        ),
        (
            "failure-technical",
            .outcome(
                .declined(
                    pluginTransactionId: nil,
                    Failure(
                        .providerTechnicalError, errorCode: "ACQUIRER_DOWN",
                        errorMessage: "The acquirer did not answer")))
        ),
        ("pending-fraud-review", .outcome(.pending(pluginTransactionId: id, Failure(.fraudReview)))),
        ("pending-general", .outcome(.pending(pluginTransactionId: id, Failure(.general)))),
        (
            "recurring-setup.network-reference-3ds",
            .outcome(.approved(pluginTransactionId: id, credentialsOnFile: networkReference3DS))
        ),
        (
            "recurring-setup.network-reference",
            .outcome(
                .approved(
                    pluginTransactionId: id,
                    credentialsOnFile: .cardReference(
                        networkTransactionId: "831200119955661", dsTransactionId: nil)))
        ),
        (
            "recurring-setup.token",
            .outcome(
                .approved(
                    pluginTransactionId: id, credentialsOnFile: .paymentMethodReference(token: "pmt_tok_8f3k2")))
        ),
        (
            "redirect",
            .redirect(
                pluginTransactionId: id,
                RedirectURL("https://pay.psp.example.com/hosted/psp_txn_01HZX3K8Q2")!)
        ),
    ]

    static let limitExceeded = Failure(
        DeclineCode.cardLimitExceeded, errorCode: "LIMIT_EXCEEDED",
        errorMessage: "The card limit does not cover this payment")
    static let currencyUnsupported = Failure(
        DeclineCode.currencyIsNotSupported, errorCode: "CURRENCY_UNSUPPORTED",
        errorMessage: "EUR is not enabled for this merchant")
    static let balanceLow = Failure(
        RefundFailureCode.insufficientFundsForRefund, errorCode: "MERCHANT_BALANCE_LOW",
        errorMessage: "The merchant balance does not cover this refund")
    static let networkReference3DS = CredentialsOnFile.cardReference(
        networkTransactionId: "831200119955661", dsTransactionId: "5a1f7c1e-33d4-4a8e-9a61-0f8f6c2f7b9d")

    static func refused(_ errorCode: String, _ verb: String) -> Failure<ActionFailureCode> {
        Failure(
            .generalError, errorCode: errorCode, errorMessage: "The authorization can no longer be \(verb)")
    }

    @Test("Create Transaction", arguments: creates)
    func create(name: String, response: CreateTransactionResponse) throws {
        try Self.expect(response.json(), "create-transaction.response.\(name)")
    }

    @Test(
        "Refund Transaction",
        arguments: [
            ("success", .succeeded(pluginRefundId: "psp_rfd_01HZX4M7T9")),
            ("failure", .failed(pluginRefundId: "psp_rfd_01HZX4M7T9", balanceLow)),
            (
                "failure-unknown-transaction",
                .failed(
                    pluginRefundId: nil,
                    Failure(
                        .generalError, errorCode: "TRANSACTION_NOT_FOUND",
                        errorMessage: "No payment with this identifier"))
            ),
        ] as [(String, RefundTransactionResponse)])
    func refund(name: String, response: RefundTransactionResponse) throws {
        try Self.expect(response.json(), "refund-transaction.response.\(name)")
    }

    @Test(
        "Capture and Void Transaction",
        arguments: [
            ("capture-transaction.response.success.inferred", .succeeded),
            ("capture-transaction.response.failure-fallback-6000", .failed(refused("CAPTURE_REFUSED", "captured"))),
            ("void-transaction.response.success.inferred", .succeeded),
            ("void-transaction.response.failure-fallback-6000", .failed(refused("VOID_REFUSED", "voided"))),
        ] as [(String, ActionResponse)])
    func action(name: String, response: ActionResponse) throws {
        try Self.expect(response.json(), name)
    }

    private static let credentials = ["merchant_key": "mk_live_7Qd2", "merchant_secret": "ms_live_c91f0e"]
    private static let enriched = credentials.merging(
        ["psp_account_id": "acct_40312", "settlement_delay_days": "2", "statement_descriptor_enabled": "true"]
    ) { $1 }

    @Test(
        "Connect Account",
        arguments: [
            (
                "success",
                .connected(
                    accountId: "acct_40312", accountName: "ada@moreau.example.org", credentials: Secret(credentials))
            ),
            (
                "success-enriched",
                .connected(
                    accountId: "acct_40312", accountName: "ada@moreau.example.org", credentials: Secret(enriched))
            ),
            (
                "failure-credentials",
                .failed(
                    Failure(
                        .merchantAccountInvalid, errorCode: "BAD_API_KEY",
                        errorMessage: "The merchant key or secret was not recognised"))
            ),
            (
                "failure-currency",
                .failed(
                    Failure(
                        .merchantAccountDoesNotMatchCurrency, errorCode: "CURRENCY_NOT_ENABLED",
                        errorMessage: "EUR is not enabled for this account"))
            ),
            (
                "failure-inactive",
                .failed(
                    Failure(
                        .merchantAccountIsNotActive, errorCode: "KYC_PENDING",
                        errorMessage: "The account has not finished verification"))
            ),
        ] as [(String, ConnectAccountResponse)])
    func connect(name: String, response: ConnectAccountResponse) throws {
        try Self.expect(response.json(), "connect-account.response.\(name)")
    }

    @Test("Every answer example is made by a test above")
    func complete() throws {
        #expect(try Fixtures.examples(startingWith: "create-transaction.response.") == Set(Self.creates.map(\.0)))
    }

    static func expect(_ json: [UInt8], _ example: String) throws {
        let expected = try Fixtures.canonical(try Fixtures.example(example))
        #expect(try Fixtures.canonical(json) == expected)
    }

    /// What JSONEncoder is told by `WireText`'s promise.
    private struct Members: Encodable {
        var accountName: String
        var errorMessage: String
        var reasonCode: Int
    }

    static let texts = [
        "", "\"", "\\", "/", "\u{8}\u{9}\u{A}\u{C}\u{D}", "\u{0}\u{1}\u{F}\u{10}\u{1F}\u{7F}", "ä€😀",
        "\u{2028}\u{2029}",
        "e\u{301}", "</script>", String(repeating: "x\"", count: 1_000),
    ]

    @Test("Texts are written byte for byte as JSONEncoder writes them", arguments: texts)
    func sameBytes(_ text: String) throws {
        var members = WireMembers()
        members.accountName = text
        members.errorMessage = "before\(text)after"
        members.reasonCode = -6_000
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let expected = try encoder.encode(
            Members(accountName: text, errorMessage: "before\(text)after", reasonCode: -6_000))
        #expect(members.json() == [UInt8](expected))
    }
}
