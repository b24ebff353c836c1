// A payment and its rules (design rules 5, 7 and 9): an input goes in, the new state and what to tell Wix come out.
// Pure; whoever calls these functions inside a store transaction gets races settled once.

public import WixPayments

/// One payment of one buyer, as pspd knows it.
public struct Payment: Sendable, Hashable {
    /// Wix's id, the idempotency key of Create (spec §7).
    public let wixTransactionId: String
    /// pspd's id, the idempotency key towards the gateway (design rule 4).
    public let pluginTransactionId: String
    /// Wix's id of the merchant; nil when a malformed Create did not tell.
    public let wixMerchantId: String?
    /// Live or sandbox; kept with the payment because Capture and Void carry none (spec §13).
    public let mode: Mode
    /// The total to charge; nil when a malformed Create did not tell.
    public let amount: Money?
    /// Authorize now, capture or void later (spec §8).
    public let authorizeOnly: Bool
    /// No buyer is there who could be sent to a page: a recurring charge, or a mail or telephone order.
    public let isUnattended: Bool
    /// Where it stands.
    public internal(set) var state: PaymentState
    /// Pending: the buyer was on the processor's page before, so that a redirect told again is no late one.
    public internal(set) var isPendingAfterPage: Bool
    /// What goes with a successful outcome.
    public internal(set) var details: ApprovalDetails
    /// Minor units of succeeded refunds; more than were charged only if refunds begun at the PSP took more.
    public internal(set) var refunded: Int64
    /// Minor units of refunds that are running.
    public internal(set) var refunding: Int64
    /// How many capture and void attempts were begun; numbers the next attempt's key.
    public internal(set) var attempts: Int

    /// Creates a payment, by default a freshly claimed one. Store passes the rest when it reads one back.
    public init(
        wixTransactionId: String,
        pluginTransactionId: String,
        wixMerchantId: String?,
        mode: Mode,
        amount: Money?,
        authorizeOnly: Bool,
        isUnattended: Bool = false,
        state: PaymentState = .claimed,
        isPendingAfterPage: Bool = false,
        details: ApprovalDetails = ApprovalDetails(),
        refunded: Int64 = 0,
        refunding: Int64 = 0,
        attempts: Int = 0
    ) {
        self.wixTransactionId = wixTransactionId
        self.pluginTransactionId = pluginTransactionId
        self.wixMerchantId = wixMerchantId
        self.mode = mode
        self.amount = amount
        self.authorizeOnly = authorizeOnly
        self.isUnattended = isUnattended
        self.state = state
        self.isPendingAfterPage = isPendingAfterPage
        self.details = details
        self.refunded = refunded
        self.refunding = refunding
        self.attempts = attempts
    }
}

extension Payment {
    /// Whether a repeat asks for the same as what is stored (design rule 6); what was not readable then cannot differ.
    public func isSamePurchase(as other: Payment) -> Bool {
        func agree<T: Equatable>(_ stored: T?, _ asked: T?) -> Bool {
            guard let stored, let asked else { return true }
            return stored == asked
        }
        return agree(amount, other.amount) && agree(wixMerchantId, other.wixMerchantId)
    }
}

/// What a processor, a buyer or a notification says about a payment.
public enum PaymentOutcome: Sendable, Hashable {
    /// Charged.
    case approved(ApprovalDetails)
    /// Authorized, capture or void follows; only for payments with `authorizeOnly`, others are never captured.
    case authorized(ApprovalDetails)
    /// The money of an authorization was taken: what `approved` says, and that no authorization is left.
    case captured(ApprovalDetails)
    /// Taken, outcome open.
    case pending(Failure<PendingCode>)
    /// The buyer continues on a page of the processor.
    case redirect(to: RedirectURL)
    /// Refused; 3030 means the buyer canceled.
    case declined(Failure<DeclineCode>)
}

/// What an outcome did to a payment.
public enum PaymentVerdict: Sendable, Hashable {
    /// The state changed; `event`, if any, goes to Wix.
    case changed(event: Event?)
    /// Nothing new.
    case unchanged
    /// It contradicts what Wix was told for good: keep it as a conflict for an operator.
    case contradicts
    /// A redirect for a buyer who is no longer waiting, or never was there: cancel it at the processor, then decline
    /// (design rule 7; `PaymentReport.afterLateRedirect(of:)`).
    case lateRedirect
}

extension Payment {
    /// Takes in an outcome, whoever tells it and however late. Final states never change (design rule 9).
    public mutating func apply(_ outcome: PaymentOutcome) -> PaymentVerdict {
        guard state.standing == .open else { return agrees(with: outcome) ? .unchanged : .contradicts }
        switch (outcome, state) {
        case (.approved(let shown), _), (.captured(let shown), _): return become(.approved, showing: shown)
        case (.authorized(let shown), _): return become(.authorized, showing: shown)
        // Wix shows 3030 as canceled, whichever state it ends (spec §8).
        case (.declined(let failure), _):
            return become(failure.code == .buyerCanceled ? .canceled(failure) : .declined(failure))
        // Wix gets one pending event (spec §6.4), so a second reason to wait is no news.
        case (.pending, .pending): return .unchanged
        case (.pending(let reason), _): return become(.pending(reason))
        case (.redirect, .claimed) where isUnattended: return .lateRedirect
        case (.redirect(let page), .claimed): return become(.redirected(to: page))
        case (.redirect, .pending) where !isPendingAfterPage: return .lateRedirect
        case (.redirect, _): return .unchanged
        }
    }

    /// Whether an outcome says the same about the buyer's money as what Wix was told for good, or is older than that.
    private func agrees(with outcome: PaymentOutcome) -> Bool {
        switch outcome {
        case .pending, .redirect: true
        case .approved: state.standing == .succeeded && state != .voided
        case .authorized: state.standing == .succeeded
        // Wix was told of no capture; while one runs, this may be its notification ahead of its answer.
        case .captured: state.standing == .succeeded && ![.authorized, .voiding, .voided].contains(state)
        // Some gateways call a voided authorization declined or canceled; no money moved either way.
        case .declined: state.standing == .failed || state == .voided
        }
    }

    /// Ends an abandoned redirect. Only after the processor has confirmed the cancel (design rule 9).
    public mutating func expire(because failure: Failure<DeclineCode>) -> PaymentVerdict {
        guard case .redirected = state else { return .unchanged }
        return become(.expired(failure))
    }

    private mutating func become(_ next: PaymentState, showing shown: ApprovalDetails? = nil) -> PaymentVerdict {
        isPendingAfterPage = if case (.redirected, .pending) = (state, next) { true } else { false }
        state = next
        if let shown { details = shown }
        return .changed(event: transactionEvent)
    }

    /// What Wix is told in the present state, in answers and events alike; nil while there is nothing to tell.
    public var transactionOutcome: TransactionOutcome? {
        switch state {
        case .claimed, .redirected: nil
        case .pending(let reason): .pending(pluginTransactionId: pluginTransactionId, reason)
        case .authorized, .approved, .capturing, .captured, .voiding, .voided:
            .approved(
                pluginTransactionId: pluginTransactionId,
                credentialsOnFile: details.credentialsOnFile,
                cardDetails: details.cardDetails
            )
        case .declined(let failure), .canceled(let failure), .expired(let failure):
            .declined(pluginTransactionId: pluginTransactionId, failure)
        }
    }

    /// The event that tells it; none while a buyer is on the redirect page (spec §6.5).
    public var transactionEvent: Event? {
        transactionOutcome.map { .transaction(TransactionEvent(wixTransactionId: wixTransactionId, outcome: $0)) }
    }

    /// What Create is answered with in the present state; nil while nothing is known (spec §7: the latest state,
    /// not the first answer).
    public var createAnswer: CreateTransactionResponse? {
        if case .redirected(let page) = state { return .redirect(pluginTransactionId: pluginTransactionId, page) }
        return transactionOutcome.map(CreateTransactionResponse.outcome)
    }
}
