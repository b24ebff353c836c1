// An event as the emulator understood it: the facts that the payment's state rests on, and the
// payload for comparing duplicates. Made by EventCheck alone, so that what is here has been checked.

/// A checked event of a PSP (spec §6.2).
struct ReceivedEvent: Sendable, Equatable {
    /// What it is about.
    enum Kind: Sendable, Equatable {
        case transaction(Transaction)
        case refund(Refund)
        case capture(Action)
        case void(Action)
    }

    var kind: Kind
    /// What Wix takes, and a PSP should not send.
    var doubts: [Problem] = []

    /// `event.transaction`.
    struct Transaction: Sendable, Equatable {
        var wixTransactionId: String
        var pluginTransactionId: String?
        /// nil: approved.
        var reasonCode: Int?
        /// The member as it came; duplicates must equal it.
        var payload: JSON
    }

    /// `event.refund`.
    struct Refund: Sendable, Equatable {
        var wixTransactionId: String
        var pluginRefundId: String
        /// nil: begun at the PSP.
        var wixRefundId: String?
        /// Minor units.
        var amount: Int64
        /// nil: succeeded.
        var reasonCode: Int?
        var payload: JSON
    }

    /// `event.capture` or `event.void`.
    struct Action: Sendable, Equatable {
        var wixTransactionId: String
        /// Minor units.
        var amount: Int64
        /// nil: succeeded.
        var reasonCode: Int?
        var payload: JSON
    }

    /// The payment that the event is about.
    var wixTransactionId: String {
        switch kind {
        case .transaction(let event): event.wixTransactionId
        case .refund(let event): event.wixTransactionId
        case .capture(let event), .void(let event): event.wixTransactionId
        }
    }
}
