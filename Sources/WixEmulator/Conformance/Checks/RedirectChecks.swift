// What becomes of a buyer on the PSP's page. Judged where the page has a plain form with buttons named approve, decline,
// cancel or pending; any other page needs a browser (spec §4, §8).

import WixPayments

extension Check {
    static let redirects: [Check] = [
        Check(
            "events.redirect-silent", "§6.5", "While the buyer is on the page there is no event",
            wix: "The payment is decided before the buyer has.", needs: [.wix, .redirected]
        ) { probe in
            let payment = try await probe.redirected()
            try await probe.quiet()
            let events = try await probe.events(of: payment.id, within: 0) { _ in true }
            try probe.require(events.isEmpty, "\(events.count) events although nobody has decided")
        },
        Check(
            "events.redirect-outcomes", "§8", "What the buyer decides on the page comes as an event",
            wix: "The order stays unpaid, or open for ever: Wix goes by the event and not by the buyer's return.",
            needs: [.wix, .redirected]
        ) { probe in
            try await probe.everyDecision { decision, payment in
                try await probe.decide(decision, payment)
                // What came before the decision is another check's business.
                let fits = { (event: SeenEvent) in event.kind == .transaction && decision.fits(event.reasonCode) }
                if try await probe.event(of: payment.id, where: fits) != nil { return }
                let others = try await probe.events(of: payment.id, within: 0) { _ in true }
                let told = others.last.map {
                    "the event has \($0.reasonCode.map { "reasonCode \($0)" } ?? "no reasonCode")"
                }
                throw Finding.broken("after \(decision.rawValue) \(told ?? "no event comes")")
            }
        },
        Check(
            "create.return-urls", "§4, §8", "The buyer is sent to the return URL that fits, byte for byte",
            wix: "The buyer sees a wrong page, or none.", needs: [.redirected]
        ) { probe in
            try await probe.everyDecision { decision, payment in
                let wanted = payment.call.request["order"]?["returnUrls"]?[decision.returnURL]?.text ?? ""
                switch try await probe.decide(decision, payment) {
                case .sent(let location):
                    try probe.require(
                        location == wanted, "after \(decision.rawValue) to \(location), not to \(wanted)")
                case .page:
                    throw Finding.skipped("the decision leads to a page of the PSP's own: what follows needs a browser")
                case .nowhere: throw Finding.broken("after \(decision.rawValue) to nowhere, not to \(wanted)")
                }
            }
        },
    ]
}

extension Probe.Decision {
    fileprivate var returnURL: String {
        switch self {
        case .approve: "successUrl"
        case .decline: "errorUrl"
        case .cancel: "cancelUrl"
        case .pending: "pendingUrl"
        }
    }

    fileprivate func fits(_ code: Int?) -> Bool {
        let buyerCanceled = 3030
        guard let code else { return self == .approve }
        switch self {
        case .approve: return false
        case .cancel: return code == buyerCanceled
        case .pending: return PendingCode(rawValue: code) != nil
        case .decline: return PendingCode(rawValue: code) == nil && code != buyerCanceled
        }
    }
}

extension Probe {
    /// Tries each decision that the page offers, on a payment of its own, with return URLs that are easily mangled.
    fileprivate func everyDecision(_ judge: (Decision, CheckedPayment) async throws -> Void) async throws {
        var reason: Finding?
        var count = 0
        for decision in Decision.allCases {
            let payment = try await redirected { request in
                for name in ["successUrl", "errorUrl", "cancelUrl", "pendingUrl"] {
                    let url = request["order"]?["returnUrls"]?[name]?.text ?? ""
                    request.set("order.returnUrls.\(name)", to: .string(url + "&note=a%2Fb+c%20d&u=%C3%A9"))
                }
            }
            do {
                try await judge(decision, payment)
                count += 1
            } catch Finding.skipped(let text) {
                reason = .skipped(text)
            }
        }
        if count == 0, let reason { throw reason }
    }
}
