// Refund, Capture and Void of the test PSP.

import FastCGI
import Foundation
import Synchronization

@testable import WixEmulator

extension TestPSP {
    // MARK: Refund

    func refund(_ request: JSON) async -> Response {
        if has(.slowRefunds) { try? await Task.sleep(for: .milliseconds(700)) }
        let id = request["wixTransactionId"]?.text ?? ""
        let refundId = request["wixRefundId"]?.text ?? ""
        if has(.refundAmountRequired), request["refundAmount"] == nil { return Response(status: 500) }
        if has(.knownReasonsOnly), request["reason"] == "SOMETHING_NEW" { return ok(Self.failureJSON(1007)) }
        guard let known = state.withLock({ $0.payments[id] }) else { return refundOfNothing() }
        if let earlier = known.refunds[refundId] {
            if let repeated = repeatedRefund(earlier, id) { return repeated }
        } else if has(.racingRefundIds) {
            // Looks, and acts later.
            try? await Task.sleep(for: .milliseconds(Self.raceMilliseconds))
        }
        let isAll = has(.absentAmountIsAll) && request["refundAmount"] == nil
        let amount = request["refundAmount"]?.integer ?? (isAll ? known.amount : known.amount - known.refunded)
        let seen = has(.racingRefunds) ? known.refunded : nil
        if has(.racingRefunds) { try? await Task.sleep(for: .milliseconds(Self.raceMilliseconds)) }
        let refund = state.withLock { state -> Refund? in
            guard var payment = state.payments[id] else { return nil }
            if let earlier = payment.refunds[refundId], !has(.racingRefundIds), !has(.refundRepeatIsNew) {
                return earlier
            }
            // The same refund once more, for a defect that carries it out again.
            let isAgain = payment.refunds[refundId].map { $0.code == nil } ?? false
            let code = isAgain || isAll ? nil : refusal(payment, amount, refunded: seen ?? payment.refunded)
            let refund = Refund(pluginId: newRefundId(payment), amount: amount, code: code)
            // What is looked up again counts once.
            if code == nil, !isAgain { payment.refunded += amount }
            payment.refunds[refundId] = refund
            payment.firstRefund = payment.firstRefund ?? refundId
            state.payments[id] = payment
            return refund
        }
        guard let refund else { return refundOfNothing() }
        if has(.tooMuchRefundIs400), refund.code != nil { return Response(status: 400) }
        tell(refund, id: id, refundId: refundId, currency: known.currency)
        return answer(refund)
    }

    private func newRefundId(_ payment: Payment) -> String {
        switch defect {
        case .oneRefundIdForAll: "ref-\(payment.pluginId)"
        case .refundIdsPerPayment: "ref-\(payment.refunds.count + 1)"
        default: "ref-\(UUID().uuidString.lowercased())"
        }
    }

    private func refundOfNothing() -> Response {
        if has(.refundsUnknownPayments) { return ok(["pluginRefundId": "ref-none"]) }
        if has(.failedRefundIs404) { return Response(status: 404) }
        return ok(has(.silentGeneralError) ? ["reasonCode": 6000] : Self.failureJSON(6000))
    }

    private func repeatedRefund(_ refund: Refund, _ id: String) -> Response? {
        if has(.refundRepeatIsNew), refund.code == nil { return nil }
        if has(.refundRepeatAddsAgain), refund.code == nil {
            state.withLock { $0.payments[id]?.refunded += refund.amount }
        }
        if has(.failedRefundRepeatSucceeds), refund.code != nil {
            return ok(["pluginRefundId": .string(refund.pluginId)])
        }
        return answer(refund)
    }

    private func answer(_ refund: Refund) -> Response {
        var answer = refund.code.map(Self.failureJSON) ?? [:]
        if !has(.noRefundId) { answer.set("pluginRefundId", to: .string(refund.pluginId)) }
        return ok(answer)
    }

    /// Why a refund fails; nil: it succeeds.
    private func refusal(_ payment: Payment, _ amount: Int64, refunded: Int64) -> Int? {
        switch payment.outcome {
        case .approved: break
        case .captured: if has(.refundsNoCaptures) { return 3022 }
        case .authorized: if !has(.refundsAuthorized) { return 3022 }
        case .declined: if !has(.refundsDeclined) { return 3022 }
        default: return 3022
        }
        if has(.noFullRefunds), amount == payment.amount { return 3022 }
        if has(.onePartialRefundOnly), refunded > 0 { return 3024 }
        if has(.partsNotAdded) { return amount > payment.amount ? 3022 : nil }
        if has(.refundsTooMuch), refunded == 0 { return nil }
        return refunded + amount > payment.amount ? 3022 : nil
    }

    private func tell(_ refund: Refund, id: String, refundId: String, currency: String) {
        if has(.noRefundEvent), refund.code == nil { return }
        if has(.noFailedRefundEvent), refund.code != nil { return }
        var amount = refund.amount
        let payment = state.withLock { $0.payments[id] }
        if has(.wholeAmountInRefundEvents), refund.code == nil { amount = payment?.amount ?? amount }
        let told = has(.firstWixRefundIdInAll) ? payment?.firstRefund ?? refundId : refundId
        if has(.hundredthsInEveryCurrency), currency == "JPY" { amount /= 100 }
        var payload = refund.code.map(Self.failureJSON) ?? [:]
        payload.set("pluginRefundId", to: .string(refund.pluginId))
        if !has(.noWixRefundId) { payload.set("wixRefundId", to: .string(told)) }
        payload.set("amount", to: has(.amountAsNumber) ? .integer(amount) : .string("\(amount)"))
        courier.send(id, .refund, payload)
        if has(.pendingAfterFinal), refund.code == nil, let pluginId = state.withLock({ $0.payments[id]?.pluginId }) {
            courier.send(id, .transaction, ["pluginTransactionId": .string(pluginId), "reasonCode": 5009])
        }
    }

    // MARK: Capture and void

    func act(_ kind: SeenEvent.Kind, _ request: JSON) async -> Response {
        let id = request["wixTransactionId"]?.text ?? ""
        let amount = request[kind == .capture ? "captureAmount" : "voidAmount"]?.integer ?? 0
        guard let known = state.withLock({ $0.payments[id] }) else {
            return has(.unknownCaptureIs404) ? Response(status: 404) : ok(Self.failureJSON(6000))
        }
        if has(.racingActions) { try? await Task.sleep(for: .milliseconds(Self.raceMilliseconds)) }
        let seen = has(.racingActions) ? known.outcome : nil
        let code = state.withLock { state -> Int? in
            guard var payment = state.payments[id] else { return 6000 }
            if let code = refusal(kind, payment, seen ?? payment.outcome, amount) { return code }
            payment.outcome = kind == .capture ? .captured : .voided
            state.payments[id] = payment
            return nil
        }
        if let code { return code == 409 ? Response(status: 409) : ok(Self.failureJSON(code)) }
        let isSilent = has(kind == .capture ? .noCaptureEvent : .noVoidEvent)
        if !isSilent {
            let told = has(.wrongCaptureAmount) && kind == .capture ? amount - 1 : amount
            var payload: JSON = ["amount": .string("\(told)")]
            if has(.pluginIdInActions) { payload.set("pluginTransactionId", to: .string(known.pluginId)) }
            courier.send(id, kind, payload)
        }
        return ok([:])
    }

    /// Why it fails; 409 stands for a bare status.
    private func refusal(
        _ kind: SeenEvent.Kind, _ payment: Payment, _ outcome: Payment.Outcome, _ amount: Int64
    ) -> Int? {
        let isCapture = kind == .capture
        switch outcome {
        case .authorized: break
        case .captured where isCapture: return has(.captureRepeatIs409) ? 409 : 3031
        case .voided where !isCapture: return has(.voidRepeatIs409) ? 409 : 3031
        case .voided: return has(.capturesVoided) ? nil : 3031
        case .captured: return has(.voidsCaptured) ? nil : 3031
        default: return 6000
        }
        if has(isCapture ? .noCaptures : .noVoids) { return 6000 }
        if isCapture { return amount > payment.amount && !has(.capturesTooMuch) ? 3001 : nil }
        return amount != payment.amount && !has(.voidsAnyAmount) ? 3001 : nil
    }
}
