// What a check can't do without. The runner skips a check with the reason, which names the option that would help.

/// Something that the plan, or the PSP, may not offer.
enum Need: Sendable {
    /// The emulator's view of events.
    case wix
    case refunds, partialRefunds, captures, redirects
    /// A way to get this outcome.
    case declined, pending, redirected, slow
    case publicKey, refusedCredentials

    /// Why it is not there; nil when it is.
    func missing(in plan: CheckPlan, approval: Session.Approval) -> String? {
        switch self {
        case .wix: plan.wix == nil ? "--wix is missing: events can't be seen" : nil
        case .refunds: plan.lacks(.refunds) ? "--no-refund" : nil
        case .partialRefunds:
            plan.lacks(.refunds) ? "--no-refund" : plan.lacks(.partialRefunds) ? "--no-refund-partial" : nil
        case .captures: plan.lacks(.captures) ? "--no-capture" : nil
        case .redirects: plan.lacks(.redirects) ? "--no-redirect" : nil
        case .declined:
            plan.declined == nil && ![.sometimes, .onPage].contains(approval)
                ? "no way to a decline: --declined-card or --declined" : nil
        case .pending:
            plan.pending == nil && ![.sometimes, .onPage].contains(approval)
                ? "no way to pending: --pending-card or --pending" : nil
        case .redirected:
            plan.lacks(.redirects)
                ? "--no-redirect"
                : plan.redirected == nil && approval != .onPage
                    ? "no way to a redirect: --redirect-card or --redirect" : nil
        case .slow: plan.slow == nil ? "no slow payment: --slow-card or --slow" : nil
        case .publicKey: plan.publicKeyPEM == nil ? "--public-key is missing" : nil
        case .refusedCredentials:
            plan.refusedCredentials == nil ? "no credentials that are refused: --refused-credential" : nil
        }
    }
}
