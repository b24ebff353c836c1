// What a gateway tells of its own accord: a payment that resolved, a refund begun at the PSP, an authorization that
// ended. Pure; parsed by the endpoint of `POST /v1/notifications` once the signature was verified.

public import Payments
public import WixPayments

/// A notification.
public enum GatewayNotification: Sendable, Hashable {
    /// `payment.updated`: what `GET payments/{id}` would answer now. Its meaning for a payment: `lookup(of:)`.
    case paymentUpdated(id: String, GatewayPayment)
    /// `refund.created`: a refund begun at the PSP; or, with the id of a refund of pspd's, how that one ended.
    case refundCreated(GatewayRefund)
    /// `void.created`: an authorization was voided at the PSP, or lapsed. `amount`: minor units.
    case voidCreated(paymentId: String, amount: Int64)
    /// A type that this version does not know: to be answered 200 and left alone.
    case ignored

    /// Reads a notification's body.
    public static func parse(_ body: [UInt8]) throws(ContractBreach) -> GatewayNotification {
        try GatewayNotification.read(body)
    }
}

/// A refund as a notification tells of it.
public struct GatewayRefund: Sendable, Hashable {
    /// The gateway's id of the refund, or pspd's (`pluginRefundId`) of one that pspd asked for.
    public let id: String
    /// pspd's id of the payment.
    public let paymentId: String
    /// Minor units of the payment's currency, above 0.
    public let amount: Int64
    /// The payment's currency, where the notification names it.
    public let currency: Currency?
    /// How it ended; nil while the gateway works on it. Without a `status` it succeeded.
    public let outcome: RefundOutcome?
}

extension GatewayNotification: Decodable {
    private enum CodingKeys: String, CodingKey {
        case type, data
    }
    private enum DataKeys: String, CodingKey {
        case id, paymentId, amount
    }

    /// Throws `DecodingError` naming the member that breaks the contract.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        switch try members.decode(String.self, forKey: .type) {
        case "payment.updated":
            let data = try members.nestedContainer(keyedBy: DataKeys.self, forKey: .data)
            self = .paymentUpdated(
                id: try data.id(forKey: .id), try members.decode(GatewayPayment.self, forKey: .data))
        case "refund.created":
            self = .refundCreated(try members.decode(GatewayRefund.self, forKey: .data))
        case "void.created":
            let data = try members.nestedContainer(keyedBy: DataKeys.self, forKey: .data)
            self = .voidCreated(
                paymentId: try data.id(forKey: .paymentId), amount: try data.amount(forKey: .amount))
        default: self = .ignored
        }
    }
}

extension GatewayRefund: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, paymentId, amount, currency, status
    }

    /// Throws `DecodingError` naming the member that breaks the contract.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.id(forKey: .id)
        paymentId = try members.id(forKey: .paymentId)
        amount = try members.amount(forKey: .amount)
        guard amount > 0 else { throw members.notAllowed(.amount) }
        currency = try members.currencyIfPresent(forKey: .currency)
        let failure = try GatewayFailure(from: decoder)
        switch try members.decodeIfPresent(GatewayResult.Status.self, forKey: .status) ?? .succeeded {
        case .succeeded:
            try failure.refuseCode(in: decoder)
            outcome = .succeeded
        case .failed: outcome = .failed(failure.refusal())
        case .pending: outcome = nil
        }
    }
}
