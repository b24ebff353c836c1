// Settling: an outcome and its event enter the store in one commit, once (design rules 3, 5, 8 and 9).

import GRDB
public import Payments
public import WixPayments

/// Where an outcome came from; kept with conflicts.
public enum OutcomeSource: String, Sendable, Hashable {
    /// The processor's answer to the call.
    case answer
    /// A look-up after a crash, a timeout or for an open payment.
    case lookup
    /// The gateway's notification.
    case notification
    /// The buyer, on the sandbox's page.
    case buyer
    /// The answer deadline passed (design rule 7).
    case deadline
    /// The redirect's expiry.
    case expiry
}

/// What became of an outcome.
public enum Settlement: Sendable {
    /// It moved the payment; `event`, if any, waits for its release.
    case settled(PaymentRecord, event: Int64?)
    /// It was known already, or it is older than what is known.
    case unchanged(PaymentRecord)
    /// It contradicts a final state: kept as a conflict.
    case conflict(PaymentRecord)
    /// A redirect for a buyer who no longer waits: to be canceled at the processor.
    case lateRedirect(PaymentRecord)
    /// The claim passed to somebody else, who settles it.
    case superseded(PaymentRecord)

    /// The payment as it stands now.
    public var record: PaymentRecord {
        switch self {
        case .settled(let record, _), .unchanged(let record), .conflict(let record), .lateRedirect(let record),
            .superseded(let record):
            record
        }
    }

    /// The event that this settlement stored.
    public var event: Int64? {
        if case .settled(_, let event) = self { event } else { nil }
    }
}

/// An outcome on its way into the store.
public struct NewOutcome: Sendable {
    /// What the processor said.
    public var report: PaymentReport
    /// Where it came from.
    public var source: OutcomeSource
    /// The call's request id.
    public var requestID: String?
    /// How long a buyer may stay on a redirect page, in milliseconds.
    public var redirectExpiryMilliseconds: Int64

    /// Creates the settlement's input.
    public init(
        _ report: PaymentReport, source: OutcomeSource, requestID: String? = nil, redirectExpiryMilliseconds: Int64
    ) {
        self.report = report
        self.source = source
        self.requestID = requestID
        self.redirectExpiryMilliseconds = redirectExpiryMilliseconds
    }
}

extension Store {
    /// Settles a claimed payment. Of two that settle the same claim, one wins; the other's outcome is compared with
    /// what won.
    public func settle(_ claim: Claim, _ new: NewOutcome, now: Int64) async throws(StoreError) -> Settlement {
        try await write { db in
            guard let (status, record) = try Self.payment(db, id: claim.operation) else {
                throw StoreError(.damaged, "a claim has no operation")
            }
            if !status.isSettled, status.generation != claim.generation { return .superseded(record) }
            let settlement = try Self.apply(db, new, to: record, operation: claim.operation, now: now)
            if case .lateRedirect = settlement { return settlement }
            _ = try OperationStatus.settle(db, claim, now: now)
            return settlement
        }
    }

    /// Takes in what was learned of a payment without holding its claim: a look-up, a notification, a buyer's
    /// decision. A final outcome ends the Create operation too, should it still run.
    public func report(_ new: NewOutcome, payment id: Int64, now: Int64) async throws(StoreError) -> Settlement {
        try await write { db in try Self.reported(db, new, payment: id, now: now) }
    }

    /// Commits pending 5009 and its event while the processor still works: the claim stays as it is (design rule 7).
    public func deferAnswer(_ claim: Claim, _ new: NewOutcome, now: Int64) async throws(StoreError) -> Settlement {
        try await write { db in
            let record = try Self.record(db, claim.payment ?? claim.operation)
            guard case .claimed = record.payment.state else { return .unchanged(record) }
            return try Self.apply(db, new, to: record, operation: claim.operation, now: now)
        }
    }

    /// Ends an abandoned redirect, whose cancel the processor has confirmed.
    public func expire(
        payment id: Int64, because failure: Failure<DeclineCode>, now: Int64
    ) async throws(StoreError) -> Settlement {
        try await write { db in
            var record = try Self.record(db, id)
            let verdict = record.payment.expire(because: failure)
            if case .changed = verdict { record.schedule(now: now, checkAfter: nil, redirectExpiry: 0) }
            return try Self.keep(db, &record, verdict, operation: id, requestID: nil, now: now)
        }
    }

    /// Whether Wix has taken the event.
    public func isDelivered(event id: Int64) throws(StoreError) -> Bool {
        try read { db in
            try String.fetchOne(
                try db.cachedStatement(sql: "SELECT state FROM events WHERE id = ?"), arguments: [id])
        } == EventState.delivered.rawValue
    }

    // MARK: Inside the transaction

    static func record(_ db: Database, _ id: Int64) throws -> PaymentRecord {
        guard let record = try PaymentRecord.fetch(db, id: id) else {
            throw StoreError(.damaged, "an operation has no payment")
        }
        return record
    }

    static func reported(_ db: Database, _ new: NewOutcome, payment id: Int64, now: Int64) throws -> Settlement {
        let settlement = try apply(db, new, to: try record(db, id), operation: id, now: now)
        if case .settled = settlement {
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE operations SET settled_at = ?, owner = NULL, lookup_at = NULL, \
                    generation = generation + 1 WHERE id = ? AND settled_at IS NULL
                    """)
            try statement.execute(arguments: [now, id])
        }
        return settlement
    }

    private static func apply(
        _ db: Database, _ new: NewOutcome, to record: PaymentRecord, operation: Int64, now: Int64
    ) throws -> Settlement {
        var record = record
        let verdict = record.payment.apply(new.report.outcome)
        if case .contradicts = verdict {
            try recordConflict(
                db, payment: record.id, source: new.source, state: record.payment.state.name,
                outcome: new.report.outcome.name, now: now)
            return .conflict(record)
        }
        let isNews = record.takeNotes(of: new.report, now: now)
        if case .changed = verdict {
            record.schedule(
                now: now, checkAfter: new.report.checkAfterMilliseconds,
                redirectExpiry: new.redirectExpiryMilliseconds)
        } else if isNews {
            try record.update(db, now: now)
        }
        return try keep(db, &record, verdict, operation: operation, requestID: new.requestID, now: now)
    }

    private static func keep(
        _ db: Database, _ record: inout PaymentRecord, _ verdict: PaymentVerdict, operation: Int64,
        requestID: String?, now: Int64
    ) throws -> Settlement {
        switch verdict {
        case .unchanged: return .unchanged(record)
        case .contradicts: return .conflict(record)
        case .lateRedirect: return .lateRedirect(record)
        case .changed(let event):
            try record.update(db, now: now)
            let stored = try event.map {
                try NewEvent(event: $0, payment: record.id, operation: operation, requestID: requestID, now: now)
                    .insert(db)
            }
            return .settled(record, event: stored)
        }
    }
}

extension PaymentRecord {
    /// Keeps what a report brings besides its outcome: that is news even when the outcome is none, such as the second
    /// pending after Wix was told pending at the deadline. Returns whether there is something to write.
    fileprivate mutating func takeNotes(of report: PaymentReport, now: Int64) -> Bool {
        let before = self
        if let state = report.processorState { processorState = state }
        if checkAt != nil, let pause = report.checkAfterMilliseconds { checkAt = now + pause }
        return self != before
    }
}

extension PaymentOutcome {
    /// The outcome in one word, with its reason code where it has one.
    public var name: String {
        switch self {
        case .approved: "approved"
        case .authorized: "authorized"
        case .captured: "captured"
        case .pending(let reason): "pending \(reason.code.rawValue)"
        case .redirect: "redirect"
        case .declined(let failure): "declined \(failure.code.rawValue)"
        }
    }
}
