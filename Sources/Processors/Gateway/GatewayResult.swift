// What a gateway says of a capture, a void, a refund or a merchant's account.

import Payments
import WixPayments

/// The answer to captures, voids and refunds, and to look-ups and cancels of refunds.
struct GatewayResult: Sendable, Hashable, Decodable {
    enum Status: String, Sendable, Hashable, CaseIterable, Decodable {
        case succeeded, failed, pending
    }

    /// pspd's id of the refund, or for captures and voids of the payment, where the answer names it.
    let id: String?
    /// pspd's id of the payment that a refund belongs to, where the answer names it.
    let paymentId: String?
    let status: Status
    let amount: Int64?
    let currency: Currency?
    let failure: GatewayFailure

    private enum CodingKeys: String, CodingKey {
        case id, paymentId, status, amount, currency
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.idIfPresent(forKey: .id)
        paymentId = try members.idIfPresent(forKey: .paymentId)
        status = try members.decode(Status.self, forKey: .status)
        amount = try members.amountIfPresent(forKey: .amount)
        currency = try members.currencyIfPresent(forKey: .currency)
        failure = try GatewayFailure(from: decoder)
        if status == .succeeded { try failure.refuseCode(in: decoder) }
    }

    /// Refuses an answer about something else than was asked; `amount` nil: not known here.
    func check(id: String, of payment: Payment, amount: Int64?) throws(ContractBreach) {
        if let named = self.id, named != id { throw .field("id", .value) }
        if let paymentId, paymentId != payment.pluginTransactionId { throw .field("paymentId", .value) }
        if let named = self.amount, let amount, named != amount { throw .field("amount", .value) }
        if let currency, currency != payment.amount?.currency { throw .field("currency", .value) }
    }
}

/// The answer to `POST accounts`.
enum GatewayAccount: Sendable, Hashable, Decodable {
    case succeeded(accountId: String, accountName: String?, credentials: Secret<[String: String]>)
    case failed(GatewayFailure)

    private enum Status: String, Decodable {
        case succeeded, failed
    }
    private enum CodingKeys: String, CodingKey {
        case status, accountId, accountName, credentials
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let failure = try GatewayFailure(from: decoder)
        guard try members.decode(Status.self, forKey: .status) == .succeeded else {
            self = .failed(failure)
            return
        }
        try failure.refuseCode(in: decoder)
        let name = try members.decodeIfPresent(String.self, forKey: .accountName)
        if let name, name.utf8.count > Limits.textBytesMax { throw members.notAllowed(.accountName) }
        // What breaks these limits would come back with every payment and be refused there.
        let credentials = try members.decode([String: String].self, forKey: .credentials)
        guard credentials.count <= Limits.credentialsEntriesMax,
            credentials.allSatisfy({
                $0.key.utf8.count <= Limits.credentialKeyBytesMax
                    && $0.value.utf8.count <= Limits.credentialValueBytesMax
            })
        else { throw members.notAllowed(.credentials) }
        self = .succeeded(
            accountId: try members.id(forKey: .accountId), accountName: name, credentials: Secret(credentials))
    }
}
