// The part of design rule 9 that needs no books: which state may follow which, and that nothing moves without news.

import Payments
import WixPayments

enum Rule9 {
    static func breach(from old: PaymentState, to new: PaymentState) -> String? {
        if old == new || next[old.word, default: []].contains(new.word) { return nil }
        return "\(old.word) became \(new.word)"
    }

    /// States that are not named here are final.
    private static let next: [String: Set<String>] = [
        "claimed": ["redirected", "pending", "authorized", "approved", "declined", "canceled"],
        "redirected": ["pending", "authorized", "approved", "declined", "canceled", "expired"],
        "pending": ["approved", "authorized", "declined", "canceled"],
        "authorized": ["capturing", "voiding", "voided"],
        "capturing": ["captured", "authorized"],
        "voiding": ["voided", "authorized"],
    ]

    /// What is no news changes nothing and is told to nobody; a state changes with news alone.
    static func breachOfQuiet(_ meeting: Meeting, _ event: Event?, _ before: Desk, _ after: Desk) -> String? {
        switch meeting {
        case .nothingNew, .conflict, .lateRedirect, .tellAgain, .decision(.busy), .decision(.alreadyCaptured),
            .decision(.alreadyVoided), .decision(.notAuthorized):
            before == after && event == nil ? nil : "something changed without news"
        case .decision(.amountMismatch), .refused, .refund, .aboveRemainder:
            before.payment.state == after.payment.state ? nil : "a state changed without news"
        case .news, .decision(.begin): nil
        }
    }
}
