// The gateway's notifications: checked against the state machines, stored and queued for Wix in one commit with the id
// that makes a replay harmless (design, Gateway contract).

import GRDB
public import Payments
import WixPayments

/// What a notification tells.
public enum NotifiedChange: Sendable {
    /// A payment's outcome.
    case payment(pluginTransactionId: String, PaymentReport)
    /// A refund that ended at the PSP: `id` is the gateway's, or pspd's for one that Wix began. `amount`: minor units.
    case refund(id: String, pluginTransactionId: String, amount: Int64, RefundOutcome)
    /// An authorization that ended at the PSP.
    case void(pluginTransactionId: String)
    /// What cannot be meant of this payment, such as another amount or currency: `told`, in words for an operator.
    case misfit(pluginTransactionId: String, told: String)

    var pluginTransactionId: String {
        switch self {
        case .payment(let id, _), .refund(_, let id, _, _), .void(let id), .misfit(let id, _): id
        }
    }
}

/// What became of a notification.
public enum NotificationResult: Sendable, Hashable {
    /// Taken in; `event`, if any, waits for its release, `operation` is what waiters wait for.
    case done(event: Int64?, operation: Int64)
    /// Taken in before.
    case repeated
    /// There is no such payment.
    case unknownPayment
    /// The payment is still on its way to where this fits: to be told again a little later.
    case tooEarly
    /// The payment has ended since the notification was read as one of an open payment: to be read again.
    case outdated
    /// It contradicts what Wix was told for good, or what is known of the payment: kept as a conflict.
    case conflict
}

extension Store {
    /// Takes a notification in. Its id is remembered only when it is done, so that the gateway's next try of one that
    /// was refused is looked at again.
    ///
    /// - Parameter standing: of the payment for which the notification was read, where its meaning depends on that.
    public func take(
        _ change: NotifiedChange, for standing: PaymentState.Standing? = nil, webhookID: String, requestID: String?,
        redirectExpiryMilliseconds: Int64, now: Int64
    ) async throws(StoreError) -> NotificationResult {
        let found = try payment(pluginTransactionId: change.pluginTransactionId)?.1.id
        return try await write { db in
            let seen = try Int.fetchOne(
                try db.cachedStatement(sql: "SELECT 1 FROM notifications WHERE webhook_id = ?"), arguments: [webhookID])
            guard seen == nil else { return .repeated }
            guard let found else { return .unknownPayment }
            if let standing, try Self.record(db, found).payment.state.standing != standing { return .outdated }
            let result: NotificationResult
            switch change {
            case .payment(_, let report):
                let new = NewOutcome(
                    report, source: .notification, requestID: requestID,
                    redirectExpiryMilliseconds: redirectExpiryMilliseconds)
                result = try Self.take(db, new, payment: found, now: now)
            case .refund(let id, _, let amount, let outcome):
                if let known = try RefundRecord.fetch(db, pluginRefundId: id, payment: found) {
                    result = try Self.update(db, known, amount, outcome, requestID, now: now)
                } else {
                    result = try Self.takeRefund(db, id: id, amount, outcome, payment: found, requestID, now: now)
                }
            case .void:
                result = try Self.lapse(db, payment: found, .notification, requestID, now: now)
            case .misfit(_, let told):
                result = try Self.refuse(db, told, payment: found, now: now)
            }
            if case .done = result {
                try db.cachedStatement(sql: "INSERT INTO notifications (webhook_id, at) VALUES (?, ?)")
                    .execute(arguments: [webhookID, now])
            }
            return result
        }
    }

    /// Takes in that an authorization has ended at the processor by itself, as a look-up shows it.
    public func lapse(
        payment id: Int64, source: OutcomeSource, now: Int64
    ) async throws(StoreError) -> NotificationResult {
        try await write { db in try Self.lapse(db, payment: id, source, nil, now: now) }
    }

    private static func take(
        _ db: Database, _ new: NewOutcome, payment id: Int64, now: Int64
    ) throws -> NotificationResult {
        switch try reported(db, new, payment: id, now: now) {
        case .settled(_, let event): .done(event: event, operation: id)
        case .unchanged, .superseded: .done(event: nil, operation: id)
        // The gateway has to cancel a page that nobody will see.
        case .conflict, .lateRedirect: .conflict
        }
    }

    /// Keeps what does not fit the payment.
    private static func refuse(
        _ db: Database, _ told: String, payment id: Int64, now: Int64
    ) throws -> NotificationResult {
        try recordConflict(
            db, payment: id, source: .notification, state: try record(db, id).payment.state.name, outcome: told,
            now: now)
        return .conflict
    }

    private static func lapse(
        _ db: Database, payment id: Int64, _ source: OutcomeSource, _ requestID: String?, now: Int64
    ) throws -> NotificationResult {
        var record = try record(db, id)
        let before = record.payment.state.name
        let event: Event?
        do throws(Contradiction) {
            event = try record.payment.lapse()
        } catch {
            if error.mayFitLater { return .tooEarly }
            try recordConflict(
                db, payment: id, source: source, state: before, outcome: "voided", now: now)
            return .conflict
        }
        guard let event else { return .done(event: nil, operation: id) }
        try record.update(db, now: now)
        // A void of Wix's that runs has come to its end by this: the event is its, and whoever waits for it is woken.
        let running = try runningAction(db, payment: id)
        if let running { _ = try OperationStatus.settle(db, running.claim, now: now) }
        let stored = try NewEvent(
            event: event, payment: id, operation: running?.id, requestID: requestID, now: now
        ).insert(db)
        return .done(event: stored, operation: running?.id ?? id)
    }

    // MARK: Refunds

    /// A refund that began at the PSP.
    private static func takeRefund(
        _ db: Database, id: String, _ amount: Int64, _ outcome: RefundOutcome, payment: Int64, _ requestID: String?,
        now: Int64
    ) throws -> NotificationResult {
        if try RefundRecord.fetch(db, pluginRefundId: id) != nil {
            // Wix knows a refund by this id alone.
            return try refuse(
                db, "\(outcome.name) of \(amount) by the id of another payment's, \(id)", payment: payment, now: now)
        }
        // One that failed moved no money, and Wix never heard of it.
        guard outcome == .succeeded else { return .done(event: nil, operation: payment) }
        var record = try record(db, payment)
        let before = record.payment.state.name
        let fits = record.payment.recordRefund(of: amount)
        try record.update(db, now: now)
        let operation = try OperationStatus.insert(
            db, .refund, key: id, pluginID: id, payment: payment, owner: nil, now: now)
        let refund = Refund(
            wixTransactionId: record.payment.wixTransactionId, wixRefundId: nil, pluginRefundId: id, amount: amount,
            state: .succeeded)
        try RefundRecord(id: operation, payment: payment, refund: refund).insert(db, now: now)
        if !fits {
            // The money is gone, so Wix is told; but more went back than was taken.
            try recordConflict(
                db, payment: payment, source: .notification, state: before, outcome: "refunded above the remainder",
                now: now)
        }
        let event = try refund.event.map {
            try NewEvent(event: $0, payment: payment, operation: operation, requestID: requestID, now: now).insert(db)
        }
        return .done(event: event, operation: operation)
    }

    /// A refund that Wix, or an earlier notification, began.
    private static func update(
        _ db: Database, _ known: RefundRecord, _ amount: Int64, _ outcome: RefundOutcome, _ requestID: String?,
        now: Int64
    ) throws -> NotificationResult {
        if let own = known.refund.amount, own != amount {
            try recordConflict(
                db, payment: known.payment, source: .notification,
                state: "refund \(known.refund.state.name) of \(own)",
                outcome: "\(outcome.name) of \(amount), \(known.refund.pluginRefundId)", now: now)
            return .conflict
        }
        var refund = known
        switch (refund.refund.state, outcome) {
        case (.succeeded, .succeeded), (.failed, .failed): return .done(event: nil, operation: known.id)
        case (.succeeded, .failed), (.failed, .succeeded):
            try recordConflict(
                db, payment: known.payment, source: .notification, state: "refund \(refund.refund.state.name)",
                outcome: outcome.name, now: now)
            return .conflict
        case (.claimed, _): break
        }
        guard let id = known.payment, let status = try OperationStatus.fetch(db, id: known.id) else {
            throw StoreError(.damaged, "a running refund has no payment")
        }
        var record = try record(db, id)
        _ = record.payment.finish(&refund.refund, outcome)
        try refund.update(db, now: now)
        try record.update(db, now: now)
        _ = try OperationStatus.settle(db, status.claim, now: now)
        let event = try refund.refund.event.map {
            try NewEvent(event: $0, payment: id, operation: known.id, requestID: requestID, now: now).insert(db)
        }
        return .done(event: event, operation: known.id)
    }
}
