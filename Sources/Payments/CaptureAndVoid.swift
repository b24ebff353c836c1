// Capture and void: attempts on an authorized payment (design rules 4 and 9, spec §5).
// They have no id of their own at Wix, so the payment's state is what keeps them from acting twice.

public import WixPayments

/// The two things that can be done with an authorization.
public enum PaymentAction: String, Sendable, Hashable, CaseIterable {
    /// Takes the money.
    case capture
    /// Gives the authorization up.
    case void
}

/// What a Capture or Void call meets.
public enum ActionDecision: Sendable, Hashable {
    /// Go: this is attempt `attempt` (1...), keyed `<id>:capture:<attempt>`.
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
    ///
    /// A capture takes at most the authorized amount, a void exactly that (spec §5).
    public mutating func begin(_ action: PaymentAction, amount: Int64) -> ActionDecision {
        switch state {
        case .capturing, .voiding: return .busy
        case .captured, .approved: return .alreadyCaptured
        case .voided: return .alreadyVoided
        case .claimed, .redirected, .pending, .declined, .canceled, .expired: return .notAuthorized
        case .authorized: break
        }
        guard let authorized = self.amount?.minorUnits else { return .notAuthorized }
        switch action {
        case .capture:
            guard amount <= authorized else { return .amountMismatch }
            state = .capturing(amount: amount)
        case .void:
            guard amount == authorized else { return .amountMismatch }
            state = .voiding
        }
        attempts += 1
        return .begin(attempt: attempts)
    }

    /// Ends the running attempt. Returns the event for Wix, or nil when no such attempt runs (a late second report).
    ///
    /// - Parameter amount: the minor units that the call asked for.
    public mutating func finish(_ action: PaymentAction, amount: Int64, _ outcome: ActionOutcome) -> Event? {
        switch (action, state, outcome) {
        case (.capture, .capturing(let amount), .succeeded): state = .captured(amount: amount)
        case (.void, .voiding, .succeeded): state = .voided
        case (.capture, .capturing, .failed), (.void, .voiding, .failed): state = .authorized
        default: return nil
        }
        return Self.event(for: action, wixTransactionId: wixTransactionId, amount: amount, outcome)
    }

    /// An authorization that ended at the processor by itself: lapsed, or voided on the PSP's side (spec §8).
    ///
    /// Returns the void event, nil when that is known already; throws when it contradicts a capture.
    public mutating func lapse() throws(Contradiction) -> Event? {
        switch state {
        case .authorized:
            state = .voided
            return Self.event(
                for: .void, wixTransactionId: wixTransactionId, amount: amount?.minorUnits ?? 0, .succeeded)
        case .voided, .declined, .canceled, .expired: return nil
        default: throw Contradiction()
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

/// A report that contradicts a final state.
public struct Contradiction: Error, Hashable {
    /// Creates the mark.
    public init() {}
}
