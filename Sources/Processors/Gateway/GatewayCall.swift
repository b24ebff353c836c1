// The calls of the gateway contract as values: which path, which key, which body. Pure, so that tests can hold them
// against deploy/gateway.openapi.yaml without a gateway.

import Foundation
import Payments
import WixPayments

/// One call to the gateway.
struct GatewayCall: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    let method: Method
    /// Below the base URL, as `payments/4f1c/cancel`.
    let path: String
    /// Two calls with one key are one effect (design rule 4). A gateway may answer a repeated key with the stored
    /// answer; so a call that asks for the state of now has a key of its own each time.
    let idempotencyKey: String
    /// JSON with credentials and card data.
    let body: Secret<[UInt8]>?
}

extension GatewayCall {
    /// `POST accounts`. Runs each time, so each time under a new key.
    static func connect(_ request: ConnectAccountRequest) -> GatewayCall {
        .post(
            "accounts", key: newKey(),
            encoded(
                AccountMembers(
                    wixMerchantId: request.wixMerchantId, mode: request.mode.rawValue, country: request.country,
                    currency: request.currency?.code, credentials: request.credentials.reveal())))
    }

    /// `POST payments`, under the payment's id.
    static func pay(_ order: PaymentOrder) -> GatewayCall {
        let request = order.request
        var body = encoded(
            PaymentMembers(
                id: order.pluginTransactionId, wixTransactionId: request.wixTransactionId,
                wixMerchantId: request.wixMerchantId, mode: request.mode.rawValue,
                amount: request.amount.minorUnits, currency: request.amount.currency.code,
                capture: !request.authorizeOnly, credentials: request.merchantCredentials.reveal()))
        body.removeLast()
        let sent = request.asSent.reveal()
        for name in membersAsSent {
            guard let json = sent.json(of: name) else { continue }
            body += Array(",\"\(name)\":".utf8) + json
        }
        body.append(UInt8(ascii: "}"))
        return .post("payments", key: order.pluginTransactionId, body)
    }

    /// `GET payments/{id}`.
    static func lookup(payment id: String) -> GatewayCall { .get(path("payments", id), key: newKey()) }

    /// `POST payments/{id}/cancel`.
    static func cancel(payment id: String) -> GatewayCall {
        .post(path("payments", id, "cancel"), key: newKey(), nil)
    }

    /// `POST payments/{id}/capture` and `/void`, under the attempt's key.
    static func act(_ order: ActionOrder, in currency: Currency) -> GatewayCall {
        .post(
            path("payments", order.payment.payment.pluginTransactionId, order.action.rawValue), key: order.key,
            encoded(
                ActionMembers(
                    amount: order.amount, currency: currency.code, credentials: order.merchantCredentials.reveal())))
    }

    /// `POST payments/{id}/refunds`, under the refund's id.
    static func refund(_ order: RefundOrder, in currency: Currency) -> GatewayCall {
        .post(
            path("payments", order.payment.payment.pluginTransactionId, "refunds"), key: order.pluginRefundId,
            encoded(
                RefundMembers(
                    id: order.pluginRefundId, amount: order.amount, currency: currency.code, reason: order.reason,
                    credentials: order.merchantCredentials.reveal())))
    }

    /// `GET payments/{id}/refunds/{refundId}`.
    static func lookup(refund id: String, of payment: String) -> GatewayCall {
        .get(path("payments", payment, "refunds", id), key: newKey())
    }

    /// `POST payments/{id}/refunds/{refundId}/cancel`.
    static func cancel(refund id: String, of payment: String) -> GatewayCall {
        .post(path("payments", payment, "refunds", id, "cancel"), key: newKey(), nil)
    }

    // MARK: Parts

    /// What the gateway gets exactly as Wix sent it.
    private static let membersAsSent: [StaticString] = [
        "order", "paymentMethod", "paymentMethodData", "installments", "fraudInformation", "setupCredentialsOnFile",
        "offSession", "moto", "scaRequested",
    ]

    private static func get(_ path: String, key: String) -> GatewayCall {
        GatewayCall(method: .get, path: path, idempotencyKey: key, body: nil)
    }

    private static func post(_ path: String, key: String, _ body: [UInt8]?) -> GatewayCall {
        GatewayCall(method: .post, path: path, idempotencyKey: key, body: body.map { Secret($0) })
    }

    private static func newKey() -> String { UUID().uuidString.lowercased() }

    /// Joins segments; whatever is in an id, it stays one segment.
    private static func path(_ segments: String...) -> String {
        segments.map { $0.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "" }.joined(separator: "/")
    }

    /// RFC 3986 §2.3, without the dot that could make a segment mean its parent.
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")

    private static func encoded(_ members: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(members) else {
            preconditionFailure("strings, integers and booleans always encode")
        }
        return [UInt8](json)
    }
}

private struct AccountMembers: Encodable {
    var wixMerchantId: String
    var mode: String
    var country: String?
    var currency: String?
    var credentials: [String: String]
}

private struct PaymentMembers: Encodable {
    var id: String
    var wixTransactionId: String
    var wixMerchantId: String
    var mode: String
    var amount: Int64
    var currency: String
    var capture: Bool
    var credentials: [String: String]
}

private struct ActionMembers: Encodable {
    var amount: Int64
    var currency: String
    var credentials: [String: String]
}

private struct RefundMembers: Encodable {
    var id: String
    var amount: Int64
    var currency: String
    var reason: String?
    var credentials: [String: String]
}
