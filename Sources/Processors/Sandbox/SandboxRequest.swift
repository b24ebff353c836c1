// How the sandbox reads a Create request: which card, which behaviour, what to show of it.

import WixPayments

extension CreateTransactionRequest {
    /// The card's or the wallet's number; nil for hosted pages, stored references and the like.
    var cardNumber: String? { cardAndExpiry?.number }

    private var cardAndExpiry: (number: String, expiry: Expiry)? {
        switch paymentMethodData {
        case .card(let card): (card.number.reveal(), card.expiry)
        case .googlePay(let pay): (pay.pan.reveal(), pay.expiry)
        case .applePay(let pay): (pay.pan.reveal(), pay.expiry)
        case .reference, .ideal, nil: nil
        }
    }

    /// The funding card of a wallet payment, which Wix shows to the merchant (spec §4).
    var walletCard: CardDetails? {
        switch paymentMethodData {
        case .googlePay, .applePay:
            cardNumber.flatMap { CardDetails(bin: String($0.prefix(6)), lastFour: String($0.suffix(4))) }
        default: nil
        }
    }

    /// What happens to this payment. `scaRequested` sends a buyer to the page whatever the card. Without a buyer
    /// (`offSession`, `moto`) nobody can be sent to one: what would need it is declined as failed 3-D Secure, or as a
    /// method that does not go.
    func sandboxBehaviour(in thisMonth: Expiry) -> SandboxBehaviour {
        if scaRequested, !isUnattended { return .redirect }
        guard let (number, expiry) = cardAndExpiry else {
            if case .reference = paymentMethodData { return .approve }
            return isUnattended ? .decline(.transactionTypeIsNotSupported) : .redirect
        }
        let behaviour = SandboxCard.behaviour(number: number, expiry: expiry, thisMonth: thisMonth)
        return behaviour == .redirect && isUnattended ? .decline(.threeDSecureFailed) : behaviour
    }

    /// What `setupCredentialsOnFile` is answered with: a network id for Visa numbers (4…), a token of the sandbox for
    /// all others, so that both kinds can be tried (spec §6.6).
    func sandboxReference(for id: String) -> CredentialsOnFile? {
        let tail = id.suffix(12)
        guard cardNumber?.first == "4" else { return .paymentMethodReference(token: "sandbox-\(tail)") }
        let needsPage = sandboxBehaviour(in: Expiry(year: 0, month: 0)) == .redirect
        return .cardReference(networkTransactionId: "ntx-\(tail)", dsTransactionId: needsPage ? "dtx-\(tail)" : nil)
    }
}
