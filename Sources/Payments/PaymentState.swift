// The states a payment passes through and what is kept beside each (design rule 9).
// Pure values: Store persists them, Endpoints and Courier move them only through `Payment`'s functions.

public import WixPayments

/// What a processor may return besides its verdict; shown to Wix in answers and events, nowhere else.
public struct ApprovalDetails: Sendable, Hashable, Codable {
    /// The stored credential for later merchant-initiated charges (spec §6.6).
    public var credentialsOnFile: CredentialsOnFile?
    /// The funding card of a wallet payment (spec §4).
    public var cardDetails: CardDetails?

    /// Both members are optional.
    public init(credentialsOnFile: CredentialsOnFile? = nil, cardDetails: CardDetails? = nil) {
        self.credentialsOnFile = credentialsOnFile
        self.cardDetails = cardDetails
    }

    /// Whether there is nothing to show.
    public var isEmpty: Bool { credentialsOnFile == nil && cardDetails == nil }
}

/// Where a payment stands.
public enum PaymentState: Sendable, Hashable {
    /// Claimed in the idempotency cache; the processor's outcome is not known yet.
    case claimed
    /// The buyer is on the processor's page; the only state without an event (spec §6.5).
    case redirected(to: RedirectURL)
    /// Taken, outcome open; Wix was told 5005 or 5009.
    case pending(Failure<PendingCode>)
    /// Authorized, not captured.
    case authorized
    /// Charged in one step.
    case approved
    /// Refused for good.
    case declined(Failure<DeclineCode>)
    /// Ended by the buyer (3030).
    case canceled(Failure<DeclineCode>)
    /// Left by the buyer until the page's expiry (3030).
    case expired(Failure<DeclineCode>)
    /// A capture of `amount` minor units is running.
    case capturing(amount: Int64)
    /// `amount` minor units were captured.
    case captured(amount: Int64)
    /// A void is running.
    case voiding
    /// The authorization was voided.
    case voided
}

extension PaymentState {
    /// How a payment stands as far as Wix's Create cares.
    public enum Standing: Sendable, Hashable {
        /// It may still go either way.
        case open
        /// The payment went through; a Create is answered with success.
        case succeeded
        /// The payment did not go through.
        case failed
    }

    /// The standing that follows from the state: an authorized, captured or voided payment still answers Create
    /// with success (design rule 5).
    public var standing: Standing {
        switch self {
        case .claimed, .redirected, .pending: .open
        case .authorized, .approved, .capturing, .captured, .voiding, .voided: .succeeded
        case .declined, .canceled, .expired: .failed
        }
    }
}
