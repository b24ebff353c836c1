// The PSP's own gateway: every call of the seam as one call of the contract (design, Gateway contract;
// deploy/gateway.openapi.yaml). Holds no state of payments; what the gateway did not clearly say is `OutcomeUnknown`.

public import Payments
public import WixPayments

/// Moves money through the PSP's gateway.
public final class GatewayProcessor: PaymentProcessor {
    private let client: GatewayClient
    private let actionFailureCode: ActionFailureCode

    /// Creates the processor; it connects with its first call.
    public init(_ settings: GatewaySettings) throws(GatewaySettingsError) {
        client = try GatewayClient(settings)
        actionFailureCode = settings.actionFailureCode
    }

    /// Ends the connections. To be called once, when no call runs or comes any more.
    public func shutdown() async throws { try await client.shutdown() }

    // MARK: Accounts

    /// `POST accounts`.
    public func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome {
        let answer = try await client.send(.connect(request)).read(GatewayAccount.self)
        switch answer {
        case .failed(let failure): return .refused(failure.refusal())
        case .succeeded(let accountId, let accountName, let credentials):
            let all = request.credentials.reveal().merging(credentials.reveal()) { _, new in new }
            return .connected(accountId: accountId, accountName: accountName, credentials: Secret(all))
        }
    }

    // MARK: Payments

    /// `POST payments`.
    public func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport {
        try await report(.pay(order), on: GatewayPayment.Subject(order))
    }

    /// `GET payments/{id}`. A 404 for a payment that the gateway has answered before is no answer.
    public func lookup(_ known: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup {
        let payment = known.payment
        let answer = try await client.send(.lookup(payment: payment.pluginTransactionId))
        if answer.isNotFound(payment.pluginTransactionId) {
            guard !payment.cameFromGateway else {
                throw OutcomeUnknown("the gateway does not know a payment that it answered before")
            }
            return .notFound
        }
        let state = try answer.read(GatewayPayment.self)
        return try keepingToContract { () throws(ContractBreach) in try state.lookup(of: payment) }
    }

    /// `POST payments/{id}/cancel`.
    public func cancel(_ known: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport {
        try await report(
            .cancel(payment: known.payment.pluginTransactionId), on: GatewayPayment.Subject(known.payment))
    }

    private func report(
        _ call: GatewayCall, on subject: GatewayPayment.Subject
    ) async throws(OutcomeUnknown) -> PaymentReport {
        let answer = try await client.send(call).read(GatewayPayment.self)
        return try keepingToContract { () throws(ContractBreach) in try answer.report(on: subject) }
    }

    // MARK: Captures and voids

    /// `POST payments/{id}/capture` or `/void`.
    public func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome {
        let payment = order.payment.payment
        guard let currency = payment.amount?.currency else { return .failed(Self.noAmount()) }
        let result = try await result(
            .act(order, in: currency), id: payment.pluginTransactionId, of: payment, amount: order.amount)
        switch result.status {
        case .succeeded: return .succeeded
        case .failed: return .failed(result.failure.refusal(without: actionFailureCode))
        case .pending: throw OutcomeUnknown("the gateway has not finished the \(order.action.rawValue)")
        }
    }

    // MARK: Refunds

    /// `POST payments/{id}/refunds`.
    public func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome {
        let payment = order.payment.payment
        guard let currency = payment.amount?.currency else { return .failed(Self.noAmount()) }
        let result = try await result(
            .refund(order, in: currency), id: order.pluginRefundId, of: payment, amount: order.amount)
        guard case .found(let outcome) = result.refund else {
            throw OutcomeUnknown("the gateway has not finished the refund")
        }
        return outcome
    }

    /// `GET payments/{id}/refunds/{refundId}`.
    public func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        let payment = refund.payment.payment
        let answer = try await client.send(
            .lookup(refund: refund.pluginRefundId, of: payment.pluginTransactionId))
        if answer.isNotFound(refund.pluginRefundId) { return .notFound }
        return try checked(answer, id: refund.pluginRefundId, of: payment, amount: nil).refund
    }

    /// `POST payments/{id}/refunds/{refundId}/cancel`.
    public func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        let payment = refund.payment.payment
        return try await result(
            .cancel(refund: refund.pluginRefundId, of: payment.pluginTransactionId), id: refund.pluginRefundId,
            of: payment, amount: nil
        ).refund
    }

    // MARK: Steps

    private func result(
        _ call: GatewayCall, id: String, of payment: Payment, amount: Int64?
    ) async throws(OutcomeUnknown) -> GatewayResult {
        try checked(try await client.send(call), id: id, of: payment, amount: amount)
    }

    private func checked(
        _ answer: GatewayAnswer, id: String, of payment: Payment, amount: Int64?
    ) throws(OutcomeUnknown) -> GatewayResult {
        let result = try answer.read(GatewayResult.self)
        try keepingToContract { () throws(ContractBreach) in try result.check(id: id, of: payment, amount: amount) }
        return result
    }

    /// Only a malformed Create stores no amount, and that never reached the gateway.
    private static func noAmount<Code: FailureReasonCode>() -> Failure<Code> {
        Failure(.generalError, errorCode: "NO_AMOUNT", errorMessage: "The payment has no amount")
    }
}

/// A message that contradicts what pspd knows says nothing.
private func keepingToContract<Value>(
    _ body: () throws(ContractBreach) -> Value
) throws(OutcomeUnknown) -> Value {
    do throws(ContractBreach) {
        return try body()
    } catch {
        throw OutcomeUnknown("the gateway's answer contradicts the call: \(error)")
    }
}

extension GatewayResult {
    fileprivate var refund: RefundLookup {
        switch status {
        case .succeeded: .found(.succeeded)
        case .failed: .found(.failed(failure.refusal()))
        case .pending: .pending
        }
    }
}

extension Payment {
    /// The state could only be reached by the gateway's word. Pending is left out: pspd's own deadline makes it too.
    fileprivate var cameFromGateway: Bool {
        if case .redirected = state { return true }
        return state.standing == .succeeded
    }
}
