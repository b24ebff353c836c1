// spec §6.2, field by field.

import Testing

@testable import WixEmulator

@Suite("Checks of an event's body")
struct EventCheckTests {
    @Test(
        "Every example event passes",
        arguments: Example.names(startingWith: "submit-event.").filter { !$0.contains("response") })
    func examples(name: String) throws {
        #expect(throws: Never.self) { try EventCheck.read(Example.bytes(name)).get() }
    }

    @Test(
        "A member of the wrong form is named",
        arguments: [
            ("transaction.approved", "wixTransactionId", nil, "wixTransactionId"),
            ("transaction.approved", "wixTransactionId", "not-a-guid", "wixTransactionId"),
            ("transaction.approved", "wixTransactionId", 7, "wixTransactionId"),
            ("transaction.approved", "pluginTransactionId", nil, "pluginTransactionId"),
            ("transaction.approved", "pluginTransactionId", "", "pluginTransactionId"),
            ("transaction.approved", "pluginTransactionId", .string(long(201)), "pluginTransactionId"),
            ("transaction.pending-general", "pluginTransactionId", nil, "pluginTransactionId"),
            ("transaction.declined", "reasonCode", "declined", "reasonCode"),
            ("transaction.declined", "reasonCode", "3025", "reasonCode"),
            ("transaction.declined", "reasonCode", 3025, "reasonCode"),
            ("transaction.declined", "reasonCode", 2003, "reasonCode"),
            ("transaction.declined", "reasonCode", true, "reasonCode"),
            ("transaction.declined", "errorCode", .string(long(51)), "errorCode"),
            ("transaction.declined", "errorMessage", .string(long(301)), "errorMessage"),
            ("transaction.declined", "errorMessage", 3, "errorMessage"),
            ("transaction.approved", "cardDetails", ["bin": "41111", "lastFour": "1111"], "cardDetails.bin"),
            ("transaction.approved", "cardDetails", ["bin": "411111", "lastFour": 1111], "cardDetails.lastFour"),
            ("transaction.approved", "credentialsOnFile", [:], "credentialsOnFile"),
            ("transaction.approved", "credentialsOnFile", ["cardReference": [:]], "credentialsOnFile"),
            ("transaction.approved", "status", "APPROVED", "status"),
            ("refund.wix-initiated.success", "amount", 4250, "amount"),
            ("refund.wix-initiated.success", "amount", "42.50", "amount"),
            ("refund.wix-initiated.success", "amount", "-1", "amount"),
            ("refund.wix-initiated.success", "amount", nil, "amount"),
            ("refund.wix-initiated.success", "pluginRefundId", nil, "pluginRefundId"),
            ("refund.wix-initiated.success", "wixRefundId", 5, "wixRefundId"),
            ("refund.wix-initiated.failure", "reasonCode", 5005, "reasonCode"),
            ("refund.wix-initiated.failure", "reasonCode", 3012, "reasonCode"),
            ("capture.success", "amount", 4250, "amount"),
            ("capture.success", "pluginTransactionId", "p", "pluginTransactionId"),
            ("capture.failure", "reasonCode", 3022, "reasonCode"),
            ("void.failure", "reasonCode", 5009, "reasonCode"),
        ] as [(String, String, JSON?, String)])
    func wrong(example: String, member: String, value: JSON?, field: String) throws {
        let kind = String(example.prefix { $0 != "." })
        var event = try Example.json("submit-event.\(example)")
        event.set("event.\(kind).\(member)", to: value)
        #expect(problems(of: event.line()) == ["event.\(kind).\(field)"])
    }

    @Test(
        "An envelope of the wrong form is named",
        arguments: [
            ("", ["body"]), ("{", ["body"]), ("[]", ["body"]), ("{}", ["event"]), (#"{"event":7}"#, ["event"]),
            (#"{"event":{}}"#, ["event"]), (#"{"event":{"status":"APPROVED"}}"#, ["event.status", "event"]),
            (#"{"event":{"transaction":{},"refund":{}}}"#, ["event"]),
            (#"{"events":[]}"#, ["event"]), (#"{"event":{"transaction":7}}"#, ["event.transaction"]),
        ] as [(String, [String])])
    func envelope(body: String, fields: [String]) {
        #expect(problems(of: body).prefix(fields.count) == fields[...])
    }

    @Test(
        "A code as a string, and one of the older tables, is taken with a doubt",
        arguments: [
            ("transaction.declined", "3012", 1), ("transaction.declined", 3005, 1), ("transaction.declined", "3005", 2),
            ("transaction.declined", 1000, 1), ("refund.wix-initiated.failure", "3025", 1),
            ("refund.wix-initiated.failure", 3025, 0),
        ] as [(String, JSON, Int)])
    func doubtfulCodes(example: String, code: JSON, doubts: Int) throws {
        var event = try Example.json("submit-event.\(example)")
        event.set("event.\(example.prefix { $0 != "." }).reasonCode", to: code)
        #expect(try EventCheck.read(event.bytes()).get().doubts.count == doubts)
    }

    @Test("Null counts as absent, and pluginId is ignored")
    func tolerated() throws {
        var event = try Example.json("submit-event.transaction.approved")
        for name in ["reasonCode", "errorCode", "errorMessage", "credentialsOnFile", "cardDetails"] {
            event.set("event.transaction.\(name)", to: .null)
        }
        event.set("event.pluginId", to: "old")
        #expect(problems(of: event.line()) == [])
    }

    private func problems(of body: String) -> [String] {
        switch EventCheck.read(Array(body.utf8)) {
        case .success: []
        case .failure(let refused): refused.problems.map(\.field)
        }
    }
}

private func long(_ count: Int) -> String { String(repeating: "x", count: count) }
