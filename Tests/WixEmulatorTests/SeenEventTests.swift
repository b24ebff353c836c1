// What the conformance checks read from a recorded event, however wrong it is.

import Testing

@testable import WixEmulator

@Suite("An event as the checks see it")
struct SeenEventTests {
    @Test(
        "An amount is told as it was written",
        arguments: [("42.50", "\"42.50\""), (4250, "4250"), ("4250", "\"4250\""), (nil, "missing")]
            as [(JSON?, String)])
    func amount(value: JSON?, told: String) throws {
        #expect(try event("refund.wix-initiated.success", ["amount": value], []).amountAsWritten == told)
    }

    @Test(
        "A refused event names the check that tells why",
        arguments: [
            ("transaction.approved", nil, nil, "User-Agent: must have the form name/version", "events.user-agent"),
            ("transaction.approved", nil, nil, "Authorization: was used before", "events.fresh-token"),
            ("transaction.approved", nil, nil, "Authorization: has no token", "events.authorization"),
            ("transaction.approved", nil, nil, "event.transaction: approved after declined", "events.one-outcome"),
            ("transaction.approved", "status", "PAID", "event.transaction.status: …", "events.fields"),
            ("refund.wix-initiated.success", "amount", 4250, "event.refund.amount: …", "events.amount-string"),
            ("refund.wix-initiated.success", "amount", "42.50", "event.refund.amount: …", "events.fields"),
            ("refund.wix-initiated.success", "pluginRefundId", "", "event.refund.pluginRefundId: …", "limits.ids"),
            ("capture.success", "pluginTransactionId", "p", "event.capture.pluginTransactionId: …", "events.fields"),
            ("transaction.declined", "reasonCode", 9999, "event.transaction.reasonCode: …", "create.reason-codes"),
            ("refund.wix-initiated.success", nil, nil, "event.refund.amount: refunds more than was paid", nil),
        ] as [(String, String?, JSON?, String, String?)])
    func tellingCheck(example: String, member: String?, value: JSON?, problem: String, check: String?) throws {
        let changes: [String: JSON?] = member.map { [$0: value] } ?? [:]
        #expect(try event(example, changes, [problem]).tellingCheck == check)
        #expect(try event(example, changes, []).tellingCheck == nil)
        #expect(check.map { id in Check.all.contains { $0.id == id } } ?? true)
    }

    private func event(_ example: String, _ changes: [String: JSON?], _ problems: [String]) throws -> SeenEvent {
        var body = try Example.json("submit-event.\(example)")
        for (member, value) in changes { body.set("event.\(example.prefix { $0 != "." }).\(member)", to: value) }
        return try #require(
            SeenEvent([
                "time": "2026-11-28T10:00:00.000Z", "status": .integer(problems.isEmpty ? 200 : 400),
                "body": .string(body.line()), "problems": .array(problems.map(JSON.string)),
            ]))
    }
}
