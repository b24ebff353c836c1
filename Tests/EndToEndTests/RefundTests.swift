// Refund Transaction (spec §5, design rule 9): never more than was taken, one effect a refund, an event for each.

import Testing
import TestStack

@Suite("Refunds", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct RefundTests {
    /// Refunds and what each is to end with.
    private func expectRefund(
        _ stack: Stack, _ payment: JSON, _ pluginID: String?, asked: Int64?, _ reason: Int64?, told amount: Int64
    ) async throws {
        let before = try await stack.storedEvents(payment.paymentID).count
        let request = try Sample.refund(of: payment, pluginID, asked)
        let answer = try await stack.call(.refund, request)
        #expect(answer.status == 200)
        #expect(answer.reason == reason, "\(answer)")
        let refundID = try #require(answer.json["pluginRefundId"]?.text)
        let events = try await stack.events(payment.paymentID, count: before + 1)
        #expect(events.told.last == refundEvent(request, answer, amount: amount))
        let expected = reason == nil ? [effect("refund", refundID, amount)] : []
        #expect(try stack.effects(refundID).timeless == expected)
    }

    @Test("Full")
    func full() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        try await expectRefund(stack, payment, id, asked: 4250, nil, told: 4250)
        try await expectRefund(stack, payment, id, asked: 1, 3023, told: 1)
        #expect(try await stack.call(.create, payment).text == #"{"pluginTransactionId":"\#(id)"}"#)
    }

    @Test("Several partial ones, until nothing is left")
    func partial() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        try await expectRefund(stack, payment, id, asked: 1250, nil, told: 1250)
        try await expectRefund(stack, payment, id, asked: 1250, nil, told: 1250)
        try await expectRefund(stack, payment, id, asked: 1751, 3022, told: 1751)
        try await expectRefund(stack, payment, id, asked: 1750, nil, told: 1750)
        try await expectRefund(stack, payment, id, asked: 1, 3023, told: 1)
    }

    @Test("Without an amount: all that remains")
    func absentAmount() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        try await expectRefund(stack, payment, id, asked: 1000, nil, told: 1000)
        try await expectRefund(stack, payment, id, asked: nil, nil, told: 3250)
        let answer = try await stack.call(.refund, try Sample.refund(of: payment, id, nil))
        #expect(answer.reason == 3023)
    }

    @Test("Nothing is no refund")
    func zero() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        try await expectRefund(stack, payment, id, asked: 0, 3022, told: 0)
    }

    @Test("More than was paid")
    func tooMuch() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        try await expectRefund(stack, payment, id, asked: 4251, 3022, told: 4251)
        try await expectRefund(stack, payment, id, asked: 4250, nil, told: 4250)
    }

    @Test("A card whose refunds fail: 3025, and the payment is as it was")
    func failing() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved("4000000000000341")
        try await expectRefund(stack, payment, id, asked: 4250, 3025, told: 4250)
        try await expectRefund(stack, payment, id, asked: 4250, 3025, told: 4250)
        let rows = try await stack.rows(
            "SELECT refunded, refunding FROM payments WHERE plugin_transaction_id = '\(id)'")
        #expect(rows == [["refunded": 0, "refunding": 0]])
    }

    @Test(
        "A repeat answers as the refund stands, succeeded or failed, and nothing happens again",
        arguments: [1000, 9999])
    func again(_ amount: Int64) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let refund = try Sample.refund(of: payment, id, amount)
        let first = try await stack.call(.refund, refund)
        for _ in 0..<3 { #expect(try await stack.call(.refund, refund).description == first.description) }
        #expect(try await stack.call(.refund, refund.setting("refundAmount", nil)).description == first.description)
        #expect(try stack.effects(first.json["pluginRefundId"]?.text).count == (first.reason == nil ? 1 : 0))
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
    }

    @Test("The same refund id with another amount or payment is 409")
    func mismatch() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let (other, otherID) = try await stack.approved()
        let refund = try Sample.refund(of: payment, id, 1000)
        let first = try await stack.call(.refund, refund)
        #expect(try await stack.call(.refund, refund.setting("refundAmount", 999)).status == 409)
        let elsewhere = refund.setting("wixTransactionId", other["wixTransactionId"])
            .setting("pluginTransactionId", .string(otherID))
        #expect(try await stack.call(.refund, elsewhere).status == 409)
        #expect(try await stack.call(.refund, refund).description == first.description)
        #expect(try stack.effects(first.json["pluginRefundId"]?.text).count == 1)
    }

    @Test("An unknown payment: 6000, with its event")
    func unknown() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        try await expectRefund(stack, payment, "psp_txn_01HZX3K8Q2", asked: 100, 6000, told: 100)
    }

    @Test("Another payment's plugin id: 6000")
    func foreign() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let (_, otherID) = try await stack.approved()
        try await expectRefund(stack, payment, otherID, asked: 100, 6000, told: 100)
        try await expectRefund(stack, payment, id, asked: 4250, nil, told: 4250)
    }

    @Test("What was never taken: declined, redirected", arguments: ["4000000000000002", "4000000000003220"])
    func notTaken(_ card: String) async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let payment = try Sample.payment(card)
        let answer = try await stack.call(.create, payment)
        let refund = try Sample.refund(of: payment, answer.pluginID, 100)
        let refused = try await stack.call(.refund, refund)
        #expect(refused.status == 200)
        #expect(refused.reason == 3022)
        #expect(try stack.effects(refused.json["pluginRefundId"]?.text).isEmpty)
    }

    @Test("An authorization: nothing before the capture, and then at most what was captured")
    func captured() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved(authorizeOnly: true)
        _ = try await stack.events(payment.paymentID, count: 1)
        try await expectRefund(stack, payment, id, asked: 100, 3022, told: 100)
        #expect(try await stack.call(.capture, try Sample.action(.capture, of: payment, id, 3000)).text == "{}")
        try await expectRefund(stack, payment, id, asked: 3001, 3022, told: 3001)
        try await expectRefund(stack, payment, id, asked: nil, nil, told: 3000)
        try await expectRefund(stack, payment, id, asked: 1, 3023, told: 1)
    }

    @Test("A voided authorization gives nothing back")
    func voided() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved(authorizeOnly: true)
        #expect(try await stack.call(.void, try Sample.action(.void, of: payment, id, 4250)).text == "{}")
        try await expectRefund(stack, payment, id, asked: 100, 3022, told: 100)
    }

    @Test("Fifty at once on one payment never exceed it, and each has its event")
    func fifty() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved(amount: 1000)
        let refunds = try (0..<50).map { _ in try Sample.refund(of: payment, id, 30) }
        let answers = try await stack.calls(.refund, refunds)
        #expect(Set(answers.map(\.status)) == [200])
        #expect(answers.filter { $0.reason == nil }.count == 33)
        #expect(Set(answers.compactMap(\.reason)) == [3022])
        #expect(Set(answers.compactMap { $0.json["pluginRefundId"]?.text }).count == 50)
        let events = try await stack.events(payment.paymentID, count: 51)
        let expected = zip(refunds, answers).map { refundEvent($0, $1, amount: 30) }
        #expect(Set(events.told.dropFirst()) == Set(expected))
        let ids = Set(answers.compactMap { $0.json["pluginRefundId"]?.text })
        let effects = try stack.effects().filter { ids.contains($0["id"]?.text ?? "") }
        #expect(effects.compactMap { $0["amount"]?.int }.reduce(0, +) == 990)
        try await expectRefund(stack, payment, id, asked: nil, nil, told: 10)
    }

    @Test("Fifty times one refund at once is one refund")
    func fiftyTimesOne() async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let refund = try Sample.refund(of: payment, id, 100)
        let answers = try await stack.calls(50, .refund, refund)
        #expect(Set(answers.map(\.description)).count == 1)
        #expect(answers.first?.status == 200)
        #expect(try stack.effects(answers.first?.json["pluginRefundId"]?.text).count == 1)
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
    }

    @Test("Reasons that Wix may add are no error", arguments: ["DUPLICATE", "ABANDONED_PAYMENT", "SOMETHING_NEW", nil])
    func reasons(_ reason: String?) async throws {
        let stack = try await Stack.usual()
        let (payment, id) = try await stack.approved()
        let refund = try Sample.refund(of: payment, id, 100).setting("reason", reason.map(JSON.string))
        #expect(try await stack.call(.refund, refund).reason == nil)
    }
}
