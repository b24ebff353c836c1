// The stacks that many tests share, started with the first test that asks for one and ended with the test run; and
// what their events are compared with.

import Testing
import TestStack

extension Stack {
    private static let usualOne = Task { try await Stack.start() }
    private static let strictOne = Task {
        try await Stack.start(
            Options(config: [
                "require-connected-merchant": true, "answer-deadline-seconds": 1, "in-flight-wait-seconds": 1,
                "redirect-expiry-minutes": 1,
                "wix.public-key-files": [
                    .string(try await Keys.shared().path("stranger-public.pem")),
                    .string(try await Keys.shared().path("wix-public.pem")),
                ], "sandbox.currencies": ["EUR", "JPY"], "sandbox.pending-seconds": 3,
                "wix.capture-void-reason-codes": [
                    "already-captured": nil, "already-voided": 3043, "amount-mismatch": 3002, "failed": 1006,
                ],
            ]))
    }

    /// The usual configuration.
    static func usual() async throws -> Stack { try await usualOne.value }

    /// One that answers after a second whatever the processor does, knows its merchants, and has other codes.
    static func strict() async throws -> Stack { try await strictOne.value }

    /// The merchant of all samples, connected.
    func connectSampleMerchant() async throws {
        for name in ["connect-account.request", "connect-account.request.sandbox"] {
            let answer = try await call(.connect, try Example.json(name))
            try #require(answer.json["accountId"]?.text != nil, "\(answer)")
        }
    }
}

extension [ReceivedEvent] {
    /// Kinds and payloads, for comparison.
    var told: [Told] { map { Told(kind: $0.kind, payload: $0.payload) } }
}

/// What an event says.
struct Told: Hashable, CustomStringConvertible {
    var kind: String
    var payload: JSON

    var description: String { "\(kind) \(payload)" }
}

/// The event that an answer owes (spec §6.5): the answer, and the payment's id.
func transactionEvent(_ request: JSON, _ answer: Answer) -> Told {
    Told(kind: "transaction", payload: answer.json.setting("wixTransactionId", .string(request.paymentID)))
}

/// The event that a refund's answer owes: the answer, both of Wix's ids, and the amount as a string.
func refundEvent(_ request: JSON, _ answer: Answer, amount: Int64) -> Told {
    Told(
        kind: "refund",
        payload: answer.json.setting("wixTransactionId", .string(request.paymentID))
            .setting("wixRefundId", request["wixRefundId"]).setting("amount", .string("\(amount)")))
}
