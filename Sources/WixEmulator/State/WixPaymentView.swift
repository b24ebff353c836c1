// One payment as Wix would see it: fed with the call that began it, the PSP's answers and events,
// it tells the status that a merchant would be shown, and refuses what Wix forbids (spec §6.4, §8).
// A pure value: no clock, no I/O. `WixLedger` keeps one a payment.

import WixPayments

/// A payment at Wix.
struct WixPaymentView: Sendable, Equatable {
    /// What a merchant would be shown, in one stable word.
    enum Status: String, Sendable, CaseIterable {
        /// Nothing that decides has come.
        case unknown
        /// On the PSP's page.
        case awaitingBuyer = "awaiting-buyer"
        case pending
        /// Approved, and the call asked to authorize only.
        case authorized
        case approved, declined, canceled, captured, voided
        case partiallyRefunded = "partially-refunded"
        case refunded
    }

    /// What the Create Transaction call asked for.
    struct Terms: Sendable, Equatable {
        /// Minor units.
        var amount: Int64
        var currency: String
        var authorizeOnly: Bool
    }

    /// One refund, known by its `pluginRefundId`.
    typealias Refund = ReceivedEvent.Refund

    /// The payment's id at Wix.
    let wixTransactionId: String
    /// nil until the call was seen; the emulator sees calls of its own `send` only.
    private(set) var terms: Terms?
    /// What the latest usable answer to each call said that an event must follow.
    private(set) var owed: [OwedEvent] = []
    /// Why the latest event was refused; empty when it was taken in.
    private(set) var refusedEvents: [Problem] = []
    /// Whether an event of this kind has come, successful or not.
    private(set) var hasCaptureEvent = false
    private(set) var hasVoidEvent = false
    /// What the latest answer to Create Transaction said.
    private(set) var answer: Conclusion?
    /// The last transaction event that was taken in.
    private(set) var transaction: ReceivedEvent.Transaction?
    /// The capture that succeeded.
    private(set) var captured: ReceivedEvent.Action?
    /// The void that succeeded.
    private(set) var voided: ReceivedEvent.Action?
    /// In the order of their first events.
    private(set) var refunds: [Refund] = []
    /// What does not fit together although each message was acceptable; at most `doubtsMax`.
    private(set) var doubts: [Problem] = []

    /// The PSP's id of this payment, as its first answer had it.
    private(set) var answeredId: String?
    /// The refunds that Wix has asked for, by their ids at Wix; at most `owedMax`.
    private(set) var askedRefunds: Set<String> = []
    /// `pluginRefundId`s of this payment that were another payment's before, with that payment.
    private(set) var reusedRefundIds: [String: String] = [:]
    /// What Wix took and a PSP should not send; as many as there are fields and codes at most.
    private(set) var tolerated: [Problem] = []

    private static let doubtsMax = 20
    /// Refunds, captures and voids whose answers are remembered.
    static let owedMax = 200
    private static let canceledCode = 3030

    /// A payment of which nothing is known.
    init(wixTransactionId: String) {
        self.wixTransactionId = wixTransactionId
    }

    // MARK: What is shown

    /// What Wix would show. Without the call's amount a refund is shown as partial.
    var status: Status {
        if voided != nil { return .voided }
        if refundedAmount > 0 {
            return paidAmount.map { refundedAmount >= $0 } ?? false ? .refunded : .partiallyRefunded
        }
        if captured != nil { return .captured }
        guard let transaction else { return answeredStatus }
        guard let code = transaction.reasonCode else { return terms?.authorizeOnly == true ? .authorized : .approved }
        return Self.status(of: code)
    }

    /// The sum of the refunds that succeeded, in minor units.
    var refundedAmount: Int64 {
        refunds.filter { $0.reasonCode == nil }.reduce(0) { $0 + $1.amount }
    }

    /// Whether an answer to Create Transaction told an outcome whose event has not come (spec §6.5).
    var awaitsEvent: Bool { awaited.contains { $0.subject == .transaction } }

    /// What could be refunded at most, in minor units; nil when the call was not seen.
    private var paidAmount: Int64? { captured?.amount ?? terms?.amount }

    private var answeredStatus: Status {
        switch answer?.outcome {
        case .approved: .approved
        case .authorized: .authorized
        case .pending: .pending
        case .redirect: .awaitingBuyer
        case .declined: answer?.reasonCode.map(Self.status(of:)) ?? .declined
        default: .unknown
        }
    }

    private static func status(of code: Int) -> Status {
        if PendingCode(rawValue: code) != nil { return .pending }
        return code == canceledCode ? .canceled : .declined
    }

    // MARK: What comes in

    /// Wix is about to call Create Transaction.
    mutating func request(_ terms: Terms) {
        if let known = self.terms, known != terms {
            doubt(Problem("request", "the same id was used with another amount, currency or authorizeOnly"))
        } else {
            self.terms = terms
        }
    }

    /// The PSP has answered a call. An unusable answer changes nothing.
    ///
    /// - Parameters:
    ///   - body: of the answer.
    ///   - now: seconds since 1970.
    mutating func receive(
        answer: Conclusion, of endpoint: Endpoint, request: JSON, body: JSON = .null, now: Int64
    ) {
        guard answer.outcome != .failure else { return }
        switch endpoint {
        case .connectAccount: return
        case .createTransaction:
            self.answer = answer
            answeredId = answeredId ?? body["pluginTransactionId"]?.text
            if answer.outcome != .redirect { owe(.transaction, answer, now) }
            doubtDisagreement()
        case .refundTransaction:
            if let id = request["wixRefundId"]?.text {
                owe(.refund(wixRefundId: id), answer, now, request["refundAmount"]?.integer)
            }
        case .captureTransaction: owe(.capture, answer, now, request["captureAmount"]?.integer)
        case .voidTransaction: owe(.void, answer, now)
        }
    }

    /// The first answer counts: a repeat has no event of its own.
    private mutating func owe(
        _ subject: OwedEvent.Subject, _ answer: Conclusion, _ now: Int64, _ amount: Int64? = nil
    ) {
        guard !owed.contains(where: { $0.subject == subject }), owed.count < Self.owedMax else { return }
        owed.append(OwedEvent(subject: subject, reasonCode: answer.reasonCode, amount: amount, since: now))
    }

    /// Wix has asked for a refund, whatever is answered.
    mutating func ask(refund wixRefundId: String) {
        if askedRefunds.count < Self.owedMax { askedRefunds.insert(wixRefundId) }
    }

    /// An event of this payment has used the `pluginRefundId` of another.
    mutating func reuse(_ pluginRefundId: String, of owner: String) {
        if reusedRefundIds.count < Self.owedMax { reusedRefundIds[pluginRefundId] = owner }
    }

    /// An event was refused before it could be looked at here.
    mutating func refuse(_ problems: [Problem]) { refusedEvents = problems }

    /// An event has come.
    ///
    /// - Returns: why Wix must refuse it; empty when it was taken in.
    mutating func receive(_ event: ReceivedEvent) -> [Problem] {
        let problems =
            switch event.kind {
            case .transaction(let event): forbidden(event)
            case .refund(let event): forbidden(event)
            case .capture(let event): forbiddenCapture(event)
            case .void(let event): forbiddenVoid(event)
            }
        guard problems.isEmpty else { return problems }
        refusedEvents = []
        for problem in event.doubts where !tolerated.contains(problem) { tolerated.append(problem) }
        switch event.kind {
        case .transaction(let event):
            transaction = event
            doubtDisagreement()
        case .refund(let event): keep(event)
        case .capture(let event):
            hasCaptureEvent = true
            if event.reasonCode == nil { captured = event }
        case .void(let event):
            hasVoidEvent = true
            if event.reasonCode == nil { voided = event }
        }
        return []
    }

    private mutating func keep(_ refund: Refund) {
        if let index = refunds.firstIndex(where: { $0.pluginRefundId == refund.pluginRefundId }) {
            refunds[index] = refund
        } else {
            refunds.append(refund)
        }
    }

    /// spec §6.5: the event says what the answer said. A pending or redirecting answer may be followed by anything.
    private mutating func doubtDisagreement() {
        guard let answer, let transaction else { return }
        let approved = [.approved, .authorized].contains(answer.outcome)
        if approved && transaction.reasonCode != nil {
            doubt(Problem("event.transaction", "has a reasonCode although the answer approved"))
        } else if answer.outcome == .declined && transaction.reasonCode != answer.reasonCode {
            doubt(Problem("event.transaction", "does not say what the answer said, declined"))
        }
    }

    private mutating func doubt(_ problem: Problem) {
        guard !doubts.contains(problem), doubts.count < Self.doubtsMax else { return }
        doubts.append(problem)
    }
}
