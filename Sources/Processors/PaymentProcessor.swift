// The seam between pspd and whoever moves the money.
//
// pspd calls a processor at most once at a time for one operation, and only after the claim is on disk. A function
// that throws `OutcomeUnknown` leaves the operation to the courier's reconciler, which asks `lookup` until it knows;
// so throw it whenever the call may have had an effect, and return a refusal only when it certainly had none.

public import Payments
public import WixPayments

/// Moves the money: the sandbox, the PSP's gateway over HTTP, or one of your own in Swift.
///
/// One of your own is a folder beside `Sandbox` and `Gateway` with a type that conforms to this, and a word for it in
/// `PspdConfiguration.makeProcessor`. What it has to promise:
///
/// - **One effect an id.** A call may come again with the same id, also from another process and after a crash. It
///   then does nothing and returns the state that the id has led to.
/// - **No guess.** Throw `OutcomeUnknown` when the money may have moved and nobody can tell; `lookup` is asked later.
///   Return a refusal only when nothing moved and nothing will.
/// - **A cancel is for good.** Once `cancel` returned a refusal, an order with that id is refused too.
/// - Calls for different ids come side by side. Take as long as needed: waiting holds up nobody else.
///
/// A whole one, which the tests compile:
///
/// ```swift
/// /// Settles on paper: every payment goes through, and the merchant collects the money by invoice.
/// struct InvoiceProcessor: PaymentProcessor {
///     /// Keeps the first entry of each id, for ever: a repeated call finds what the first one did.
///     let book: InvoiceBook
///
///     func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome {
///         .connected(accountId: request.wixMerchantId, accountName: nil, credentials: request.credentials)
///     }
///
///     func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport {
///         if order.request.authorizeOnly {
///             return PaymentReport(.declined(Failure(.transactionTypeIsNotSupported)))
///         }
///         return report(try await book.enter(.done, for: order.pluginTransactionId))
///     }
///
///     func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup {
///         guard let entry = try await book.entry(for: payment.payment.pluginTransactionId) else { return .notFound }
///         return .found(report(entry), captured: false, voided: false)
///     }
///
///     func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport {
///         report(try await book.enter(.canceled, for: payment.payment.pluginTransactionId))
///     }
///
///     func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome {
///         .failed(Failure(.transactionTypeIsNotSupported))
///     }
///
///     func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome {
///         outcome(try await book.enter(.done, for: order.pluginRefundId))
///     }
///
///     func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
///         guard let entry = try await book.entry(for: refund.pluginRefundId) else { return .notFound }
///         return .found(outcome(entry))
///     }
///
///     func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
///         .found(outcome(try await book.enter(.canceled, for: refund.pluginRefundId)))
///     }
///
///     private func report(_ entry: InvoiceBook.Entry) -> PaymentReport {
///         switch entry {
///         case .done: PaymentReport(.approved(ApprovalDetails()))
///         case .canceled: PaymentReport(.declined(Failure(.buyerCanceled)))
///         }
///     }
///
///     private func outcome(_ entry: InvoiceBook.Entry) -> RefundOutcome {
///         switch entry {
///         case .done: .succeeded
///         case .canceled: .failed(Failure(.refundNotAllowed))
///         }
///     }
/// }
/// ```
public protocol PaymentProcessor: Sendable {
    /// Checks a merchant's credentials and names the account (spec §3).
    func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome

    /// Charges or authorizes. `order.pluginTransactionId` is the idempotency key.
    func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport

    /// Asks what became of a payment; also after a crash, when the call may never have arrived.
    func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup

    /// Sees to it that a payment which has not gone through never will, and returns the state reached. An id that
    /// the processor has never seen is remembered as canceled.
    func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport

    /// Captures or voids an authorization. `order.key` is the idempotency key.
    func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome

    /// Refunds. `order.pluginRefundId` is the idempotency key.
    func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome

    /// Asks what became of a refund.
    func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup

    /// Sees to it that a refund which has not happened never will, and returns how it ended.
    func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup

    /// Ends what the processor keeps open, connections for example. Called once, after its last call.
    func shutdown() async throws
}

extension PaymentProcessor {
    /// Nothing to end.
    public func shutdown() async throws {}
}

/// The processor did not say what happened: no answer, an answer that makes no sense, or none in time.
public struct OutcomeUnknown: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for the log; holds no data of the payment.
    public let reason: String

    /// Creates the error.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { "outcome unknown: \(reason)" }
}

/// How a Connect ended.
public enum ConnectOutcome: Sendable {
    /// The account is usable. `credentials` are what the merchant typed plus what the processor adds; all keys of the
    /// request are in it (spec §3).
    case connected(accountId: String, accountName: String?, credentials: Secret<[String: String]>)
    /// Refused.
    case refused(Failure<ConnectionFailureCode>)
}

/// A payment to make.
public struct PaymentOrder: Sendable {
    /// pspd's id, derived from Wix's: the idempotency key.
    public var pluginTransactionId: String
    /// Everything Wix sent.
    public var request: CreateTransactionRequest

    /// Creates an order.
    public init(pluginTransactionId: String, request: CreateTransactionRequest) {
        self.pluginTransactionId = pluginTransactionId
        self.request = request
    }
}

/// A payment that the processor may know.
public struct ProcessorPayment: Sendable, Hashable {
    /// The payment as pspd knows it.
    public var payment: Payment
    /// What the processor asked to be handed back.
    public var state: String?

    /// Creates the pair.
    public init(_ payment: Payment, state: String?) {
        self.payment = payment
        self.state = state
    }
}

/// What the processor knows of a payment.
public enum PaymentLookup: Sendable {
    /// It never received it.
    case notFound
    /// It did. `captured`, `voided`: what happened to the authorization since.
    case found(PaymentReport, captured: Bool, voided: Bool)
}

/// A capture or void to make.
public struct ActionOrder: Sendable {
    /// Which of the two.
    public var action: PaymentAction
    /// The attempt, `<plugin id>:capture:<n>`: the idempotency key.
    public var key: String
    /// The payment.
    public var payment: ProcessorPayment
    /// Minor units, in the payment's currency.
    public var amount: Int64
    /// What Connect returned.
    public var merchantCredentials: Secret<[String: String]>

    /// Creates an order.
    public init(
        _ action: PaymentAction, key: String, payment: ProcessorPayment, amount: Int64,
        merchantCredentials: Secret<[String: String]>
    ) {
        self.action = action
        self.key = key
        self.payment = payment
        self.amount = amount
        self.merchantCredentials = merchantCredentials
    }
}

/// A refund to make.
public struct RefundOrder: Sendable {
    /// pspd's id, derived from Wix's: the idempotency key.
    public var pluginRefundId: String
    /// The payment.
    public var payment: ProcessorPayment
    /// Minor units, in the payment's currency.
    public var amount: Int64
    /// Why, in Wix's words, as sent.
    public var reason: String?
    /// What Connect returned.
    public var merchantCredentials: Secret<[String: String]>

    /// Creates an order.
    public init(
        pluginRefundId: String, payment: ProcessorPayment, amount: Int64, reason: String?,
        merchantCredentials: Secret<[String: String]>
    ) {
        self.pluginRefundId = pluginRefundId
        self.payment = payment
        self.amount = amount
        self.reason = reason
        self.merchantCredentials = merchantCredentials
    }
}

/// A refund that the processor may know.
public struct ProcessorRefund: Sendable, Hashable {
    /// The payment it belongs to.
    public var payment: ProcessorPayment
    /// pspd's id of the refund.
    public var pluginRefundId: String

    /// Creates the pair.
    public init(_ pluginRefundId: String, of payment: ProcessorPayment) {
        self.pluginRefundId = pluginRefundId
        self.payment = payment
    }
}

/// What the processor knows of a refund.
public enum RefundLookup: Sendable {
    /// It never received it.
    case notFound
    /// It works on it: keep asking.
    case pending
    /// It ended.
    case found(RefundOutcome)
}
