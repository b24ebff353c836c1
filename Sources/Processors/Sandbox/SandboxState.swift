// What the sandbox must remember of a payment between calls: an opaque string to everybody else, which the store keeps
// in the payment's row and hands back.

import Foundation
import WixPayments

struct SandboxState: Codable, Sendable, Hashable {
    /// Pending: when it resolves, milliseconds since 1970.
    var resolvesAt: Int64?
    /// Pending: the reason code it is then declined with; nil: approved.
    var declinesWith: Int?
    /// Redirected: the unguessable part of the page's address.
    var pageToken: String?
    /// The page is that of a card's 3-D Secure, whose set-up reference then names it.
    var isThreeDSecure: Bool?
    /// What `setupCredentialsOnFile` will be answered with once the payment goes through.
    var credentialsOnFile: CredentialsOnFile?
    /// What is shown of a wallet's card.
    var cardDetails: CardDetails?
    /// Every refund fails.
    var refundsFail: Bool?

    /// Reads back what `encoded` made; anything else counts as nothing remembered.
    init(_ text: String?) {
        let decoded = text.flatMap { try? JSONDecoder().decode(SandboxState.self, from: Data($0.utf8)) }
        self = decoded ?? SandboxState()
    }

    init() {}

    /// Nil when there is nothing to remember.
    var encoded: String? {
        guard self != SandboxState() else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}
