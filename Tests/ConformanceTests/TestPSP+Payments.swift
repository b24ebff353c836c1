// Create Transaction and the buyer's page of the test PSP.

import FastCGI
import Foundation
import Synchronization

@testable import WixEmulator

extension TestPSP {
    private static let slowMilliseconds = 500
    private static let pendingMilliseconds = 250

    func create(_ request: JSON) async -> Response {
        if let refusal = await refusal(of: request) { return refusal }
        let id = request["wixTransactionId"]?.text ?? ""
        let description = request["order"]?["description"]
        let amount = Self.amount(description?["totalAmount"]) ?? 0
        let card = request["paymentMethodData"]?["card"]?["number"]?.text
        if has(.racingPayments) {
            // Looks, and acts later.
            let isNew = state.withLock { $0.payments[id] == nil }
            try? await Task.sleep(for: .milliseconds(Self.raceMilliseconds))
            if isNew { state.withLock { $0.payments[id] = nil } }
        }
        let isRepeat = state.withLock { $0.payments[id] != nil }
        let known = state.withLock { state -> Payment? in
            if let known = state.payments[id], !paysAgain(known, amount) { return known }
            if has(.claimsAfterPaying), card == Card.slow { return nil }
            state.payments[id] = newPayment(request, amount, description?["currency"]?.text ?? "EUR")
            return nil
        }
        if let known { return ok(repeated(known, id)) }
        if card == Card.slow {
            try? await Task.sleep(for: .milliseconds(Self.slowMilliseconds))
            if has(.claimsAfterPaying) {
                let payment = newPayment(request, amount, description?["currency"]?.text ?? "EUR")
                state.withLock { $0.payments[id] = payment }
            }
        }
        return settle(id, card, request, isRepeat: isRepeat)
    }

    private func paysAgain(_ known: Payment, _ amount: Int64) -> Bool {
        switch defect {
        case .repeatPaysAgain: known.outcome == .approved && known.amount == amount && known.first["reasonCode"] == nil
        case .declineForgotten: known.outcome == .declined(Self.declineCode)
        case .otherAmountPaysAgain: known.amount != amount
        default: false
        }
    }

    private func newPayment(_ request: JSON, _ amount: Int64, _ currency: String) -> Payment {
        let id = has(.onePluginIdForAll) ? "psp-1" : "psp-\(UUID().uuidString.lowercased())"
        return Payment(
            pluginId: has(.longPluginId) ? id + String(repeating: "x", count: 201 - id.count) : id, amount: amount,
            currency: currency, authorizeOnly: request["authorizeOnly"] == true, outcome: .running,
            returnUrls: request["order"]?["returnUrls"] ?? .null,
            storesCard: request["setupCredentialsOnFile"] != nil)
    }

    /// What the request alone is refused for, by a defect above all.
    private func refusal(of request: JSON) async -> Response? {
        let crash = Response(status: 500)
        guard let order = request["order"], order != .null else {
            if has(.hangsWithoutOrder) { await Self.hang() }
            return has(.missingOrderIs400) ? Response(status: 400) : ok(Self.failureJSON(1004))
        }
        let description = order["description"]
        let amount = Self.amount(description?["totalAmount"])
        switch defect {
        case .unknownMembersRefused: return request["newField"] == nil ? nil : Response(status: 400)
        case .itemsRequired: return description?["items"] == nil ? crash : nil
        case .amountStringsRefused:
            return description?["totalAmount"]?.text == nil ? nil : ok(Self.failureJSON(1007))
        case .nullsRefused: return order["returnUrls"]?["cancelUrl"] == .null ? ok(Self.failureJSON(1007)) : nil
        case .unknownEnumsRefused:
            return request.line().contains("somethingNew") ? ok(Self.failureJSON(1007)) : nil
        case .modeRequired: return request["mode"] == nil ? crash : nil
        case .walletsCrash: return request["paymentMethodData"]?["googlePay"] == nil ? nil : crash
        case .methodRequired: return request["paymentMethod"] == nil ? crash : nil
        case .zeroCrashes: return amount == 0 ? crash : nil
        case .amountsOf32Bits: return (amount ?? 0) > Int64(Int32.max) ? crash : nil
        case .currenciesWithTwoDigitsOnly: return description?["currency"] == "KWD" ? crash : nil
        case .tenPaymentsAtOnce:
            let running = state.withLock { state in
                state.running += 1
                return state.running
            }
            try? await Task.sleep(for: .milliseconds(Self.raceMilliseconds))
            state.withLock { $0.running -= 1 }
            return running > 10 ? Response(status: 503) : nil
        default: return nil
        }
    }

    static func amount(_ value: JSON?) -> Int64? { value?.integer ?? value?.text.flatMap { Int64($0) } }

    // MARK: Outcomes

    private func settle(_ id: String, _ card: String?, _ request: JSON, isRepeat: Bool) -> Response {
        let isRedirect =
            card == nil || card == Card.redirect || (has(.redirectsEveryPayment) && card == Card.approved)
        let isOffSession = request["offSession"] == true && !has(.redirectsOffSession)
        return state.withLock { state in
            guard var payment = state.payments[id] else { return Response(status: 500) }
            if has(.declinesAll), card == Card.approved || payment.authorizeOnly {
                payment.outcome = .declined(Self.declineCode)
            } else if card == Card.declined, !has(.approvesAll), !(has(.declineForgotten) && isKnownDecline(id)) {
                payment.outcome = .declined(has(.legacyCode) ? 3005 : Self.declineCode)
            } else if isRedirect {
                payment.outcome =
                    isOffSession ? .declined(3004) : .redirected(token: UUID().uuidString.lowercased())
            } else if card == Card.pending, !has(.pendingIsApproved) {
                payment.outcome = .pending
            } else if payment.authorizeOnly {
                payment.outcome = has(.noAuthorizations) ? .declined(3002) : .authorized
            } else {
                payment.outcome = .approved
            }
            declines.withLock { if case .declined = payment.outcome { _ = $0.insert(id) } }
            let answer = self.answer(payment)
            payment.first = answer
            state.payments[id] = payment
            if !isRepeat { tell(id, payment, answer) }
            if has(.declineIs402), case .declined = payment.outcome { return Response(status: 402) }
            return ok(answer)
        }
    }

    private func isKnownDecline(_ id: String) -> Bool { declines.withLock { $0.contains(id) } }

    /// What Create is answered with as the payment stands.
    private func answer(_ payment: Payment) -> JSON {
        var answer: JSON = ["pluginTransactionId": .string(payment.pluginId)]
        switch payment.outcome {
        case .running, .pending: answer.set("reasonCode", to: payment.outcome == .running ? 5009 : 5005)
        case .approved, .authorized, .captured, .voided:
            if has(.noPluginId) { answer = [:] }
            if payment.storesCard {
                let token: JSON = ["token": .string("card-\(payment.pluginId)")]
                answer.set(
                    "credentialsOnFile", to: ["paymentMethodReference": has(.emptyCredentialsOnFile) ? [:] : token])
            }
        case .declined(let code):
            for (name, value) in Self.failureJSON(code).members ?? [:] { answer.set(name, to: value) }
            if has(.codeAsString) { answer.set("reasonCode", to: .string("\(code)")) }
            if has(.longErrorCode) { answer.set("errorCode", to: .string(String(repeating: "E", count: 60))) }
            if has(.redirectBesideCode) { answer.set("redirectUrl", to: "https://example.org/declined") }
        case .redirected(let token):
            if has(.redirectWithoutPluginId) { answer = [:] }
            answer.set("redirectUrl", to: .string((has(.relativeRedirect) ? "" : base) + "/page/\(token)"))
        }
        if has(.sendsStatus) { answer.set("status", to: "APPROVED") }
        return answer
    }

    private func repeated(_ payment: Payment, _ id: String) -> JSON {
        let failure = Self.failureJSON(Self.declineCode)
        switch (defect, payment.outcome) {
        case (.refundChangesCreate, _) where payment.refunded > 0: return failure
        case (.captureChangesCreate, .captured), (.voidChangesCreate, .voided): return failure
        case (.pendingForEver, _) where payment.first["reasonCode"] == 5005: return payment.first
        case (.failedPageRepeated, _) where payment.first["redirectUrl"] != nil: return payment.first
        case (.newPageEachTime, .redirected):
            var payment = payment
            payment.outcome = .redirected(token: UUID().uuidString.lowercased())
            state.withLock { $0.payments[id] = payment }
            return answer(payment)
        case (.changedDuplicate, .approved):
            courier.send(
                id, .transaction,
                ["pluginTransactionId": .string(payment.pluginId), "errorMessage": "sent again"])
            return answer(payment)
        default: return answer(payment)
        }
    }

    /// The event of a settled payment.
    private func tell(_ id: String, _ payment: Payment, _ answer: JSON) {
        var payload = answer
        payload.set("redirectUrl", to: nil)
        payload.set("status", to: nil)
        payload.set("pluginTransactionId", to: .string(payment.pluginId))
        switch payment.outcome {
        case .redirected:
            guard has(.eventOnRedirect) else { return }
            payload.set("reasonCode", to: 5009)
        case .approved:
            if has(.noApprovalEvent) { return }
            if has(.noCredentialsOnFileInEvent) { payload.set("credentialsOnFile", to: nil) }
            if has(.approvalWithCode) { payload.set("reasonCode", to: 6000) }
            if has(.approvalWithPendingCode) { payload.set("reasonCode", to: 5009) }
        case .declined(let code):
            if has(.noDeclineEvent) { return }
            payload.set("reasonCode", to: has(.codeAsStringInEvent) ? .string("\(code)") : .integer(Int64(code)))
            if has(.legacyCodeInEvent) { payload.set("reasonCode", to: 3005) }
            if has(.otherErrorMessage) { payload.set("errorMessage", to: "another text") }
        case .authorized: if has(.noAuthorizationEvent) { return }
        case .pending:
            resolve(id)
            if has(.noPendingEvent) { return }
        default: return
        }
        if has(.twoPendingEvents), payment.outcome == .pending {
            var other = payload
            other.set("reasonCode", to: 5009)
            for event in [other, payload, other] { courier.send(id, .transaction, event) }
            return
        }
        courier.send(id, .transaction, payload)
    }

    private func resolve(_ id: String) {
        Task {
            try? await Task.sleep(for: .milliseconds(Self.pendingMilliseconds))
            if has(.noFinalEvent) { return }
            decide(id, .approved, ["reasonCode": nil])
        }
    }

    /// A payment that was open becomes final, or pending.
    private func decide(_ id: String, _ outcome: Payment.Outcome, _ members: [String: JSON?]) {
        let pluginId = state.withLock { state -> String? in
            state.payments[id]?.outcome = outcome
            return state.payments[id]?.pluginId
        }
        guard let pluginId else { return }
        var payload: JSON = ["pluginTransactionId": .string(pluginId)]
        for (name, value) in members { payload.set(name, to: value) }
        courier.send(id, .transaction, payload)
    }

    // MARK: The buyer's page

    func page(_ call: HTTPCall) -> Response {
        let token = String(call.path.dropFirst("/page/".count))
        let found = state.withLock { $0.payments.first { $0.value.outcome == .redirected(token: token) } }
        guard let (id, payment) = found, !has(.pageMissing) else { return Response(status: 404) }
        guard call.method == "POST", case .complete(let body) = call.body else {
            let buttons = ["approve", "decline", "cancel", "pending"].map {
                "<button name='decision' value='\($0)'>\($0)</button>"
            }
            let form =
                "<form method=\"post\"><input type=\"hidden\" name=\"a&amp;b\" value=\"c d\">\(buttons.joined())</form>"
            return Response(
                status: 200, headers: [("Content-Type", "text/html")], body: Array("<!doctype html><p>\(form)".utf8))
        }
        let decision = String(decoding: body, as: UTF8.self).split(separator: "=").last.map(String.init) ?? ""
        let urlName: String
        switch decision {
        case "approve":
            decide(id, payment.authorizeOnly ? .authorized : .approved, [:])
            urlName = "successUrl"
        case "cancel":
            let code = has(.cancelIsDecline) ? Self.declineCode : 3030
            decide(id, .declined(code), ["reasonCode": .integer(Int64(code))])
            urlName = "cancelUrl"
        case "pending":
            decide(id, .pending, ["reasonCode": 5009])
            urlName = "pendingUrl"
        default:
            decide(id, .declined(3012), ["reasonCode": 3012])
            urlName = "errorUrl"
        }
        let url = payment.returnUrls[has(.alwaysSuccessURL) ? "successUrl" : urlName]?.text ?? ""
        if has(.returnsOverItsOwnPages) {
            let hop = UUID().uuidString
            state.withLock { $0.hops[hop] = url }
            return Response(status: 303, headers: [("Location", "/hop/\(hop)")])
        }
        return Response(status: 303, headers: [("Location", url)])
    }
}
