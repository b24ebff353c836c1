// pspd with the PSP's own gateway, the example one: stalled, killed in the midst, and telling things of its own accord.

import Foundation
import Glibc
import Testing
import TestStack

@Suite("Gateway", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct GatewayTests {
    /// Broken variants never answer this one, or late.
    private static let slowCard = "4000000000006975"

    /// How long pspd took for each, by its own log: nobody's own waiting is in it.
    private func printTimes(_ stack: Stack, _ answers: [Answer]) async throws {
        var times: [String] = []
        for answer in answers {
            let record = try await stack.logged { $0["request"]?.text == answer.requestID && $0["ms"] != nil }
            times.append(record["ms"]?.text ?? "")
        }
        print("repeat, refusal, malformed call while 1,000 payments wait, ms: \(times)")
    }

    @Test("With 1,000 payments waiting for a stalled gateway, repeats and refusals are answered")
    func stalled() async throws {
        let config: [String: JSON] = ["answer-deadline-seconds": 1, "gateway.timeout-seconds": 280]
        try await GatewayStack.with(variant: "stalls", config: config) { gateway in
            let stack = gateway.stack
            let (settled, id) = try await stack.approved()
            let waiting = try (0..<1_000).map { _ in try Sample.payment(Self.slowCard) }
            // No more at once than the test's own connections.
            for some in stride(from: 0, to: waiting.count, by: 50).map({ waiting[$0..<$0 + 50] }) {
                let answers = try await stack.calls(.create, Array(some))
                #expect(answers.allSatisfy { $0.status == 200 && $0.reason == 5009 })
            }

            let repeated = try await stack.call(.create, settled)
            #expect(repeated.text == #"{"pluginTransactionId":"\#(id)"}"#)
            let refused = try await stack.send(
                "POST", stack.baseURL + Endpoint.create.rawValue,
                headers: [("Content-Type", "application/json"), ("Digest", "JWT=none")], body: settled.bytes)
            #expect(refused.status == 401)
            let mistaken = try await stack.call(.create, try Sample.payment().setting("order", nil))
            #expect(mistaken.reason == 1004)
            try await printTimes(stack, [repeated, refused, mistaken])
            // Nothing of what waits has ended meanwhile.
            #expect(try gateway.effects().count == 1)
            let open = try await stack.call(.create, try #require(waiting.last))
            #expect(open.reason == 5009)
        }
    }

    @Test("pspd is killed while the gateway works: one charge, and its event after the restart")
    func killed() async throws {
        try await GatewayStack.with(variant: "answers-late") { gateway in
            let stack = gateway.stack
            let payment = try Sample.payment(Self.slowCard)
            let lost = Task { try? await stack.call(.create, payment) }
            let charged: Void? = try await poll(within: 30) { try gateway.effects().isEmpty ? nil : () }
            try #require(charged != nil)
            for process in stack.pspdProcesses() { kill(process.pid, SIGKILL) }
            let gone: Void? = try await poll(within: 20) { stack.pspdProcesses().isEmpty ? () : nil }
            try #require(gone != nil)
            #expect(try await stack.storedEvents(payment.paymentID).isEmpty)
            _ = await lost.value

            try await stack.startPspd()
            let events = try await stack.events(payment.paymentID, count: 1)
            let answer = try await stack.call(.create, payment)
            #expect(answer.reason == nil)
            let id = try #require(answer.pluginID)
            #expect(events.told == [transactionEvent(payment, answer)])
            #expect(try gateway.effects(of: id) == ["payment"])
            #expect(try await stack.storedEvents(payment.paymentID).count == 1)
        }
    }

    @Test("A refund begun at the PSP and a lapsed authorization reach Wix once, however often they are told")
    func notifications() async throws {
        try await GatewayStack.with { gateway in
            let stack = gateway.stack
            let (paid, paidID) = try await stack.approved()
            let refund: JSON = [
                "type": "refund.created", "data": ["id": "re_1", "paymentId": .string(paidID), "amount": 600],
            ]
            let (held, heldID) = try await stack.approved(authorizeOnly: true)
            let void: JSON = ["type": "void.created", "data": ["paymentId": .string(heldID), "amount": 4250]]
            #expect(try await gateway.notify("msg_0", refund, key: Array("another secret".utf8)).status == 401)
            for _ in 0..<3 {
                #expect(try await gateway.notify("msg_1", refund).status == 200)
                #expect(try await gateway.notify("msg_2", void).status == 200)
            }
            // Told anew, under another id.
            #expect(try await gateway.notify("msg_3", refund).status == 200)

            let refunds = try await stack.events(paid.paymentID, count: 2).told.filter { $0.kind == "refund" }
            let told: JSON = [
                "wixTransactionId": .string(paid.paymentID), "pluginRefundId": "re_1", "amount": "600",
            ]
            #expect(refunds == [Told(kind: "refund", payload: told)])
            let voids = try await stack.events(held.paymentID, count: 2).told.filter { $0.kind == "void" }
            let lapsed: JSON = ["wixTransactionId": .string(held.paymentID), "amount": "4250"]
            #expect(voids == [Told(kind: "void", payload: lapsed)])
            for payment in [paid, held] { #expect(try await stack.storedEvents(payment.paymentID).count == 2) }
        }
    }
}
