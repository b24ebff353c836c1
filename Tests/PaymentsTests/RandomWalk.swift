// One payment's life, made up: calls, repeats, outcomes, notifications, expiries, captures, voids and refunds in any
// order, likely or not; then everything that is still open ends. The books are kept at every step.

import Payments
import TestChance
import WixPayments

struct RandomWalk {
    /// What happened, for a report.
    private(set) var steps: [Heard] = []
    /// The first law that was broken.
    private(set) var breach: String?
    /// What was met on the way, so that a test can see that nothing was left out.
    private(set) var met: Set<String> = []

    private static let amounts: [Int64] = [0, 1, 2, 4250, Limits.amountMinorUnitsMax]
    private static let stepsMax = 100
    private static let wixRefunds = ["a", "b", "c", "d", "e"]

    private var random: SplitMix64
    private let amount: Int64
    private let authorizes: Bool
    private var desk: Desk
    private var books: Books

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        amount = Self.amounts.randomElement(using: &random)!
        authorizes = Bool.random(using: &random)
        desk = Desk(.sample(of: amount))
        books = Books(amount: amount)
        for _ in 0..<Int.random(in: 5...35, using: &random) { take(step()) }
        while let last = lastStep() {
            take(last)
            if steps.count > Self.stepsMax { breach = "it does not come to an end" }
        }
        breach = breach ?? books.breachAtTheEnd
    }

    private mutating func take(_ heard: Heard) {
        guard breach == nil else { return }
        let before = desk
        let reply = desk.hear(heard)
        steps.append(heard)
        breach = books.enter(heard, reply, before: before, after: desk)
        met.formUnion([desk.payment.state.word, reply.meeting.word])
    }

    // MARK: What comes next

    private mutating func step() -> Heard {
        let state = desk.payment.state
        let isActing = state.word == "capturing" || state.word == "voiding"
        let weighted: [(weight: Int, make: (inout Self) -> Heard)] = [
            (1, { _ in .create }),
            (state.standing == .open ? 6 : 2, { .outcome($0.outcome()) }),
            (1, { _ in .pageExpires }),
            (state == .authorized || isActing ? 6 : 1, { .call($0.action(), $0.someAmount()) }),
            (isActing ? 6 : 1, { $0.end() }),
            (1, { _ in .lapses }),
            (4, { .refund($0.pick(Self.wixRefunds), $0.chance(4) ? nil : $0.someAmount()) }),
            (4, { .refundEnds($0.pick(Self.wixRefunds + ["psp1", "psp2"]), $0.refundOutcome()) }),
            (1, { .refundedAtPSP($0.pick(["psp1", "psp2"]), $0.someAmount()) }),
        ]
        var ticket = Int.random(in: 0..<weighted.reduce(0) { $0 + $1.weight }, using: &random)
        for (weight, make) in weighted {
            if ticket < weight { return make(&self) }
            ticket -= weight
        }
        return .create
    }

    /// Ends something that is open; nil when nothing is.
    private mutating func lastStep() -> Heard? {
        guard breach == nil else { return nil }
        if desk.payment.state.standing == .open {
            return .outcome(chance(2) ? success() : .declined(.code(3012)))
        }
        if let running = running() { return .ends(running.0, running.1, actionOutcome()) }
        return desk.refunds.keys.sorted().first { desk.refunds[$0]?.state == .claimed }
            .map { .refundEnds($0, refundOutcome()) }
    }

    private func running() -> (PaymentAction, Int64)? {
        switch desk.payment.state {
        case .capturing(let amount): (.capture, amount)
        case .voiding: (.void, amount)
        default: nil
        }
    }

    private mutating func outcome() -> PaymentOutcome {
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: success()
        case 2: .pending(.code(pick([5005, 5009])))
        case 3, 4: .redirect(to: pick([.sample, .other]))
        case 5: .approved(pick([.none, .wallet, .token]))
        case 6: .authorized(.none)
        case 7: .captured(.none)
        default: .declined(.code(pick([1003, 3012, 3030, 6000]), "CODE", "A reason"))
        }
    }

    private mutating func success() -> PaymentOutcome {
        let details: ApprovalDetails = pick([.none, .none, .wallet, .token, .network, .networkWith3DS])
        return authorizes ? .authorized(details) : .approved(details)
    }

    /// Mostly the end of what runs, sometimes one that nobody waits for.
    private mutating func end() -> Heard {
        if let running = running(), !chance(4) { return .ends(running.0, running.1, actionOutcome()) }
        return .ends(action(), someAmount(), actionOutcome())
    }

    private mutating func someAmount() -> Int64 {
        let remainder = books.remainder
        let part = Int64.random(in: 0...amount, using: &random)
        return pick([0, 1, amount, amount, amount, amount + 1, remainder, remainder + 1, part])
    }

    private mutating func action() -> PaymentAction { pick([.capture, .capture, .void]) }
    private mutating func actionOutcome() -> ActionOutcome { chance(3) ? .failed(.code(6000)) : .succeeded }
    private mutating func refundOutcome() -> RefundOutcome { chance(3) ? .failed(.code(3025)) : .succeeded }
    private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
    private mutating func pick<T>(_ choices: [T]) -> T { choices.randomElement(using: &random)! }
}

extension Meeting {
    fileprivate var word: String {
        switch self {
        case .decision(.begin): "begin"
        case .decision(let decision): "\(decision)"
        case .refund: "refund"
        case .refused(let refusal): refusal.failure.errorCode ?? ""
        case .news, .nothingNew, .conflict, .lateRedirect, .tellAgain, .aboveRemainder: "\(self)"
        }
    }
}
