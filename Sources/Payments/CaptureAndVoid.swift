// Capture and void: attempts on an authorized payment (design rules 4 and 9, spec §5).
// They have no id of their own at Wix, so the payment's state is what keeps them from acting twice.

public import WixPayments

/// The two things that can be done with an authorization.
public enum PaymentAction: String, Sendable, Hashable, CaseIterable {
    /// Takes the money.
    case capture
    /// Gives the authorization up.
    case void

    /// The idempotency key of an attempt on the payment `id` (design rule 4): attempts are numbered from 1.
    public func attemptKey(of id: String, _ attempt: Int) -> String { "\(id):\(rawValue):\(attempt)" }
}

/// What a Capture or Void call meets.
public enum ActionDecision: Sendable, Hashable {
    /// Go: this is attempt `attempt` (1...).
    case begin(attempt: Int)
    /// Another action of this payment is running; answered with 503, so that Wix calls again.
    case busy
    /// The payment is captured already: answered with the configured code (spec §5).
    case alreadyCaptured
    /// The payment is voided already.
    case alreadyVoided
    /// The amount does not fit the authorization.
    case amountMismatch
    /// There is no authorization to act on.
    case notAuthorized
}

/// How an attempt ended.
public enum ActionOutcome: Sendable, Hashable {
    /// Done at the processor.
    case succeeded
    /// Refused by the processor; the authorization stands as before.
    case failed(Failure<ActionFailureCode>)
}

extension Payment {
    /// Checks a capture or void of `amount` minor units and, where it may run, moves to capturing or voiding.
    public mutating func begin(_ action: PaymentAction, amount: Int64) -> ActionDecision {
        switch state {
        case .capturing, .voiding: return .busy
        case .captured, .approved: return .alreadyCaptured
        case .voided: return .alreadyVoided
        case .claimed, .redirected, .pending, .declined, .canceled, .expired: return .notAuthorized
        case .authorized: break
        }
        guard let authorized = self.amount?.minorUnits else { return .notAuthorized }
        guard Self.fits(action, amount, authorized: authorized) else { return .amountMismatch }
        attempts += 1
        switch action {
        case .capture: state = .capturing(amount: amount)
        case .void: state = .voiding
        }
        return .begin(attempt: attempts)
    }

    /// A void is of exactly the authorized amount, a capture of at most that (spec §5). To capture nothing of
    /// something would use the authorization up; that is what a void is for.
    private static func fits(_ action: PaymentAction, _ amount: Int64, authorized: Int64) -> Bool {
        switch action {
        case .capture where amount > 0: amount <= authorized
        case .capture, .void: amount == authorized
        }
    }

    /// Ends the running attempt. Returns the event for Wix, or nil when no such attempt runs: a late second report,
    /// or a void that `lapse()` has told of already.
    ///
    /// - Parameter amount: the minor units that the call asked for.
    public mutating func finish(_ action: PaymentAction, amount: Int64, _ outcome: ActionOutcome) -> Event? {
        let done: PaymentState
        switch (action, state) {
        case (.capture, .capturing(amount)): done = .captured(amount: amount)
        case (.void, .voiding) where amount == self.amount?.minorUnits: done = .voided
        default: return nil
        }
        state = outcome == .succeeded ? done : .authorized
        return Self.event(for: action, wixTransactionId: wixTransactionId, amount: amount, outcome)
    }

    /// An authorization that ended at the processor by itself: lapsed, or voided on the PSP's side (spec §8).
    ///
    /// Returns the void event, nil when Wix needs none; throws when the payment stands otherwise.
    public mutating func lapse() throws(Contradiction) -> Event? {
        switch state {
        // A void that runs has reached its aim: this may well be the notification of it, ahead of its answer.
        case .authorized, .voiding:
            state = .voided
            return Self.event(
                for: .void, wixTransactionId: wixTransactionId, amount: amount?.minorUnits ?? 0, .succeeded)
        case .voided, .declined, .canceled, .expired: return nil
        case .claimed, .redirected, .pending, .capturing: throw Contradiction(mayFitLater: true)
        case .approved, .captured: throw Contradiction(mayFitLater: false)
        }
    }

    /// The event that a finished attempt, or one refused for its amount, owes to Wix.
    public static func event(
        for action: PaymentAction, wixTransactionId: String, amount: Int64, _ outcome: ActionOutcome
    ) -> Event {
        let failure: Failure<ActionFailureCode>? = if case .failed(let failure) = outcome { failure } else { nil }
        let event = ActionEvent(wixTransactionId: wixTransactionId, amountMinorUnits: amount, failure: failure)
        return switch action {
        case .capture: .capture(event)
        case .void: .void(event)
        }
    }
}

/// A report that contradicts where the payment stands.
public struct Contradiction: Error, Hashable {
    /// The payment is still on its way, so the same report may fit when it comes again; false: it contradicts what
    /// Wix was told for good.
    public let mayFitLater: Bool
}
