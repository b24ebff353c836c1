// Random lives of payments against the laws of `Books`. `TESTS_SEED=<seed>` plays a reported life first.

import TestChance
import Testing
import WixPayments

@Suite("Random lives of a payment")
struct PropertyTests {
    @Test("However calls, repeats, outcomes and timeouts mix, no law is broken")
    func laws() {
        let seed = Effort.seed("lives of payments")
        let broken = (0..<4_000).map { (seed: seed &+ $0, walk: RandomWalk(seed: seed &+ $0)) }
            .filter { $0.walk.breach != nil }
        guard let (seed, walk) = broken.min(by: { $0.walk.steps.count < $1.walk.steps.count }) else { return }
        let steps = walk.steps.map { "  \($0)" }.joined(separator: "\n")
        Issue.record(
            "\(broken.count) lives broke a law. TESTS_SEED=\(seed): \(walk.breach ?? "")\n\(steps)")
    }

    @Test("The lives pass through every state and meet every decision and refusal")
    func coverage() {
        let met = (0..<300 as Range<UInt64>).reduce(into: Set<String>()) { $0.formUnion(RandomWalk(seed: $1).met) }
        #expect(
            met == [
                "claimed", "redirected", "pending", "authorized", "approved", "declined", "canceled", "expired",
                "capturing", "captured", "voiding", "voided",
                "news", "nothingNew", "conflict", "lateRedirect", "tellAgain", "aboveRemainder",
                "begin", "busy", "alreadyCaptured", "alreadyVoided", "amountMismatch", "notAuthorized",
                "refund", "NOT_CAPTURED", "ALREADY_REFUNDED", "NOTHING_TO_REFUND", "AMOUNT_ABOVE_REMAINDER",
            ])
    }

    @Test("A seed repeats a life step by step")
    func repeatable() {
        #expect(RandomWalk(seed: 7).steps == RandomWalk(seed: 7).steps)
        #expect(RandomWalk(seed: 7).steps != RandomWalk(seed: 8).steps)
    }
}
