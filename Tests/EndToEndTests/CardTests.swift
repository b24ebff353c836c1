// The sandbox's cards (design, Sandbox): what each leads to in the answer, the event and the book.

import Testing
import TestStack

@Suite("Cards", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct CardTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let card: String
        let reason: Int64?
        var year: Int64 = 2031

        var testDescription: String { "\(card) \(year): \(reason.map(String.init) ?? "approved")" }
    }

    static let rows = [
        Row(card: "4111111111111111", reason: nil), Row(card: "4000000000000002", reason: 3000),
        Row(card: "4000000000009995", reason: 3012), Row(card: "4000000000000069", reason: 3013),
        Row(card: "4000000000000127", reason: 3016), Row(card: "4000000000009987", reason: 5000),
        Row(card: "4100000000000019", reason: 5001), Row(card: "4000000000000119", reason: 1003),
        Row(card: "4000000000000341", reason: nil), Row(card: "5555555555554444", reason: nil),
        Row(card: "378282246310005", reason: nil), Row(card: "4111111111111112", reason: 3015),
        Row(card: "1", reason: 3015), Row(card: "4111111111111111", reason: 3013, year: 2020),
    ]

    @Test("A card's outcome stands in the answer, in one event and in the book", arguments: rows)
    func outcome(_ row: Row) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment(row.card).setting("paymentMethodData.card.year", .integer(row.year))
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type").first?.contains("application/json") == true)
        #expect(answer.reason == row.reason)
        let example = try Example.json(
            row.reason == nil ? "create-transaction.response.approved" : "create-transaction.response.declined")
        #expect(answer.json.names == example.names)
        let id = try #require(answer.pluginID)

        let events = try await stack.events(payment.paymentID, count: 1)
        #expect(events.told == [transactionEvent(payment, answer)])
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
        #expect(try stack.effects(id).timeless == (row.reason == nil ? [effect("payment", id, 4250)] : []))
    }

    @Test(
        "A card under review is pending 5005, and after the configured time final",
        arguments: [("4000000000009235", nil), ("4000000000005126", 5001)] as [(String, Int64?)])
    func review(_ card: String, _ reason: Int64?) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment(card)
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.reason == 5005)
        let id = try #require(answer.pluginID)

        let events = try await stack.events(payment.paymentID, count: 2)
        #expect(events.first.map { Told(kind: $0.kind, payload: $0.payload) } == transactionEvent(payment, answer))
        let last = try await stack.call(.create, payment)
        #expect(last.reason == reason)
        #expect(last.pluginID == id)
        #expect(events.told.last == transactionEvent(payment, last))
        #expect(try await stack.storedEvents(payment.paymentID).count == 2)
        #expect(try stack.effects(id).timeless == (reason == nil ? [effect("payment", id, 4250)] : []))
    }

    @Test("Zero and three decimals are minor units as they come", arguments: [("JPY", 5800), ("KWD", 12345)])
    func decimals(_ currency: String, _ amount: Int64) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting("order.description.currency", .string(currency))
            .setting("order.description.totalAmount", .integer(amount))
        let id = try #require(try await stack.call(.create, payment).pluginID)
        #expect(try stack.effects(id).timeless == [effect("payment", id, amount, currency)])
    }

    @Test("An amount may be a string of digits, and zero", arguments: ["0", "4250"] as [JSON] + [0])
    func amounts(_ amount: JSON) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment().setting("order.description.totalAmount", amount)
        let answer = try await stack.call(.create, payment)
        #expect(answer.reason == nil)
        let id = try #require(answer.pluginID)
        #expect(try stack.effects(id).map { $0["amount"]?.int } == [amount.int ?? Int64(amount.text ?? "")])
        #expect(try await stack.events(payment.paymentID, count: 1).told == [transactionEvent(payment, answer)])
    }

    @Test("A currency that is not enabled is declined 3003")
    func currency() async throws {
        let stack = try await Stack.strict()
        try await stack.connectSampleMerchant()
        let payment = try Sample.payment().setting("order.description.currency", "USD")
        let answer = try await stack.call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.reason == 3003)
        #expect(try await stack.events(payment.paymentID, count: 1).told == [transactionEvent(payment, answer)])
    }
}
