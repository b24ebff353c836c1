// The books of a payment, kept by hand from what was heard and what came out, and the laws that they have to keep.
// They read the machines' state only to compare it.

import Payments
import WixPayments

struct Books {
    /// What Wix asked to charge or to authorize.
    private let amount: Int64
    /// What was taken, in how many times.
    private var taken: Int64 = 0
    private var takings = 0
    private var isVoided = false
    private var running: PaymentAction?
    private var attempts = 0
    /// Refunds of Wix that succeeded, that run (by id), and those of the PSP.
    private var refundedForWix: Int64 = 0
    private var refunding: [String: Int64] = [:]
    private var refundedAtPSP: Int64 = 0
    private var pending = 0
    private var final: TransactionOutcome?
    private var details = ApprovalDetails.none
    /// How many events of each kind Wix has to get, and got.
    private var owed: [String: Int] = [:]
    private var sent: [String: Int] = [:]

    init(amount: Int64) { self.amount = amount }

    /// What can still be refunded.
    var remainder: Int64 { max(0, taken - refundedForWix - refundedAtPSP - refunding.values.reduce(0, +)) }

    /// Enters one step; returns the law that it broke.
    mutating func enter(_ heard: Heard, _ reply: Reply, before: Desk, after: Desk) -> String? {
        let breach =
            Rule9.breach(from: before.payment.state, to: after.payment.state)
            ?? Rule9.breachOfQuiet(reply.meeting, reply.event, before, after) ?? meet(heard, reply)
            ?? post(reply.event, after.payment.state)
        return breach ?? breachOfAnswer(heard, reply, after) ?? breachOfBalance(after.payment)
    }

    /// The law that a life broke in which nothing is open any more.
    var breachAtTheEnd: String? {
        if final == nil { return "a payment ended without a final transaction event" }
        if running != nil || !refunding.isEmpty { return "something still runs" }
        return owed == sent ? nil : "Wix is owed \(owed), and was sent \(sent)"
    }

    // MARK: Money

    /// Books what was heard, with what was made of it.
    private mutating func meet(_ heard: Heard, _ reply: Reply) -> String? {
        switch (heard, reply.meeting) {
        case (.outcome(let outcome), let meeting): return meet(outcome, meeting)
        case (.call(let action, let asked), .decision(let decision)): return meet(action, asked, decision)
        case (.ends(let action, let amount, .succeeded), .news):
            guard running == action else { return "an attempt ended that did not run" }
            running = nil
            if action == .capture { return take(amount) }
            isVoided = true
        case (.ends(let action, _, .failed), .news):
            guard running == action else { return "an attempt ended that did not run" }
            running = nil
        case (.lapses, let meeting): return lapse(meeting)
        case (.refund(let id, let asked), .refund(let amount)): return begin(id, asked, amount)
        case (.refund(let id, let asked), .refused(let refusal)):
            owed["refund \(RefundID.plugin(id))", default: 0] += 1
            return refusal == justRefusal(of: asked) ? nil : "a refund was refused for the wrong reason: \(refusal)"
        case (.refundEnds(let id, let outcome), .news):
            guard let amount = refunding.removeValue(forKey: id) else { return "a refund ended twice" }
            if outcome == .succeeded { refundedForWix += amount }
        case (.refundedAtPSP(let id, let amount), .news), (.refundedAtPSP(let id, let amount), .aboveRemainder):
            let fits = amount <= remainder
            refundedAtPSP += amount
            owed["refund \(id)", default: 0] += 1
            return fits == (reply.meeting == .news) ? nil : "a refund above the remainder was not seen as such"
        default: break
        }
        return isVoided && takings > 0 ? "a payment was charged and voided" : nil
    }

    private mutating func meet(_ outcome: PaymentOutcome, _ meeting: Meeting) -> String? {
        let contradicts =
            switch (outcome, final) {
            case (.approved, .declined), (.authorized, .declined), (.captured, .declined): true
            case (.approved, .approved): isVoided
            case (.captured, .approved): takings == 0 && running != .capture
            case (.declined, .approved): !isVoided
            default: false
            }
        if contradicts != (meeting == .conflict) { return "a contradiction was missed, or seen where none is" }
        guard meeting == .news else { return nil }
        switch outcome {
        case .approved(let shown), .captured(let shown):
            details = shown
            return take(amount)
        case .authorized(let shown):
            details = shown
            return nil
        case .pending, .redirect, .declined: return nil
        }
    }

    private mutating func take(_ amount: Int64) -> String? {
        takings += 1
        taken += amount
        if takings > 1 { return "a payment was charged twice" }
        return taken > self.amount ? "more was taken than was asked for" : nil
    }

    /// An authorization ends by itself; a void that runs is done with that.
    private mutating func lapse(_ meeting: Meeting) -> String? {
        let isOpen = final == nil || running == .capture
        let expected: Meeting = takings > 0 ? .conflict : isOpen ? .tellAgain : isAuthorized ? .news : .nothingNew
        if meeting == .news {
            if running == nil { owed["void", default: 0] += 1 }
            (running, isVoided) = (nil, true)
        }
        return meeting == expected ? nil : "the end of an authorization was met with \(meeting)"
    }

    private mutating func meet(_ action: PaymentAction, _ asked: Int64, _ decision: ActionDecision) -> String? {
        let fits = asked == amount || action == .capture && 0 < asked && asked < amount
        switch decision {
        case .begin(let attempt):
            attempts += 1
            owed[action.rawValue, default: 0] += 1
            if running != nil { return "two attempts run at once" }
            running = action
            if takings > 0 || isVoided { return "an attempt began on an authorization that was used up" }
            if attempt != attempts { return "an attempt has the number of another" }
            return fits ? nil : "an attempt of the wrong amount began"
        case .amountMismatch:
            owed[action.rawValue, default: 0] += 1
            return fits ? "a fitting amount was refused" : nil
        case .busy: return running == nil ? "busy without an attempt" : nil
        case .alreadyCaptured: return takings == 0 ? "captured without a capture" : nil
        case .alreadyVoided: return isVoided ? nil : "voided without a void"
        case .notAuthorized: return isAuthorized ? "an authorization was not seen" : nil
        }
    }

    private var isAuthorized: Bool {
        if case .approved? = final { takings == 0 && !isVoided } else { false }
    }

    private mutating func begin(_ id: String, _ asked: Int64?, _ amount: Int64) -> String? {
        let remainder = remainder
        refunding[id] = amount
        owed["refund \(RefundID.plugin(id))", default: 0] += 1
        if amount < 1 || amount > remainder { return "\(amount) is refunded where \(remainder) remains" }
        return amount == asked ?? remainder ? nil : "another amount is refunded than was asked for"
    }

    /// Why a refund has to be refused; nil when it has to run.
    private func justRefusal(of asked: Int64?) -> RefundRefusal? {
        if taken == 0 { return .notCaptured }
        if refundedForWix + refundedAtPSP >= taken { return .alreadyRefunded }
        if asked ?? remainder == 0 { return .nothingToRefund }
        return asked ?? 0 > remainder ? .aboveRemainder : nil
    }

    private func breachOfBalance(_ payment: Payment) -> String? {
        let running = refunding.values.reduce(0, +)
        if refundedForWix + running > taken { return "more is refunded for Wix than was taken" }
        guard payment.refunded == refundedForWix + refundedAtPSP, payment.refunding == running,
            payment.charged == taken, payment.refundable == remainder
        else { return "the payment's sums differ from the books" }
        return nil
    }

    // MARK: Messages

    /// Enters an event.
    private mutating func post(_ event: Event?, _ state: PaymentState) -> String? {
        guard let event else { return nil }
        switch event {
        case .transaction(let transaction):
            if let breach = post(transaction.outcome, state) { return breach }
        case .refund(let refund): sent["refund \(refund.pluginRefundId)", default: 0] += 1
        case .capture: sent["capture", default: 0] += 1
        case .void: sent["void", default: 0] += 1
        }
        if let one = sent.first(where: { $0.value > owed[$0.key] ?? 0 }) { return "one event too many of \(one.key)" }
        return EventLinter.breaches(event).first
    }

    private mutating func post(_ outcome: TransactionOutcome, _ state: PaymentState) -> String? {
        if state.word == "claimed" || state.word == "redirected" { return "an event while the buyer is on the page" }
        if final != nil { return "a transaction event after the final one" }
        switch outcome {
        case .pending:
            pending += 1
            return pending > 1 ? "a second pending event" : nil
        case .approved(_, let credentialsOnFile, let cardDetails):
            final = outcome
            let shown = ApprovalDetails(credentialsOnFile: credentialsOnFile, cardDetails: cardDetails)
            return shown == details ? nil : "other details are shown than the processor gave"
        case .declined:
            final = outcome
            return nil
        }
    }

    /// Answers say what the last event said, for good once it was final.
    private func breachOfAnswer(_ heard: Heard, _ reply: Reply, _ after: Desk) -> String? {
        if case .refund(let id, _) = heard {
            return reply.answer == after.refunds[id]?.answer(among: after.events)
                ? nil : "a refund's answer differs from its event"
        }
        let told = after.events.last { if case .transaction = $0 { true } else { false } }
        if case .transaction(let event)? = told {
            return reply.answer == .create(.outcome(event.outcome))
                ? nil : "Create's answer differs from the event"
        }
        if case .redirected(let page) = after.payment.state {
            return reply.answer == .create(.redirect(pluginTransactionId: Payment.samplePluginID, page))
                ? nil : "Create's answer has no page"
        }
        return reply.answer == nil ? nil : "Create is answered before anything is known"
    }
}

extension Refund {
    /// The answer that goes with this refund's event; nil while there is none.
    fileprivate func answer(among events: [Event]) -> Answer? {
        for case .refund(let event) in events where event.pluginRefundId == pluginRefundId {
            guard let failure = event.failure else { return .refund(.succeeded(pluginRefundId: pluginRefundId)) }
            return .refund(.failed(pluginRefundId: pluginRefundId, failure))
        }
        return nil
    }
}
