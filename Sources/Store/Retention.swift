// What is old goes: delivered events with their attempts, then all of a payment but the row that answers its repeats.
// Called by the courier, hourly, in small batches between which others write.

import GRDB

/// How long finished work is kept in full.
public struct RetentionPolicy: Sendable, Hashable {
    /// Days after which a delivered event and its attempts are deleted.
    public var deliveredEventsDays: Int
    /// Days after its last change after which a payment is shrunk to what its repeats need.
    public var operationsDays: Int

    /// Creates the policy.
    public init(deliveredEventsDays: Int, operationsDays: Int) {
        self.deliveredEventsDays = deliveredEventsDays
        self.operationsDays = operationsDays
    }
}

/// What a round of retention did.
public struct Retired: Sendable, Hashable {
    /// Events deleted, with their attempts.
    public var events = 0
    /// Payments shrunk, with their refunds, captures and voids.
    public var payments = 0
    /// Remembered notifications deleted.
    public var notifications = 0
}

extension Store {
    /// Rows that one commit of retention takes at most.
    private static let batchRowsMax = 100
    /// How long others have the disk to themselves between two commits.
    private static let batchPause = Duration.milliseconds(20)
    /// Notifications are remembered at least this long; the gateway signs each with a time that is good for minutes.
    private static let notificationDaysMin = 1
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// Deletes and shrinks what is old, until nothing is left to do or the task is canceled.
    ///
    /// A shrunk payment keeps its ids, amount, state and reason code: repeats are answered from that, and its refunds
    /// get 3033. Payments that are not final, that run something, or that have an event which Wix has not taken or an
    /// open conflict, stay as they are.
    public func retire(_ policy: RetentionPolicy, now: Int64) async throws(StoreError) -> Retired {
        let eventsBefore = now - Int64(policy.deliveredEventsDays) * Self.millisecondsPerDay
        let operationsBefore = now - Int64(policy.operationsDays) * Self.millisecondsPerDay
        let notificationDays = max(policy.deliveredEventsDays, Self.notificationDaysMin)
        let notificationsBefore = now - Int64(notificationDays) * Self.millisecondsPerDay
        var retired = Retired()
        retired.events = try await retireEvents(before: eventsBefore)
        retired.payments = try await retirePayments(before: operationsBefore, now: now)
        try await retireStrayRefunds(before: operationsBefore)
        retired.notifications = try await retireNotifications(before: notificationsBefore)
        return retired
    }

    // MARK: Events

    private func retireEvents(before: Int64) async throws(StoreError) -> Int {
        var count = 0
        var last: Int64 = 0
        while !Task.isCancelled {
            // Rows lie in the order in which they were made, so the first young one ends the search.
            let after = last
            let page = try read { db in
                try db.cachedStatement(
                    sql:
                        "SELECT id, created_at, done_at FROM events WHERE id > ? ORDER BY id LIMIT \(Self.batchRowsMax)"
                ).all([after]) { (id: $0.integer(0), createdAt: $0.integer(1), doneAt: $0.optionalInteger(2)) }
            }
            let old = page.prefix { $0.createdAt < before }
            let done = old.filter { $0.doneAt.map { $0 < before } ?? false }.map(\.id)
            if !done.isEmpty { count += try await deleteEvents(done, before: before) }
            guard old.count == Self.batchRowsMax, let id = old.last?.id else { break }
            last = id
        }
        return count
    }

    private func deleteEvents(_ ids: [Int64], before: Int64) async throws(StoreError) -> Int {
        let count = try await write { db in
            try Marks.raise(db, .eventsRetiredBefore, to: before)
            var count = 0
            for id in ids {
                try db.cachedStatement(sql: "DELETE FROM events WHERE id = ? AND done_at < ?")
                    .execute(arguments: [id, before])
                guard db.changesCount == 1 else { continue }
                count += 1
                try db.cachedStatement(sql: "DELETE FROM attempts WHERE event_id = ?").execute(arguments: [id])
            }
            return count
        }
        try? await Task.sleep(for: Self.batchPause)
        return count
    }

    // MARK: Payments

    private func retirePayments(before: Int64, now: Int64) async throws(StoreError) -> Int {
        var count = 0
        var last: (createdAt: Int64, id: Int64) = (.min, .min)
        while !Task.isCancelled {
            let after = last
            let page = try read { db in
                try db.cachedStatement(
                    sql: """
                        SELECT created_at, id FROM payments WHERE retired_at IS NULL AND created_at < ? \
                        AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT \(Self.batchRowsMax)
                        """
                ).all([before, after.createdAt, after.id]) { (createdAt: $0.integer(0), id: $0.integer(1)) }
            }
            guard let end = page.last else { break }
            last = end
            let ids = page.map(\.id)
            count += try await write { db in
                try ids.filter { try Self.retire(db, payment: $0, before: before, now: now) }.count
            }
            try? await Task.sleep(for: Self.batchPause)
        }
        return count
    }

    private static func retire(_ db: Database, payment id: Int64, before: Int64, now: Int64) throws -> Bool {
        try db.cachedStatement(
            sql: """
                UPDATE payments SET retired_at = ?, error_code = NULL, error_message = NULL, redirect_url = NULL, \
                evidence = NULL, success_url = NULL, error_url = NULL, cancel_url = NULL, pending_url = NULL, \
                processor_state = NULL \
                WHERE id = ? AND retired_at IS NULL AND updated_at < ? \
                AND state IN ('approved', 'captured', 'voided', 'declined', 'canceled', 'expired') \
                AND EXISTS (SELECT 1 FROM operations WHERE id = payments.id AND settled_at IS NOT NULL) \
                AND NOT EXISTS (SELECT 1 FROM operations WHERE payment_id = payments.id AND settled_at IS NULL) \
                AND NOT EXISTS (SELECT 1 FROM events WHERE payment_id = payments.id AND done_at IS NULL) \
                AND NOT EXISTS (SELECT 1 FROM conflicts WHERE payment_id = payments.id AND resolved_at IS NULL)
                """
        ).execute(arguments: [now, id, before])
        guard db.changesCount == 1 else { return false }
        for sql in [
            "DELETE FROM operations WHERE payment_id = ?", "DELETE FROM refunds WHERE payment_id = ?",
            "DELETE FROM conflicts WHERE payment_id = ?",
        ] {
            try db.cachedStatement(sql: sql).execute(arguments: [id])
        }
        return true
    }

    // MARK: The rest

    /// Refunds of payments that pspd never knew.
    private func retireStrayRefunds(before: Int64) async throws(StoreError) {
        while !Task.isCancelled {
            let count = try await write { db in
                let ids = try db.cachedStatement(
                    sql: """
                        SELECT id FROM refunds WHERE payment_id IS NULL AND created_at < ? LIMIT \(Self.batchRowsMax)
                        """
                ).all([before]) { $0.integer(0) }
                for id in ids {
                    try db.cachedStatement(sql: "DELETE FROM refunds WHERE id = ?").execute(arguments: [id])
                    try db.cachedStatement(sql: "DELETE FROM operations WHERE id = ?").execute(arguments: [id])
                }
                return ids.count
            }
            guard count == Self.batchRowsMax else { return }
            try? await Task.sleep(for: Self.batchPause)
        }
    }

    private func retireNotifications(before: Int64) async throws(StoreError) -> Int {
        var count = 0
        while !Task.isCancelled {
            let batch = try await write { db in
                try db.cachedStatement(
                    sql: """
                        DELETE FROM notifications WHERE at < ? \
                        AND id IN (SELECT id FROM notifications ORDER BY id LIMIT \(Self.batchRowsMax))
                        """
                ).execute(arguments: [before])
                return db.changesCount
            }
            count += batch
            guard batch == Self.batchRowsMax else { break }
            try? await Task.sleep(for: Self.batchPause)
        }
        return count
    }
}
