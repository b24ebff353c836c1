// An acquirer of its own, for development and tests: magic cards, a buyer page, and a book of effects that shows what
// really happened to money (design, Sandbox).

import Foundation
public import Payments
public import WixPayments

/// How the sandbox is set up.
public struct SandboxSettings: Sendable {
    /// How long a pending payment stays so, in seconds.
    public var pendingSeconds: Double
    /// What it accepts; nil: every listed currency.
    public var currencies: Set<Currency>?
    /// Whether live calls are served. Off while events go to Wix's own host: a live shop must never be told that a
    /// sandbox took its buyers' money.
    public var servesLive: Bool
    /// Where the buyer's page is reached from outside, without a slash at the end; nil: buyers can't be redirected, and
    /// payments that need it are declined.
    public var publicBaseURL: String?
    /// The book of effects.
    public var effectsPath: String

    /// Creates the settings.
    public init(
        pendingSeconds: Double, currencies: Set<Currency>?, servesLive: Bool, publicBaseURL: String?,
        effectsPath: String
    ) {
        self.pendingSeconds = pendingSeconds
        self.currencies = currencies
        self.servesLive = servesLive
        self.publicBaseURL = publicBaseURL
        self.effectsPath = effectsPath
    }
}

/// The sandbox acquirer.
public struct SandboxProcessor: PaymentProcessor {
    /// Where the buyer's pages are; after it come a payment's id and a token that goes into no log.
    public static let pagePath = "/sandbox/checkout/"

    let settings: SandboxSettings
    let effects: EffectsFile

    /// Creates the sandbox; its book is made with the first effect.
    public init(_ settings: SandboxSettings) {
        self.settings = settings
        effects = EffectsFile(path: settings.effectsPath)
    }

    // MARK: Connect

    /// Any credentials connect, but for three values of `account`.
    public func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome {
        let typed = request.credentials.reveal()
        switch typed["account"] {
        case "inactive": return refusal(.merchantAccountIsNotActive, "ACCOUNT_INACTIVE")
        case "blocked": return refusal(.merchantAccountBlockedOrRestricted, "ACCOUNT_BLOCKED")
        case "invalid": return refusal(.merchantAccountInvalid, "ACCOUNT_INVALID")
        default: break
        }
        if let currency = request.currency, !accepts(currency) {
            return refusal(.merchantAccountDoesNotMatchCurrency, "CURRENCY_NOT_ENABLED")
        }
        let account = "sandbox-\(request.mode.rawValue)-\(request.wixMerchantId)"
        var credentials = typed
        credentials["sandbox_account_id"] = account
        return .connected(
            accountId: account, accountName: typed["email"] ?? "Sandbox account", credentials: Secret(credentials))
    }

    private func refusal(_ code: ConnectionFailureCode, _ errorCode: String) -> ConnectOutcome {
        .refused(Failure(code, errorCode: errorCode, errorMessage: code.message))
    }

    private func accepts(_ currency: Currency) -> Bool { settings.currencies?.contains(currency) ?? true }

    // MARK: Pay

    /// Plays the outcome that the card, or the lack of one, asks for.
    public func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport {
        let request = order.request
        if let refusal = refusal(of: request) {
            return PaymentReport(.declined(refusal))
        }
        var state = SandboxState()
        state.cardDetails = request.walletCard
        if request.setupCredentialsOnFile?.offSession == true {
            state.credentialsOnFile = request.sandboxReference(for: order.pluginTransactionId)
        }
        if request.cardNumber == SandboxCard.refundsFail { state.refundsFail = true }
        switch request.sandboxBehaviour(in: Self.thisMonth()) {
        case .approve: break
        case .slow(let seconds): try? await Task.sleep(for: .seconds(seconds))
        case .decline(let code): return PaymentReport(.declined(Self.failure(code)))
        case .pending(let code):
            state.resolvesAt = Self.milliseconds() + Int64(settings.pendingSeconds * 1_000)
            state.declinesWith = code?.rawValue
            return PaymentReport(
                .pending(Failure(.fraudReview)), processorState: state.encoded,
                checkAfterMilliseconds: Int64(settings.pendingSeconds * 1_000))
        case .redirect:
            state.pageToken = Self.token()
            state.isThreeDSecure = request.cardNumber != nil
            guard let page = page(of: order.pluginTransactionId, state) else {
                return PaymentReport(.declined(Self.noPage))
            }
            return PaymentReport(.redirect(to: page), processorState: state.encoded)
        }
        return try charge(
            order.pluginTransactionId, request.amount, authorizeOnly: request.authorizeOnly, state)
    }

    private func refusal(of request: CreateTransactionRequest) -> Failure<DeclineCode>? {
        if request.mode == .live, !settings.servesLive {
            return Failure(
                .testMode, errorCode: "SANDBOX_ONLY",
                errorMessage: "The sandbox serves no live payments while events go to Wix's own host")
        }
        guard accepts(request.amount.currency) else {
            return Failure(
                .currencyIsNotSupported, errorCode: "CURRENCY_NOT_SUPPORTED",
                errorMessage: "\(request.amount.currency.code) is not enabled in this sandbox")
        }
        return nil
    }

    /// Writes the effect, then tells of it.
    func charge(
        _ id: String, _ amount: Money, authorizeOnly: Bool, _ state: SandboxState
    ) throws(OutcomeUnknown) -> PaymentReport {
        try effects.append(effect(authorizeOnly ? .authorization : .payment, id, amount))
        let details = ApprovalDetails(credentialsOnFile: state.credentialsOnFile, cardDetails: state.cardDetails)
        return PaymentReport(
            authorizeOnly ? .authorized(details) : .approved(details), processorState: state.encoded)
    }

    /// As `charge`, for payments that something else may have ended meanwhile.
    func chargeOnce(
        _ payment: Payment, _ amount: Money, _ state: SandboxState
    ) throws(OutcomeUnknown) -> PaymentReport {
        let kind: SandboxEffect.Kind = payment.authorizeOnly ? .authorization : .payment
        let wanted = effect(kind, payment.pluginTransactionId, amount)
        let past = try effects.append(wanted, unless: { !$0.isEmpty }) ?? [wanted]
        return report(of: past, state) ?? PaymentReport(.declined(Self.failure(.buyerCanceled)))
    }

    func effect(_ kind: SandboxEffect.Kind, _ id: String, _ amount: Money) -> SandboxEffect {
        SandboxEffect(
            kind: kind, id: id, amount: amount.minorUnits, currency: amount.currency.code,
            time: Date().formatted(.iso8601))
    }

    // MARK: Look up and cancel

    /// Looks into the book; a pending payment whose time has come resolves here.
    public func lookup(_ known: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup {
        let payment = known.payment
        let state = SandboxState(known.state)
        let past = try effects.effects(of: payment.pluginTransactionId)
        if let report = report(of: past, state) {
            return .found(
                report, captured: past.contains { $0.kind == .capture }, voided: past.contains { $0.kind == .void })
        }
        if let report = try resolve(payment, state) { return .found(report, captured: false, voided: false) }
        if let page = page(of: payment.pluginTransactionId, state) {
            return .found(PaymentReport(.redirect(to: page)), captured: false, voided: false)
        }
        return .notFound
    }

    /// The outcome of a pending payment; pending again until its time has come. Nil for payments that are not.
    private func resolve(_ payment: Payment, _ state: SandboxState) throws(OutcomeUnknown) -> PaymentReport? {
        guard let resolvesAt = state.resolvesAt, let amount = payment.amount else { return nil }
        let wait = resolvesAt - Self.milliseconds()
        if wait > 0 { return PaymentReport(.pending(Failure(.fraudReview)), checkAfterMilliseconds: wait) }
        if let code = state.declinesWith {
            return PaymentReport(.declined(Self.failure(DeclineCode(fromGateway: code))))
        }
        return try chargeOnce(payment, amount, state)
    }

    /// Books the id as canceled, unless money has moved already.
    public func cancel(_ known: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport {
        let payment = known.payment
        let cancel = effect(.cancel, payment.pluginTransactionId, payment.amountOrNothing)
        if let past = try effects.append(cancel, unless: { !$0.isEmpty }),
            let report = report(of: past, SandboxState(known.state))
        {
            return report
        }
        return PaymentReport(.declined(Self.failure(.buyerCanceled)))
    }

    /// What the book says of a payment; nil when it says nothing.
    private func report(of past: [SandboxEffect], _ state: SandboxState) -> PaymentReport? {
        let details = ApprovalDetails(credentialsOnFile: state.credentialsOnFile, cardDetails: state.cardDetails)
        if past.contains(where: { $0.kind == .payment }) { return PaymentReport(.approved(details)) }
        if past.contains(where: { $0.kind == .authorization }) { return PaymentReport(.authorized(details)) }
        if past.contains(where: { $0.kind == .cancel }) {
            return PaymentReport(.declined(Self.failure(.buyerCanceled)))
        }
        return nil
    }

    // MARK: Capture, void, refund

    /// Always succeeds.
    public func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome {
        let payment = order.payment.payment
        let amount = Money(minorUnits: order.amount, currency: payment.amountOrNothing.currency)
        let kind: SandboxEffect.Kind = order.action == .capture ? .capture : .void
        try effects.append(effect(kind, payment.pluginTransactionId, amount))
        return .succeeded
    }

    /// Succeeds unless the payment's card says otherwise.
    public func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome {
        if SandboxState(order.payment.state).refundsFail == true {
            return .failed(
                Failure(
                    .insufficientFundsForRefund, errorCode: "MERCHANT_BALANCE_LOW",
                    errorMessage: "The sandbox refuses every refund of this card"))
        }
        let currency = order.payment.payment.amountOrNothing.currency
        try effects.append(
            effect(.refund, order.pluginRefundId, Money(minorUnits: order.amount, currency: currency)))
        return .succeeded
    }

    /// Looks into the book.
    public func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        let past = try effects.effects(of: refund.pluginRefundId)
        if past.contains(where: { $0.kind == .refund }) { return .found(.succeeded) }
        if past.contains(where: { $0.kind == .cancel }) { return .found(.failed(Self.refundCanceled)) }
        return .notFound
    }

    /// Books the refund as canceled, unless money has moved already.
    public func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        let cancel = effect(.cancel, refund.pluginRefundId, refund.payment.payment.amountOrNothing)
        let past = try effects.append(cancel, unless: { $0.contains { $0.kind == .refund } })
        return .found(past == nil ? .failed(Self.refundCanceled) : .succeeded)
    }

    private static var refundCanceled: Failure<RefundFailureCode> {
        Failure(.refundTechnicalError, errorCode: "REFUND_CANCELED", errorMessage: "The refund was not carried out")
    }

    // MARK: Small things

    static func failure(_ code: DeclineCode) -> Failure<DeclineCode> {
        Failure(code, errorCode: "SANDBOX_\(code.rawValue)", errorMessage: code.message)
    }

    private static let noPage = Failure<DeclineCode>(
        .providerTechnicalError, errorCode: "NO_PUBLIC_BASE_URL",
        errorMessage: "Buyers can't be redirected: public-base-url is not configured")

    static func milliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    private static func thisMonth() -> Expiry {
        let parts = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: Date())
        return Expiry(year: parts.year ?? 0, month: parts.month ?? 0)
    }

    /// 128 bits from the kernel's generator, as 32 hex digits.
    private static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let word = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }

    /// The page of a redirected payment: found by its id, opened by the token.
    private func page(of id: String, _ state: SandboxState) -> RedirectURL? {
        guard let token = state.pageToken, let base = settings.publicBaseURL else { return nil }
        return RedirectURL("\(base)\(Self.pagePath)\(id).\(token)")
    }
}

extension Payment {
    /// The amount; a malformed Create that told none has 0 of a placeholder currency and never moved money.
    fileprivate var amountOrNothing: Money {
        amount ?? Money(minorUnits: 0, currency: Currency.all[0])
    }
}
