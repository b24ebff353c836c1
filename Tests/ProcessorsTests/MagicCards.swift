// The cards of the design's sandbox table, which the sandbox and the example gateway both know.

import Payments
import TestStack

@testable import Processors

enum MagicCards {
    /// Number and outcome; the one that takes 20 s is left out.
    static let outcomes: [(String, String)] = [
        ("4111111111111111", "approved"), ("5555555555554444", "approved"), ("4000000000000341", "approved"),
        ("4000000000000002", "declined 3000"), ("4000000000009995", "declined 3012"),
        ("4000000000000069", "declined 3013"), ("4000000000000127", "declined 3016"),
        ("4000000000009987", "declined 5000"), ("4100000000000019", "declined 5001"),
        ("4000000000000119", "declined 1003"), ("4000000000009235", "pending 5005"),
        ("4000000000005126", "pending 5005"), ("4000000000003220", "redirect"), ("4111111111111112", "declined 3015"),
    ]

    /// Number, expiry, members and outcome of what is not decided by the number alone.
    static let others: [(String, (Int, Int), [String: JSON], String)] = [
        ("4111111111111111", (1, 2020), [:], "declined 3013"),
        ("4111111111111111", (4, 2031), ["scaRequested": true], "redirect"),
        ("4111111111111111", (4, 2031), ["scaRequested": true, "moto": true], "approved"),
        ("4000000000000002", (4, 2031), ["scaRequested": true], "redirect"),
        ("4000000000009235", (4, 2031), ["scaRequested": true], "redirect"),
        ("4000000000000002", (4, 2031), ["scaRequested": true, "offSession": true], "declined 3000"),
        ("4000000000003220", (4, 2031), ["offSession": true], "declined 3004"),
        ("4111111111111111", (4, 2031), ["authorizeOnly": true], "authorized"),
    ]

    /// Example requests and their outcomes.
    static let examples: [(String, String)] = [
        ("apple-pay.inferred", "approved"), ("google-pay.pan-only", "approved"), ("hosted-page", "redirect"),
        ("ideal", "redirect"), ("recurring-charge.token", "approved"), ("recurring-setup", "approved"),
        ("redirect-apm", "redirect"), ("three-decimal-kwd", "approved"), ("zero-decimal-jpy", "approved"),
        ("authorize-only", "authorized"),
    ]
}
