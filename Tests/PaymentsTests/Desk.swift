// A payment's desk: the pure machines with the little memory that the store adds to them, namely refunds by their ids,
// the attempt that runs, and the events that were sent. Transcripts and random walks play on it.

import Payments
import WixPayments

/// What a desk hears of its payment.
enum Heard: Sendable, Equatable {
    /// Wix calls Create, again and again.
    case create
    /// The processor answers, is looked up, notifies; or a buyer decides; or the answer deadline passes.
    case outcome(PaymentOutcome)
    /// The processor has confirmed the cancel of an abandoned page.
    case pageExpires
    /// Wix calls Capture or Void.
    case call(PaymentAction, Int64)
    /// The processor answers it.
    case ends(PaymentAction, Int64, ActionOutcome)
    /// An authorization ended at the processor by itself.
    case lapses
    /// Wix calls Refund.
    case refund(String, Int64?)
    /// The processor answers it.
    case refundEnds(String, RefundOutcome)
    /// The processor tells of a refund that began there.
    case refundedAtPSP(String, Int64)
}

/// What it makes of that.
enum Meeting: Sendable, Equatable {
    case news, nothingNew, conflict, lateRedirect, tellAgain
    case decision(ActionDecision)
    case refund(of: Int64)
    case refused(RefundRefusal)
    case aboveRemainder

    static func runs(_ attempt: Int) -> Meeting { .decision(.begin(attempt: attempt)) }
}

/// What comes out.
struct Reply {
    var meeting: Meeting
    /// What the refund call is answered with, or Create if it were called now; nil while there is no answer.
    var answer: Answer?
    /// What Wix is sent.
    var event: Event?
}

enum Answer: Equatable {
    case create(CreateTransactionResponse)
    case refund(RefundTransactionResponse)

    func json() -> [UInt8] {
        switch self {
        case .create(let answer): answer.json()
        case .refund(let answer): answer.json()
        }
    }
}

struct Desk: Equatable {
    var payment: Payment
    /// By Wix's id, those begun at the PSP by their plugin id.
    private(set) var refunds: [String: Refund] = [:]
    private(set) var events: [Event] = []

    init(_ payment: Payment) { self.payment = payment }

    mutating func hear(_ heard: Heard) -> Reply {
        var reply = react(to: heard)
        if case .refund(let id, _) = heard {
            reply.answer = refunds[id]?.answer.map(Answer.refund)
        } else {
            reply.answer = payment.createAnswer.map(Answer.create)
        }
        if let event = reply.event { events.append(event) }
        return reply
    }

    private mutating func react(to heard: Heard) -> Reply {
        switch heard {
        case .create: Reply(meeting: .nothingNew)
        case .outcome(let outcome): Reply(payment.apply(outcome))
        case .pageExpires: Reply(payment.expire(because: .buyerLeft))
        case .call(let action, let amount): call(action, amount)
        case .ends(let action, let amount, let outcome):
            Reply(event: payment.finish(action, amount: amount, outcome))
        case .lapses: lapse()
        case .refund(let id, let amount): refund(id, amount)
        case .refundEnds(let id, let outcome): end(id, outcome)
        case .refundedAtPSP(let id, let amount): recordRefund(id, amount)
        }
    }

    private mutating func call(_ action: PaymentAction, _ amount: Int64) -> Reply {
        let decision = payment.begin(action, amount: amount)
        guard case .amountMismatch = decision else { return Reply(meeting: .decision(decision)) }
        let refused = Payment.event(
            for: action, wixTransactionId: payment.wixTransactionId, amount: amount, .failed(.code(3001)))
        return Reply(meeting: .decision(decision), event: refused)
    }

    private mutating func lapse() -> Reply {
        do throws(Contradiction) {
            return Reply(event: try payment.lapse())
        } catch {
            return Reply(meeting: error.mayFitLater ? .tellAgain : .conflict)
        }
    }

    private mutating func refund(_ id: String, _ amount: Int64?) -> Reply {
        guard refunds[id] == nil else { return Reply(meeting: .nothingNew) }
        func refund(_ amount: Int64?, _ state: RefundState) -> Refund {
            Refund(
                wixTransactionId: payment.wixTransactionId, wixRefundId: id, pluginRefundId: RefundID.plugin(id),
                amount: amount, state: state)
        }
        switch payment.beginRefund(of: amount) {
        case .success(let amount):
            refunds[id] = refund(amount, .claimed)
            return Reply(meeting: .refund(of: amount), event: refunds[id]?.event)
        case .failure(let refusal):
            refunds[id] = refund(amount, .failed(refusal.failure))
            return Reply(meeting: .refused(refusal), event: refunds[id]?.event)
        }
    }

    private mutating func end(_ id: String, _ outcome: RefundOutcome) -> Reply {
        guard var refund = refunds[id] else { return Reply(meeting: .nothingNew) }
        guard payment.finish(&refund, outcome) else {
            return Reply(meeting: refund.contradicts(outcome) ? .conflict : .nothingNew)
        }
        refunds[id] = refund
        return Reply(event: refund.event)
    }

    private mutating func recordRefund(_ id: String, _ amount: Int64) -> Reply {
        guard refunds[id] == nil else { return Reply(meeting: .nothingNew) }
        let fits = payment.recordRefund(of: amount)
        let refund = Refund(
            wixTransactionId: payment.wixTransactionId, wixRefundId: nil, pluginRefundId: id, amount: amount,
            state: .succeeded)
        refunds[id] = refund
        return Reply(meeting: fits ? .news : .aboveRemainder, event: refund.event)
    }
}

extension Reply {
    fileprivate init(_ verdict: PaymentVerdict) {
        switch verdict {
        case .changed(let event): self.init(meeting: .news, event: event)
        case .unchanged: self.init(meeting: .nothingNew)
        case .contradicts: self.init(meeting: .conflict)
        case .lateRedirect: self.init(meeting: .lateRedirect)
        }
    }

    fileprivate init(event: Event?) { self.init(meeting: event == nil ? .nothingNew : .news, event: event) }
}
