// What a gateway says of a payment: in the answers of `POST payments`, `GET payments/{id}` and `…/cancel`, and in the
// notification `payment.updated`. Reading it checks the message; `lookup(of:)` checks it against the payment.

public import Payments
public import WixPayments

/// The state of a payment at the gateway.
public struct GatewayPayment: Sendable, Hashable {
    /// The contract's words.
    public enum Status: String, Sendable, Hashable, CaseIterable, Decodable {
        /// Charged.
        case approved
        /// Reserved.
        case authorized
        /// Taken, outcome open.
        case pending
        /// Refused for good.
        case declined
        /// The buyer continues on a page of the gateway.
        case redirect
        /// An authorization was captured.
        case captured
        /// An authorization was voided, or lapsed.
        case voided
        /// Ended before any money moved; it never will.
        case canceled
    }

    /// pspd's id of the payment, where the message names it.
    public let id: String?
    /// The state.
    public let status: Status
    let amount: Int64?
    let currency: Currency?
    let redirectURL: RedirectURL?
    let details: ApprovalDetails
    let failure: GatewayFailure
}

extension GatewayPayment: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, status, amount, currency, redirectUrl, credentialsOnFile, cardDetails
    }

    /// Throws `DecodingError` naming the member that breaks the contract.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.idIfPresent(forKey: .id)
        status = try members.decode(Status.self, forKey: .status)
        amount = try members.amountIfPresent(forKey: .amount)
        currency = try members.currencyIfPresent(forKey: .currency)
        details = ApprovalDetails(
            credentialsOnFile: try members.decodeIfPresent(CredentialsOnFile.self, forKey: .credentialsOnFile),
            cardDetails: try members.decodeIfPresent(CardDetails.self, forKey: .cardDetails))
        failure = try GatewayFailure(from: decoder)
        let url = try members.decodeIfPresent(String.self, forKey: .redirectUrl)
        switch status {
        case .redirect:
            guard let url else { throw members.missing(.redirectUrl) }
            guard let page = RedirectURL(url) else { throw members.notAllowed(.redirectUrl) }
            redirectURL = page
            try failure.refuseCode(in: decoder)
        case .approved, .authorized, .captured:
            redirectURL = nil
            try failure.refuseCode(in: decoder)
        case .pending, .declined, .voided, .canceled:
            redirectURL = nil
        }
    }
}

extension GatewayPayment {
    /// What pspd knows of the payment that a message is about.
    struct Subject: Sendable {
        var id: String
        var amount: Money?
        var authorizeOnly: Bool
        /// Wix has not been told how it ended.
        var isOpen: Bool

        init(_ order: PaymentOrder) {
            id = order.pluginTransactionId
            amount = order.request.amount
            authorizeOnly = order.request.authorizeOnly
            isOpen = true
        }

        init(_ payment: Payment) {
            id = payment.pluginTransactionId
            amount = payment.amount
            authorizeOnly = payment.authorizeOnly
            isOpen = payment.state.standing == .open
        }
    }

    /// What the message means for `payment`; throws when it is about another id, amount or currency, or when it says
    /// that a payment to be charged was only authorized.
    public func lookup(of payment: Payment) throws(ContractBreach) -> PaymentLookup {
        try lookup(of: Subject(payment))
    }

    func lookup(of subject: Subject) throws(ContractBreach) -> PaymentLookup {
        if let id, id != subject.id { throw .field("id", .value) }
        if let amount, amount != subject.amount?.minorUnits { throw .field("amount", .value) }
        if let currency, currency != subject.amount?.currency { throw .field("currency", .value) }
        switch status {
        case .approved: return found(.approved(details), captured: subject.authorizeOnly)
        // Whatever Wix asked for, the money is taken.
        case .captured: return found(.captured(details), captured: true)
        case .authorized:
            // Wix would be told that it is paid, and nobody would ever capture it.
            guard subject.authorizeOnly else { throw .field("status", .value) }
            return found(.authorized(details))
        case .voided:
            // An authorization that Wix never heard of ends as one refusal instead of an approval and a void.
            guard !subject.isOpen, subject.authorizeOnly else { return found(.declined(failure.refusal())) }
            return found(.authorized(details), voided: true)
        case .pending: return found(.pending(failure.waiting()))
        case .declined: return found(.declined(failure.refusal()))
        case .canceled: return found(.declined(failure.failure(as: .buyerCanceled)))
        case .redirect:
            guard let redirectURL else { throw .field("redirectUrl", .missing) }
            return found(.redirect(to: redirectURL))
        }
    }

    private func found(_ outcome: PaymentOutcome, captured: Bool = false, voided: Bool = false) -> PaymentLookup {
        .found(PaymentReport(outcome), captured: captured, voided: voided)
    }

    /// The same as a report, for answers to calls.
    func report(on subject: Subject) throws(ContractBreach) -> PaymentReport {
        switch try lookup(of: subject) {
        case .found(let report, _, _): report
        case .notFound: throw .field("status", .value)
        }
    }
}
