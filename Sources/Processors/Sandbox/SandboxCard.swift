// The sandbox's cards: which number leads to which outcome (design, Sandbox).

import WixPayments

/// What the sandbox's acquirer does with a payment.
enum SandboxBehaviour: Sendable, Hashable {
    case approve
    case decline(DeclineCode)
    /// Pending 5005; after the configured time approved, or declined with the code.
    case pending(then: DeclineCode?)
    /// The buyer goes to the sandbox's page.
    case redirect
    /// Answers after this many seconds, then approves.
    case slow(seconds: Int)
}

enum SandboxCard {
    /// Every refund of a payment with this card fails with 3025.
    static let refundsFail = "4000000000000341"

    /// The magic numbers; any other Luhn-valid number is approved.
    private static let numbers: [String: SandboxBehaviour] = [
        "4111111111111111": .approve,
        "4000000000000002": .decline(.generalBankDecline),
        "4000000000009995": .decline(.insufficientFunds),
        "4000000000000069": .decline(.cardExpired),
        "4000000000000127": .decline(.invalidCvv),
        "4000000000009987": .decline(.lostOrStolenCard),
        "4100000000000019": .decline(.riskManagementDeclined),
        "4000000000000119": .decline(.providerTechnicalError),
        "4000000000009235": .pending(then: nil),
        "4000000000005126": .pending(then: .riskManagementDeclined),
        "4000000000003220": .redirect,
        refundsFail: .approve,
        "4000000000006975": .slow(seconds: 20),
    ]

    /// What happens to a card. `thisMonth` is the month in which it is used.
    static func behaviour(number: String, expiry: Expiry, thisMonth: Expiry) -> SandboxBehaviour {
        guard Luhn.isValid(number) else { return .decline(.invalidCardNumber) }
        guard (expiry.year, expiry.month) >= (thisMonth.year, thisMonth.month) else { return .decline(.cardExpired) }
        return numbers[number] ?? .approve
    }
}
