// What the checks have in hand: orders of their own, the contract's calls, and answers read as pspd reads them.

import Foundation
import Payments
import WixPayments

struct GatewayProbe: Sendable {
    /// Minor units of every payment.
    static let amount: Int64 = 4_250
    /// How long a payment may take to show up in look-ups, in seconds.
    static let slowSecondsMax = 3.0
    /// Between two look-ups meanwhile, in seconds.
    static let lookupPauseSeconds = 0.1

    let plan: GatewayCheckPlan
    let client: GatewayClient
    /// The same with a token that the gateway never gave out.
    let stranger: GatewayClient

    static func newID() -> String { UUID().uuidString.lowercased().replacing("-", with: "") }

    // MARK: Orders

    /// A payment with a card, as Wix would send it; skips the check when the plan has no such card.
    func order(
        _ card: KeyPath<GatewayCheckPlan, String>, authorizeOnly: Bool = false, id: String = newID()
    ) throws -> PaymentOrder {
        let number = plan[keyPath: card]
        guard !number.isEmpty else { throw CheckEnd.skipped("no test card was given for it") }
        let request: [String: Any] = [
            "wixTransactionId": UUID().uuidString.lowercased(), "wixMerchantId": plan.wixMerchantId,
            "merchantCredentials": plan.credentials.reveal(), "mode": "sandbox", "authorizeOnly": authorizeOnly,
            "paymentMethod": "creditCard",
            "paymentMethodData": [
                "card": [
                    "number": number, "year": Self.expiryYear, "month": 12, "cvv": "123", "holderName": "Ada Moreau",
                ]
            ],
            "order": [
                "id": UUID().uuidString.lowercased(),
                "description": ["totalAmount": Self.amount, "currency": plan.currency],
                "returnUrls": [
                    "successUrl": "https://shop.example.org/success", "errorUrl": "https://shop.example.org/error",
                    "cancelUrl": "https://shop.example.org/cancel", "pendingUrl": "https://shop.example.org/pending",
                ],
            ],
        ]
        let json = try JSONSerialization.data(withJSONObject: request)
        do throws(RequestError) {
            return PaymentOrder(pluginTransactionId: id, request: try .parse([UInt8](json)))
        } catch {
            throw CheckEnd.failed("the plan makes no payment that Wix would send")
        }
    }

    private static var expiryYear: Int { Calendar(identifier: .gregorian).component(.year, from: Date()) + 5 }

    // MARK: Calls

    /// A call that answers the state of a payment.
    func state(_ call: GatewayCall, of order: PaymentOrder) async throws -> GatewayPayment {
        let payment = try await client.send(call).read(GatewayPayment.self)
        do throws(ContractBreach) {
            _ = try payment.lookup(of: GatewayPayment.Subject(order))
        } catch {
            throw CheckEnd.failed("\(payment.words), which contradicts the call: \(error)")
        }
        return payment
    }

    /// The same, for a payment that has to be in one of `states`.
    @discardableResult
    func state(
        _ call: GatewayCall, of order: PaymentOrder, is states: GatewayPayment.Status..., after what: String
    ) async throws -> GatewayPayment {
        let payment = try await state(call, of: order)
        guard states.contains(payment.status) else { throw CheckEnd.failed("\(what): \(payment.words)") }
        return payment
    }

    /// A payment that was approved, for checks of what comes after.
    func approved() async throws -> PaymentOrder {
        let order = try order(\.approvedCard)
        try await state(.pay(order), of: order, is: .approved, after: "POST payments")
        return order
    }

    /// An authorization.
    func authorized() async throws -> PaymentOrder {
        let order = try order(\.approvedCard, authorizeOnly: true)
        try await state(.pay(order), of: order, is: .authorized, after: "POST payments with capture false")
        return order
    }

    /// A capture or void under the key of an attempt.
    func act(
        _ action: PaymentAction, _ attempt: Int, _ order: PaymentOrder, amount: Int64 = amount
    ) async throws -> GatewayResult {
        let call = GatewayCall.act(
            ActionOrder(
                action, key: action.attemptKey(of: order.pluginTransactionId, attempt), payment: order.known,
                amount: amount, merchantCredentials: plan.credentials),
            in: order.request.amount.currency)
        return try await result(call, id: order.pluginTransactionId, order, amount: amount)
    }

    /// A refund under pspd's id of it.
    func refund(_ id: String, _ order: PaymentOrder, _ amount: Int64) async throws -> GatewayResult {
        let call = GatewayCall.refund(
            RefundOrder(
                pluginRefundId: id, payment: order.known, amount: amount, reason: "REQUESTED_BY_CUSTOMER",
                merchantCredentials: plan.credentials),
            in: order.request.amount.currency)
        return try await result(call, id: id, order, amount: amount)
    }

    /// A call that answers a result.
    func result(
        _ call: GatewayCall, id: String, _ order: PaymentOrder, amount: Int64? = nil
    ) async throws -> GatewayResult {
        let result = try await client.send(call).read(GatewayResult.self)
        do throws(ContractBreach) {
            try result.check(id: id, of: order.known.payment, amount: amount)
        } catch {
            throw CheckEnd.failed("\(result.words), which contradicts the call: \(error)")
        }
        return result
    }

    /// Ends the check unless `result` has the status.
    func expect(_ result: GatewayResult, _ status: GatewayResult.Status, _ what: String) throws {
        guard result.status == status else { throw CheckEnd.failed("\(what): \(result.words)") }
    }

    /// Ends the check unless the gateway says in the contract's way that it never received `id`.
    func expectUnknown(_ id: String, _ call: GatewayCall) async throws {
        let answer = try await client.send(call)
        guard answer.isNotFound(id) else {
            let kind = answer.status == 404 ? " that is no JSON object without a status" : ""
            throw CheckEnd.failed("\(call.method.rawValue) answered HTTP \(answer.status)\(kind)")
        }
    }
}

extension PaymentOrder {
    fileprivate var known: ProcessorPayment {
        ProcessorPayment(
            Payment(
                wixTransactionId: request.wixTransactionId, pluginTransactionId: pluginTransactionId,
                wixMerchantId: request.wixMerchantId, mode: request.mode, amount: request.amount,
                authorizeOnly: request.authorizeOnly),
            state: nil)
    }
}

extension GatewayPayment {
    /// `declined 3012`.
    var words: String { status.rawValue + (failure.reasonCode.map { " \($0)" } ?? "") }
}

extension GatewayResult {
    /// `failed 3025`.
    var words: String { status.rawValue + (failure.reasonCode.map { " \($0)" } ?? "") }
}
