// Claiming and settling captures and voids: attempts on the payment's state (design rules 4 and 9).

import GRDB
public import Payments
public import WixPayments

/// A Capture or Void call, ready to be claimed.
public struct NewAction: Sendable {
    /// Which of the two.
    public var action: PaymentAction
    /// Wix's id of the payment.
    public var wixTransactionId: String
    /// The plugin id that pspd derives from it.
    public var derivedTransactionId: String
    /// The plugin id that the call names.
    public var namedTransactionId: String
    /// Minor units.
    public var amount: Int64
    /// What to tell Wix when the amount does not fit; nil: the call is answered with success.
    public var amountMismatch: Failure<ActionFailureCode>?
    /// The call's request id.
    public var requestID: String?

    /// Creates the claim's input.
    public init(
        _ action: PaymentAction, wixTransactionId: String, derivedTransactionId: String, namedTransactionId: String,
        amount: Int64, amountMismatch: Failure<ActionFailureCode>?, requestID: String? = nil
    ) {
        self.action = action
        self.wixTransactionId = wixTransactionId
        self.derivedTransactionId = derivedTransactionId
        self.namedTransactionId = namedTransactionId
        self.amount = amount
        self.amountMismatch = amountMismatch
        self.requestID = requestID
    }
}

/// What a Capture or Void call meets.
public enum ActionClaim: Sendable {
    /// The caller owns the attempt and calls the processor next.
    case claimed(Claim, PaymentRecord)
    /// The attempt ended at its claim, for its amount; `event` waits for its release.
    case refused(event: Int64?)
    /// The payment's state forbids it: anything but `.begin` and `.amountMismatch`. `running` is the attempt that
    /// makes it busy.
    case forbidden(ActionDecision, running: OperationStatus?)
    /// No such payment.
    case unknownPayment
    /// The call names another payment's plugin id.
    case foreignPayment
}

/// A capture or void attempt that has ended.
public struct FinishedAction: Sendable, Hashable {
    /// Why it failed; nil: it succeeded.
    public var failure: Failure<ActionFailureCode>?
    /// The event that its settlement stored.
    public var event: Int64?
    /// Another outcome came after this one, which is what Wix was told: kept as a conflict.
    public var isContradicted = false
}

extension Store {
    /// Claims a capture or void, on disk before it returns. A repeat, or a call that the payment's state forbids,
    /// writes nothing, so it is answered on a full disk too.
    public func claim(_ new: NewAction, now: Int64) async throws(StoreError) -> ActionClaim {
        if let answer = try read({ try Self.answer($0, to: new) }) { return answer }
        try room.demand()
        let owner = owner.owner
        return try await write { db in
            if let answer = try Self.answer(db, to: new) { return answer }
            guard var record = try Self.payment(db, of: new) else { return .unknownPayment }
            switch record.payment.begin(new.action, amount: new.amount) {
            case .begin(let attempt):
                try record.update(db, now: now)
                let id = try OperationStatus.insert(
                    db, OperationKind(new.action), key: new.action.attemptKey(of: new.wixTransactionId, attempt),
                    pluginID: nil, payment: record.id, amount: new.amount, owner: owner, now: now)
                return .claimed(Claim(operation: id, payment: record.id, generation: 1), record)
            case .amountMismatch:
                // Answering success is configured: then nothing failed, and there is nothing to tell.
                guard let failure = new.amountMismatch else { return .refused(event: nil) }
                let event = Payment.event(
                    for: new.action, wixTransactionId: new.wixTransactionId, amount: new.amount, .failed(failure))
                let stored = try NewEvent(
                    event: event, payment: record.id, operation: nil, requestID: new.requestID, now: now
                ).insert(db)
                return .refused(event: stored)
            case let decision:
                return .forbidden(decision, running: try Self.runningAction(db, payment: record.id))
            }
        }
    }

    /// Settles a capture or void attempt. Of an attempt that had ended before, how it had ended; an outcome that
    /// contradicts that is kept as a conflict. Nil when the claim passed to somebody else, who settles it.
    public func settle(
        _ claim: Claim, _ action: PaymentAction, _ outcome: ActionOutcome, source: OutcomeSource = .answer,
        requestID: String?, now: Int64
    ) async throws(StoreError) -> FinishedAction? {
        try await write { db in
            guard let status = try OperationStatus.fetch(db, id: claim.operation), let payment = status.payment else {
                throw StoreError(.damaged, "a claimed action is not there")
            }
            if let before = try Self.finishedAction(db, status.id) {
                return try Self.compare(db, before, action, outcome, source, payment: payment, now: now)
            }
            guard try OperationStatus.settle(db, claim, now: now) else { return nil }
            var record = try Self.record(db, payment)
            let event = record.payment.finish(action, amount: status.amount ?? 0, outcome)
            try record.update(db, now: now)
            var finished = FinishedAction()
            if case .failed(let failure) = outcome {
                finished.failure = failure
                try db.cachedStatement(
                    sql: "UPDATE operations SET reason_code = ?, error_code = ?, error_message = ? WHERE id = ?"
                ).execute(arguments: [
                    failure.code.rawValue, failure.errorCode, failure.errorMessage, status.id,
                ])
            }
            finished.event = try event.map {
                try NewEvent(event: $0, payment: payment, operation: status.id, requestID: requestID, now: now)
                    .insert(db)
            }
            return finished
        }
    }

    /// How the attempt of row `operation` ended; nil while it runs.
    public func finishedAction(operation: Int64) throws(StoreError) -> FinishedAction? {
        try read { try Self.finishedAction($0, operation) }
    }

    /// The operation of row `id`.
    public func operation(id: Int64) throws(StoreError) -> OperationStatus? {
        try read { try OperationStatus.fetch($0, id: id) }
    }

    // MARK: Inside a transaction

    private static func payment(_ db: Database, of new: NewAction) throws -> PaymentRecord? {
        try payment(db, wixTransactionId: new.wixTransactionId, derivedID: new.derivedTransactionId)?.1
    }

    /// What can be said without writing; nil when the call begins something, or fails with an event.
    private static func answer(_ db: Database, to new: NewAction) throws -> ActionClaim? {
        guard var record = try payment(db, of: new) else { return .unknownPayment }
        guard new.namedTransactionId == record.payment.pluginTransactionId else { return .foreignPayment }
        switch record.payment.begin(new.action, amount: new.amount) {
        case .begin, .amountMismatch: return nil
        case let decision: return .forbidden(decision, running: try runningAction(db, payment: record.id))
        }
    }

    private static func compare(
        _ db: Database, _ before: FinishedAction, _ action: PaymentAction, _ outcome: ActionOutcome,
        _ source: OutcomeSource, payment: Int64, now: Int64
    ) throws -> FinishedAction {
        let hasFailed = if case .failed = outcome { true } else { false }
        guard hasFailed != (before.failure != nil) else { return before }
        func words(_ failed: Bool) -> String { "\(action.rawValue) \(failed ? "failed" : "succeeded")" }
        try recordConflict(
            db, payment: payment, source: source, state: words(!hasFailed), outcome: words(hasFailed), now: now)
        var contradicted = before
        contradicted.isContradicted = true
        return contradicted
    }

    static func finishedAction(_ db: Database, _ operation: Int64) throws -> FinishedAction? {
        try db.cachedStatement(
            sql: """
                SELECT reason_code, error_code, error_message FROM operations \
                WHERE id = ? AND settled_at IS NOT NULL
                """
        ).first([operation]) { row in
            FinishedAction(failure: row.isNull(0) ? nil : Failure(row, from: 0), event: nil)
        }
    }

    static func runningAction(_ db: Database, payment: Int64) throws -> OperationStatus? {
        try db.cachedStatement(
            sql: """
                SELECT \(OperationStatus.columns) FROM operations WHERE settled_at IS NULL AND payment_id = ? \
                AND kind IN ('capture', 'void')
                """
        ).first([payment], OperationStatus.init)
    }
}

extension OperationKind {
    /// The kind of an action's attempts.
    public init(_ action: PaymentAction) {
        switch action {
        case .capture: self = .capture
        case .void: self = .void
        }
    }
}
