// Calls of every kind with marked cards, credentials and buyers in them: good, declined, mistaken, malformed, refused,
// and cut off by crashes.

import Foundation
import Glibc
import Testing
import TestStack

/// Makes the calls, and keeps what was answered to those that failed.
final class MarkedCalls {
    private let stack: Stack
    /// Ids of payments that got somewhere.
    private(set) var payments: [String] = []
    /// Error texts: answers of all calls but those that connect, which give the credentials back.
    private(set) var refusals: [Place] = []

    init(_ stack: Stack) { self.stack = stack }

    @discardableResult
    private func call(_ endpoint: Endpoint, _ request: JSON) async throws -> Answer {
        let answer = try await stack.call(endpoint, request)
        if endpoint == .create, answer.pluginID != nil { payments.append(request.paymentID) }
        if answer.json["accountId"] == nil { keep(answer, endpoint.rawValue) }
        return answer
    }

    @discardableResult
    private func keep(_ answer: Answer, _ name: String) -> Answer {
        refusals.append(Place("the answer \(answer.status) of \(name)", answer.text))
        return answer
    }

    func makeAll() async throws {
        try await connect()
        try await pay()
        try await malformed()
        let id = try await refund()
        #expect(id != nil)
        try await captureAndVoid()
    }

    private func connect() async throws {
        let request: JSON = [
            "wixMerchantId": "m", "credentials": ["key": .string(Marks.secret), "other": .string(Marks.addedSecret)],
        ]
        #expect(try await call(.connect, request).status == 200)
        try await call(.connect, request.setting("credentials.account", "invalid"))
        try await call(.connect, request.setting("currency", "XXX"))
        try await call(.connect, request.setting("credentials", .string(Marks.secret)))
        try await call(.connect, request.setting("credentials.key", ["nested": .string(Marks.secret)]))
    }

    private func pay() async throws {
        let good = try Marks.payment()
        #expect(try await call(.create, good).pluginID != nil)
        try await call(.create, good.setting("order.description.totalAmount", 1))
        try await call(.create, try Marks.payment(Marks.declinedCard))
        try await call(.create, try Marks.payment(Marks.oddCard))
        try await call(.create, try Marks.payment(Marks.redirectCard))
        try await call(.create, try Marks.payment().setting("order.description.totalAmount", "x"))
        try await call(.create, try Marks.payment().setting("paymentMethodData.card.month", 99))
        try await call(.create, try Marks.payment().setting("paymentMethodData.card.cvv", .string(Marks.secret)))
        // The card where another field belongs.
        for path in ["order.description.currency", "mode", "paymentMethod"] {
            try await call(.create, try Marks.payment().setting(path, .string(Marks.card)))
        }
        let wallet: JSON = [
            "googlePay": [
                "pan": .string(Marks.card), "expirationYear": 2031, "expirationMonth": 1,
                "authenticationMethod": "CRYPTOGRAM_3DS", "cryptogram": .string(Marks.cryptogram),
            ]
        ]
        try await call(
            .create, try Marks.payment().setting("paymentMethodData", wallet).setting("paymentMethod", "googlePay"))
        try await call(
            .create,
            try Marks.payment().setting("paymentMethodData", ["reference": ["token": .string(Marks.token)]])
                .setting("offSession", true))
    }

    private func malformed() async throws {
        let url = stack.baseURL + Endpoint.create.rawValue
        let body = try Marks.payment().bytes
        let type = ("Content-Type", "application/json")
        keep(try await stack.call(.create, bytes: Array(body.dropLast())), "half a body")
        keep(try await stack.call(.create, bytes: body + body), "a body twice")
        let forged = [type, ("Digest", "JWT=a.b.c"), ("X-Card", Marks.card), ("Authorization", Marks.secret)]
        #expect(keep(try await stack.send("POST", url, headers: forged, body: body), "a forgery").status == 401)
        let text = [("Content-Type", "text/\(Marks.card)"), ("Digest", try stack.digest(body))]
        #expect(keep(try await stack.send("POST", url, headers: text, body: body), "another type").status == 415)
        keep(try await stack.send("PUT", url, headers: [type], body: body), "another method")
        let query = "?card=\(Marks.card)&cvv=\(Marks.cvv)&secret=\(Marks.secret)"
        keep(try await stack.send("POST", url + query, headers: [type], body: body), "a query")
        keep(try await stack.send("GET", stack.baseURL + "/none" + query), "an unknown path")
        let large = body + [UInt8](repeating: 0x20, count: 240_000)
        #expect(keep(try await stack.call(.create, bytes: large), "a large body").status == 200)
        let tooLarge = body + [UInt8](repeating: 0x20, count: 300_000)
        #expect(keep(try await stack.call(.create, bytes: tooLarge), "too large a body").status == 413)
        // Cut off in the midst of the card.
        let cut = try await RawConnection.open(stack, from: "127.0.0.1")
        let half = body.prefix(body.count / 2)
        cut.send(stack.request("POST", Endpoint.create.rawValue, headers: [type, ("Content-Length", "\(body.count)")]))
        cut.send(Array(half))
        await cut.close()
    }

    private func refund() async throws -> String? {
        let good = try Marks.payment()
        let id = try await call(.create, good).pluginID
        let refund = Marks.withCredentials(try Sample.refund(of: good, id, 100))
        try await call(.refund, refund)
        try await call(.refund, refund.setting("refundAmount", "x").setting("wixRefundId", .string(newID())))
        try await call(.refund, refund.setting("refundAmount", 999_999).setting("wixRefundId", .string(newID())))
        return id
    }

    private func captureAndVoid() async throws {
        for endpoint in [Endpoint.capture, .void] {
            let payment = try Marks.payment().setting("authorizeOnly", true)
            let id = try await call(.create, payment).pluginID
            let action = Marks.withCredentials(try Sample.action(endpoint, of: payment, id, 4250))
            let amount = endpoint == .capture ? "captureAmount" : "voidAmount"
            try await call(endpoint, action.setting(amount, 999_999))
            try await call(endpoint, action.setting(amount, .string(Marks.card)))
            try await call(endpoint, action)
            try await call(endpoint, action)
        }
    }

    /// A buyer decides on the sandbox's page, and sends more than was asked for.
    func redirect() async throws {
        let payment = try Marks.payment(Marks.redirectCard)
        let (_, buyer) = try await stack.redirected(payment)
        payments.append(payment.paymentID)
        keep(try await buyer.open(), "the buyer's page")
        keep(try await buyer.submit("card=\(Marks.card)&cvv=\(Marks.cvv)"), "a strange form")
        keep(try await buyer.press("approve"), "a decision")
        _ = try await stack.events(payment.paymentID, count: 1)
    }

    /// The gateway's own calls: signed, not signed, mistaken, and with a card in their words.
    func notify(_ gateway: GatewayStack) async throws {
        let payment = try Marks.payment(Marks.slowCard)
        let id = try #require(try await call(.create, payment).pluginID)
        let words = "card \(Marks.card) of \(Marks.oddCard) is blocked"
        let update: JSON = [
            "type": "payment.updated",
            "data": [
                "id": .string(id), "status": "declined", "reasonCode": 3000, "errorCode": .string(Marks.card),
                "errorMessage": .string(words),
            ],
        ]
        keep(try await gateway.notify("msg_1", update, key: Array("another".utf8)), "a forged notification")
        keep(try await gateway.notify("msg_2", update.setting("data.status", .string(Marks.card))), "a bad one")
        keep(try await gateway.notify("msg_3", update.setting("data.id", .string(Marks.secret))), "an unknown one")
        keep(try await gateway.notify("msg_4", update), "a notification")
        keep(try await gateway.notify("msg_5", update.setting("data.status", "approved")), "a contradiction")
    }

    /// Workers and courier die while they hold a card: killed, and by the signals of a fault in the program.
    func crash() async throws {
        for signal in [SIGKILL, SIGSEGV, SIGABRT, SIGILL] {
            let payment = try Marks.payment(Marks.slowCard)
            let lost = Task { [stack] in try? await stack.call(.create, payment) }
            let claimed = try await poll(within: 30) {
                try await stack.rows("SELECT 1 FROM payments WHERE wix_transaction_id = '\(payment.paymentID)'").first
            }
            #expect(claimed != nil)
            let victims = stack.pspdProcesses().filter { $0.role != "serve" }
            for victim in victims { kill(victim.pid, signal) }
            _ = await lost.value
            let replaced: Void? = try await poll(within: 60) {
                let now = stack.pspdProcesses().filter { $0.role != "serve" }
                return now.count == victims.count && Set(now.map(\.pid)).isDisjoint(with: victims.map(\.pid)) ? () : nil
            }
            #expect(replaced != nil)
            try await stack.waitForPspd()
            try await call(.create, payment)
        }
    }
}
