// The gateway's notifications: verified, checked against the state machines, stored with their events in one commit,
// and only then answered 200 (design, Gateway contract).
//
//   200  taken in, taken in before, or of a type that is not known here
//   400  signed, but not a notification of the contract
//   401  not signed with the secret, or too old
//   404  no such payment; the gateway may try again
//   503  the payment is still on its way to where this fits, or nothing can be stored: the gateway tries again
//   409  contradicts what Wix was told for good, tells of a capture that Wix does not know of, or is of another amount
//        or currency than the payment: kept as a conflict, the gateway has to reverse the money

import Logging
import Metrics
import Notifications
import Payments
import Processors
import Store
import WixPayments

extension EndpointService {
    static let notificationsPath = "/v1/notifications"

    func notification(_ request: EndpointRequest) -> Admission {
        guard let notifications else { return .answer(.notFound) }
        let body: [UInt8]
        switch checkedBody(request) {
        case .failure(let refusal): return .answer(refusal.response)
        case .success(let bytes): body = bytes
        }
        let call = Call(requestID: request.requestID, startedAt: .now)
        let headers = NotificationHeaders(
            id: request.header("webhook-id"), timestamp: request.header("webhook-timestamp"),
            signature: request.header("webhook-signature"))
        switch notifications.verify(headers, body: body, now: clock() / 1_000) {
        case .refused(let refusal):
            metrics.count(.notificationRefusal(NotificationRefusalLabel(word: refusal.rawValue)))
            log(.notice, "notification refused", call, ["reason": "\(refusal.rawValue)"])
            return .answer(.unauthorized)
        case .genuine(let id):
            do throws(ContractBreach) {
                let notification = try GatewayNotification.parse(body)
                return .work { await self.take(notification, id, call) }
            } catch {
                log(.warning, "notification breaks the contract", call, ["breach": "\(error)"])
                return .answer(.refusal(400, "NOT_A_NOTIFICATION", "The body is no notification of the contract"))
            }
        }
    }

    private func take(_ notification: GatewayNotification, _ id: String, _ call: Call) async -> EndpointResponse {
        await guardingStore(call) { () async throws(StoreError) in
            let (change, standing): (NotifiedChange, PaymentState.Standing?)
            switch try meaning(of: notification) {
            case .ignored: return Self.taken("ignored")
            case .unknownPayment: return Self.unknownPayment
            case .change(let meant, let read): (change, standing) = (meant, read)
            }
            let result = try await store.take(
                change, for: standing, webhookID: id, requestID: call.requestID,
                redirectExpiryMilliseconds: settings.redirectExpiryMilliseconds, now: clock())
            switch result {
            case .repeated: return Self.taken("repeated")
            case .unknownPayment: return Self.unknownPayment
            case .tooEarly: return .busy
            // Once only: what has ended never opens again.
            case .outdated: return await take(notification, id, call)
            case .conflict:
                if case .misfit(_, let told) = change {
                    log(.error, "notification contradicts its payment", call, ["told": "\(told)"])
                } else {
                    log(.error, "notification contradicts what Wix was told", call, ["notification": "\(id)"])
                }
                return Self.conflict
            case .done(let event, let operation):
                waiters.wake(operation)
                // Nobody waits for an answer that this event could overtake but the gateway, which does not care.
                if let event { release([event]) }
                return Self.taken("taken")
            }
        }
    }

    private enum Meaning {
        /// `for`: of an open payment some notifications mean something else than of one that has ended.
        case change(NotifiedChange, for: PaymentState.Standing? = nil)
        case ignored
        case unknownPayment
    }

    private func meaning(of notification: GatewayNotification) throws(StoreError) -> Meaning {
        switch notification {
        case .ignored: return .ignored
        case .voidCreated(let paymentId, let amount):
            guard let (_, record) = try store.payment(pluginTransactionId: paymentId) else { return .unknownPayment }
            guard amount == record.payment.amount?.minorUnits else {
                return .change(.misfit(pluginTransactionId: paymentId, told: "voided for \(amount)"))
            }
            return .change(.void(pluginTransactionId: paymentId))
        case .refundCreated(let refund):
            guard let (_, record) = try store.payment(pluginTransactionId: refund.paymentId) else {
                return .unknownPayment
            }
            guard refund.currency == nil || refund.currency == record.payment.amount?.currency else {
                let told = "refund of \(refund.amount) in \(refund.currency?.code ?? "no currency"), \(refund.id)"
                return .change(.misfit(pluginTransactionId: refund.paymentId, told: told))
            }
            // The gateway works on it: its end comes in another notification.
            guard let outcome = refund.outcome else { return .ignored }
            return .change(
                .refund(
                    id: refund.id, pluginTransactionId: refund.paymentId, amount: refund.amount, outcome))
        case .paymentUpdated(let id, let state):
            guard let (_, record) = try store.payment(pluginTransactionId: id) else { return .unknownPayment }
            do throws(ContractBreach) {
                guard case .found(let report, _, let voided) = try state.lookup(of: record.payment) else {
                    return .ignored
                }
                return .change(
                    voided ? .void(pluginTransactionId: id) : .payment(pluginTransactionId: id, report),
                    for: record.payment.state.standing)
            } catch {
                return .change(.misfit(pluginTransactionId: id, told: "\(state.status.rawValue), but \(error)"))
            }
        }
    }

    private static func taken(_ outcome: String) -> EndpointResponse {
        EndpointResponse(json: Array("{}".utf8), outcome: "notification-\(outcome)")
    }

    private static let unknownPayment = EndpointResponse.refusal(404, "UNKNOWN_PAYMENT", "There is no such payment")
    private static let conflict = EndpointResponse.refusal(
        409, "CONFLICT", "This contradicts what Wix was told for good; reverse the money")
}
