// The same id again (design rules 4 to 6): one effect, one event, equal answers; other terms are refused.

import Testing
import TestStack

@Suite("Repeats", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct RepeatTests {
    @Test(
        "A repeat answers the same, and nothing happens again",
        arguments: [Sample.approvedCard, "4000000000000002", "4000000000003220"])
    func again(_ card: String) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment(card)
        let first = try await stack.call(.create, payment)
        for _ in 0..<3 {
            let answer = try await stack.call(.create, payment)
            #expect(answer.status == 200)
            #expect(answer.text == first.text)
        }
        #expect(try stack.effects(first.pluginID).count == (card == Sample.approvedCard ? 1 : 0))
        #expect(try await stack.storedEvents(payment.paymentID).count == (first.json["redirectUrl"] == nil ? 1 : 0))
    }

    @Test("Twenty at once with one id: one effect, one event, twenty equal answers")
    func twenty() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        let answers = try await stack.calls(20, .create, payment)
        #expect(answers.count == 20)
        #expect(Set(answers.map(\.description)).count == 1)
        let answer = try #require(answers.first)
        #expect(answer.status == 200)
        let id = try #require(answer.pluginID)
        #expect(try stack.effects(id).timeless == [effect("payment", id, 4250)])
        #expect(try await stack.events(payment.paymentID, count: 1).told == [transactionEvent(payment, answer)])
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
    }

    @Test("Two hundred payments at once are two hundred payments, each told once")
    func distinct() async throws {
        let stack = try await Stack.usual()
        let payments = try (0..<200).map { _ in try Sample.payment() }
        let answers = try await stack.calls(.create, payments)
        #expect(Set(answers.map(\.status)) == [200])
        #expect(Set(answers.compactMap(\.pluginID)).count == 200)
        let book = try stack.effects().compactMap { $0["id"]?.text }
        for answer in answers { #expect(book.filter { $0 == answer.pluginID }.count == 1) }
        for (payment, answer) in zip(payments, answers) {
            #expect(try await stack.events(payment.paymentID, count: 1).told == [transactionEvent(payment, answer)])
        }
    }

    @Test("A repeat in other words is the same payment: white space, member order, unknown members")
    func otherWords() async throws {
        let stack = try await Stack.usual()
        let id = newID()
        let first = try await stack.call(
            .create, bytes: try Example.bytes("create-transaction.request.card", wixTransactionId: id))
        let again = try await stack.call(.create, try Sample.payment(id: id).setting("new", [1, 2]))
        #expect(again.description == first.description)
        #expect(try stack.effects(first.pluginID).count == 1)
    }

    static let otherTerms: [(String, JSON)] = [
        ("order.description.totalAmount", 4251), ("order.description.totalAmount", "4249"),
        ("order.description.currency", "USD"), ("wixMerchantId", "another-merchant"),
    ]

    @Test("Another amount, currency or merchant is 409, and the stored result stays", arguments: otherTerms)
    func mismatch(_ path: String, _ value: JSON) async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        let first = try await stack.call(.create, payment)
        let other = try await stack.call(.create, payment.setting(path, value))
        #expect(other.status == 409)
        #expect(other.json["errorCode"]?.text != nil)
        #expect(other.pluginID == nil)
        let record = try await stack.logged { $0["request"]?.text == other.requestID && $0["level"]?.text == "warning" }
        #expect(record["message"]?.text?.isEmpty == false)

        #expect(try await stack.call(.create, payment).description == first.description)
        #expect(try stack.effects(first.pluginID).count == 1)
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
    }

    @Test("A spoilt repeat with another amount is 409 too, and one with the same amount changes nothing")
    func spoiltRepeat() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        let first = try await stack.call(.create, payment)
        let spoilt = payment.setting("merchantCredentials", nil)
        #expect(try await stack.call(.create, spoilt).description == first.description)
        let other = try await stack.call(.create, spoilt.setting("order.description.totalAmount", 1))
        #expect(other.status == 409)
        #expect(try stack.effects(first.pluginID).count == 1)
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
    }

    @Test("Two amounts at once under one id: one of them is charged, the other is 409")
    func race() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        let other = payment.setting("order.description.totalAmount", 99)
        let answers = try await stack.calls(
            .create, (0..<20).map { $0.isMultiple(of: 2) ? payment : other })
        let charged = answers.filter { $0.status == 200 }
        #expect(charged.count == 10)
        #expect(Set(charged.map(\.text)).count == 1)
        #expect(answers.filter { $0.status == 409 }.count == 10)
        let effects = try stack.effects(charged.first?.pluginID)
        #expect(effects.count == 1)
        #expect(effects.first?["amount"] == (answers[0].status == 200 ? 4250 : 99))
    }
}
