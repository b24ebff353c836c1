// The checks of access, accounts, payments and cancels.

import Foundation
import Payments
import WixPayments

extension GatewayCheck {
    static let access = [
        GatewayCheck(id: "lookup.unknown", rule: "GET of an id that was never received: 404 with a JSON object") {
            probe in
            let id = GatewayProbe.newID()
            try await probe.expectUnknown(id, .lookup(payment: id))
            return "404"
        },
        GatewayCheck(id: "token.wrong", rule: "Another token: 401 or 403, and nothing happens") { probe in
            let order = try probe.order(\.approvedCard)
            let answer = try await probe.stranger.send(.pay(order))
            guard [401, 403].contains(answer.status) else { throw CheckEnd.failed("HTTP \(answer.status)") }
            try await probe.expectUnknown(
                order.pluginTransactionId, .lookup(payment: order.pluginTransactionId))
            return "HTTP \(answer.status)"
        },
        GatewayCheck(id: "malformed.body", rule: "A body that is not JSON: 4xx") { probe in
            try await probe.malformed(GatewayProbe.newID(), #"{"id":"#)
        },
        GatewayCheck(id: "malformed.members", rule: "A payment without its amount: 4xx or a refusal, no payment") {
            probe in
            let id = GatewayProbe.newID()
            let body = #"{"id":"\#(id)","currency":"\#(probe.plan.currency)","capture":true,"order":{}}"#
            return try await probe.malformed(id, body)
        },
        GatewayCheck(id: "account.connect", rule: "POST accounts: an account, and for the same merchant the same") {
            probe in
            let first = try await probe.accountID()
            let second = try await probe.accountID()
            guard first == second else { throw CheckEnd.failed("two calls, two account ids") }
            return "succeeded"
        },
    ]

    static let payments = [
        GatewayCheck(id: "payment.approve", rule: "A good card: approved, and GET says so") { probe in
            let order = try await probe.approved()
            let id = order.pluginTransactionId
            return try await probe.state(.lookup(payment: id), of: order, is: .approved, after: "GET").words
        },
        GatewayCheck(id: "payment.decline", rule: "A bad card: declined, and GET says so") { probe in
            let order = try probe.order(\.declinedCard)
            try await probe.state(.pay(order), of: order, is: .declined, after: "POST payments")
            return try await probe.state(
                .lookup(payment: order.pluginTransactionId), of: order, is: .declined, after: "GET"
            ).words
        },
        GatewayCheck(id: "payment.repeat", rule: "The same id again does nothing again: the first state stays") {
            probe in
            let order = try await probe.approved()
            try await probe.state(.pay(order), of: order, is: .approved, after: "the repeat")
            // Had it been run anew, it would be declined now. A gateway that compares bodies may refuse to answer.
            if let other = try? probe.order(\.declinedCard, id: order.pluginTransactionId) {
                _ = try await probe.client.send(.pay(other))
            }
            let id = order.pluginTransactionId
            return try await probe.state(
                .lookup(payment: id), of: order, is: .approved, after: "GET after repeats"
            ).words
        },
        GatewayCheck(id: "payment.repeat-declined", rule: "A declined id is never charged later") { probe in
            let order = try probe.order(\.declinedCard)
            try await probe.state(.pay(order), of: order, is: .declined, after: "POST payments")
            let again = try probe.order(\.approvedCard, id: order.pluginTransactionId)
            _ = try await probe.client.send(.pay(again))
            return try await probe.state(
                .lookup(payment: order.pluginTransactionId), of: order, is: .declined, after: "GET after a repeat"
            ).words
        },
        GatewayCheck(id: "payment.repeat-at-once", rule: "The same id ten times at once: one answer to all") { probe in
            let order = try probe.order(\.approvedCard)
            let states = try await withThrowingTaskGroup(of: GatewayPayment.Status.self) { group in
                for _ in 0..<10 { group.addTask { try await probe.state(.pay(order), of: order).status } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            // One that is still at work may say so.
            guard states.subtracting([.pending]) == [.approved] else {
                throw CheckEnd.failed(states.map(\.rawValue).sorted().joined(separator: ", "))
            }
            return "approved"
        },
        GatewayCheck(id: "payment.authorize", rule: "capture false: authorized, and GET says so") { probe in
            let order = try await probe.authorized()
            let id = order.pluginTransactionId
            return try await probe.state(.lookup(payment: id), of: order, is: .authorized, after: "GET").words
        },
        GatewayCheck(id: "payment.redirect", rule: "A card that needs the buyer: redirect with its URL, and GET too") {
            probe in
            let order = try probe.order(\.redirectCard)
            try await probe.state(.pay(order), of: order, is: .redirect, after: "POST payments")
            let id = order.pluginTransactionId
            return try await probe.state(.lookup(payment: id), of: order, is: .redirect, after: "GET").words
        },
        GatewayCheck(id: "payment.slow", rule: "While a payment is worked on, GET knows it and cancel ends it") {
            probe in
            let order = try probe.order(\.slowCard)
            let call = Task { try await probe.state(.pay(order), of: order) }
            defer { call.cancel() }
            let seen = try await probe.appears(order)
            guard seen.status == .pending else {
                throw CheckEnd.skipped("the card for it was not slow: \(seen.words)")
            }
            let id = order.pluginTransactionId
            let ended = try await probe.state(
                .cancel(payment: id), of: order, is: .canceled, .declined, .approved, after: "the cancel")
            let later = try await probe.state(.lookup(payment: id), of: order)
            guard later.status == ended.status else {
                throw CheckEnd.failed("the cancel answered \(ended.words), GET then \(later.words)")
            }
            return "pending, then \(ended.words)"
        },
    ]

    static let cancels = [
        GatewayCheck(
            id: "cancel.unknown", rule: "Cancel of an id that was never received: its later payment is refused"
        ) {
            probe in
            let order = try probe.order(\.approvedCard)
            let id = order.pluginTransactionId
            try await probe.state(.cancel(payment: id), of: order, is: .canceled, .declined, after: "the cancel")
            return try await probe.state(
                .pay(order), of: order, is: .canceled, .declined, after: "POST payments afterwards"
            ).words
        },
        GatewayCheck(id: "cancel.redirect", rule: "Cancel of a redirected payment: it never goes through") { probe in
            let order = try probe.order(\.redirectCard)
            let id = order.pluginTransactionId
            try await probe.state(.pay(order), of: order, is: .redirect, after: "POST payments")
            try await probe.state(.cancel(payment: id), of: order, is: .canceled, .declined, after: "the cancel")
            return try await probe.state(
                .lookup(payment: id), of: order, is: .canceled, .declined, after: "GET afterwards"
            ).words
        },
        GatewayCheck(id: "cancel.approved", rule: "Cancel of an approved payment: it says approved and stays so") {
            probe in
            let order = try await probe.approved()
            let id = order.pluginTransactionId
            try await probe.state(.cancel(payment: id), of: order, is: .approved, after: "the cancel")
            return try await probe.state(
                .lookup(payment: id), of: order, is: .approved, after: "GET afterwards"
            ).words
        },
    ]
}

extension GatewayProbe {
    /// Sends a payment that no server should take, and sees to it that none came of it.
    fileprivate func malformed(_ id: String, _ body: String) async throws -> String {
        let answer = try await client.send(
            GatewayCall(method: .post, path: "payments", idempotencyKey: id, body: Secret(Array(body.utf8))))
        let isRefused = (try? answer.read(GatewayPayment.self).isRefusal) ?? (400..<500 ~= answer.status)
        guard isRefused else { throw CheckEnd.failed("HTTP \(answer.status)") }
        let later = try await client.send(.lookup(payment: id))
        guard later.isNotFound(id) || (try? later.read(GatewayPayment.self).isRefusal) == true else {
            throw CheckEnd.failed("HTTP \(answer.status), and then GET knows the payment")
        }
        return "HTTP \(answer.status)"
    }

    /// The account that the plan's merchant gets.
    fileprivate func accountID() async throws -> String {
        let request: [String: Any] = [
            "wixMerchantId": plan.wixMerchantId, "mode": "sandbox", "currency": plan.currency,
            "credentials": plan.credentials.reveal(),
        ]
        let json = try JSONSerialization.data(withJSONObject: request)
        let answer = try await client.send(.connect(try .parse([UInt8](json))))
        switch try answer.read(GatewayAccount.self) {
        case .succeeded(let id, _, _): return id
        case .failed(let failure): throw CheckEnd.failed("failed, \(failure)")
        }
    }

    /// The first state that a look-up tells of a payment that is being made.
    fileprivate func appears(_ order: PaymentOrder) async throws -> GatewayPayment {
        let id = order.pluginTransactionId
        for _ in 0..<Int(Self.slowSecondsMax / Self.lookupPauseSeconds) {
            try await Task.sleep(for: .seconds(Self.lookupPauseSeconds))
            if try await client.send(.lookup(payment: id)).isNotFound(id) { continue }
            return try await state(.lookup(payment: id), of: order)
        }
        throw CheckEnd.failed("GET answers 404 while the payment is worked on")
    }
}
