// The payment of the example files, in every state, and short ways to write outcomes.
// For the tests of this folder.

import Payments
import WixPayments

extension Payment {
    static let sampleID = "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"
    static let samplePluginID = "psp_txn_01HZX3K8Q2"

    /// 42.50 EUR unless told otherwise.
    static func sample(
        in state: PaymentState = .claimed, of minorUnits: Int64 = 4250, details: ApprovalDetails = .none,
        refunded: Int64 = 0, refunding: Int64 = 0
    ) -> Payment {
        Payment(
            wixTransactionId: sampleID, pluginTransactionId: samplePluginID,
            wixMerchantId: "merchant", mode: .live, amount: Money(minorUnits: minorUnits, currency: Currency("EUR")!),
            authorizeOnly: true, state: state, details: details, refunded: refunded, refunding: refunding)
    }
}

extension PaymentState {
    /// One of each, as far along as an amount of 4250 goes.
    static let samples: [PaymentState] = [
        .claimed, .redirected(to: .sample), .pending(Failure(.fraudReview)), .authorized, .approved,
        .declined(Failure(.cardExpired)), .canceled(Failure(.buyerCanceled)), .expired(Failure(.buyerCanceled)),
        .capturing(amount: 4250), .captured(amount: 4250), .voiding, .voided,
    ]

    /// The state's word in design rule 9.
    var word: String {
        switch self {
        case .claimed: "claimed"
        case .redirected: "redirected"
        case .pending: "pending"
        case .authorized: "authorized"
        case .approved: "approved"
        case .declined: "declined"
        case .canceled: "canceled"
        case .expired: "expired"
        case .capturing: "capturing"
        case .captured: "captured"
        case .voiding: "voiding"
        case .voided: "voided"
        }
    }
}

extension ApprovalDetails {
    static let none = ApprovalDetails()
    static let wallet = ApprovalDetails(cardDetails: CardDetails(bin: "411111", lastFour: "1111"))
    static let token = ApprovalDetails(credentialsOnFile: .paymentMethodReference(token: "pmt_tok_8f3k2"))
    static let network = ApprovalDetails(
        credentialsOnFile: .cardReference(networkTransactionId: "831200119955661", dsTransactionId: nil))
    static let networkWith3DS = ApprovalDetails(
        credentialsOnFile: .cardReference(
            networkTransactionId: "831200119955661", dsTransactionId: "5a1f7c1e-33d4-4a8e-9a61-0f8f6c2f7b9d"))
}

extension RedirectURL {
    static let sample = RedirectURL("https://pay.psp.example.com/hosted/psp_txn_01HZX3K8Q2")!
    static let other = RedirectURL("https://pay.psp.example.com/hosted/another")!
}

extension Failure {
    static func code(_ number: Int, _ errorCode: String? = nil, _ errorMessage: String? = nil) -> Failure {
        Failure(Code(rawValue: number)!, errorCode: errorCode, errorMessage: errorMessage)
    }

    static var buyerLeft: Failure {
        .code(3030, "BUYER_LEFT", "The buyer cancelled or abandoned the payment page")
    }
}

/// The ids of the example files' refunds; any other Wix id gets a plugin id of its own.
enum RefundID {
    static let first = "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24"
    static let second = "44b1f0c6-8d2e-4a7b-9c35-e6d7f8091a2b"
    static let third = "0d5e2b7a-6c19-4f83-b2a4-91c7e0f35d68"
    static let pspFull = "psp_rfd_01HZX6R4B8"
    static let pspPartial = "psp_rfd_01HZX7S9C2"

    static func plugin(_ wixRefundId: String) -> String {
        switch wixRefundId {
        case first: "psp_rfd_01HZX4M7T9"
        case second: "psp_rfd_01HZX5P1A3"
        default: "psp_rfd_\(wixRefundId)"
        }
    }
}
