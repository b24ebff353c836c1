// What the courier's reconciler finds and keeps: claims that nobody holds any more, open payments to ask about,
// abandoned redirects (design rules 8 and 9).

import GRDB

extension Store {
    /// Operations a sweep takes at most; the rest follow in the next one.
    public static let sweepRowsMax = 1_000

    /// Gives up a claim whose outcome this process could not learn; the reconciler takes it from here.
    public func handOver(_ claim: Claim, now: Int64) async throws(StoreError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE operations SET owner = NULL, lookup_at = ? \
                    WHERE id = ? AND generation = ? AND settled_at IS NULL
                    """
            ).execute(arguments: [now, claim.operation, claim.generation])
        }
    }

    /// Hands over every running claim whose process is dead. Returns how many.
    ///
    /// The generation grows, so that a process which was only thought dead cannot settle what others took over.
    public func handOverDeadClaims(now: Int64) async throws(StoreError) -> Int {
        guard owner.isInPlace else {
            throw StoreError(
                .failed,
                "\(path).owners was replaced, so the living cannot be told from the dead; restart all of pspd")
        }
        let owners = try read { db in
            try Int64.fetchAll(
                db, sql: "SELECT DISTINCT owner FROM operations WHERE settled_at IS NULL AND owner IS NOT NULL")
        }
        let dead = owners.filter { !owner.isAlive($0) }
        guard !dead.isEmpty else { return 0 }
        return try await write { db in
            var count = 0
            for owner in dead {
                try db.cachedStatement(
                    sql: """
                        UPDATE operations SET owner = NULL, lookup_at = ?, generation = generation + 1 \
                        WHERE settled_at IS NULL AND owner = ?
                        """
                ).execute(arguments: [now, owner])
                count += db.changesCount
            }
            return count
        }
    }

    /// Handed-over operations whose next look-up is due.
    public func dueLookups(now: Int64) throws(StoreError) -> [OperationStatus] {
        try read { db in
            try db.cachedStatement(
                sql: """
                    SELECT \(OperationStatus.columns) FROM operations WHERE settled_at IS NULL AND owner IS NULL \
                    AND lookup_at <= ? ORDER BY lookup_at LIMIT \(Self.sweepRowsMax)
                    """
            ).all([now]) { try OperationStatus($0) }
        }
    }

    /// Keeps that a look-up told nothing final: when the next one is due, and since when the processor says that it
    /// never received the operation (nil: it did not say so).
    public func noteLookup(
        _ status: OperationStatus, nextAt: Int64, notFoundAt: Int64?
    ) async throws(StoreError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE operations SET lookup_at = ?, lookups = lookups + 1, not_found_at = ? \
                    WHERE id = ? AND generation = ? AND settled_at IS NULL AND owner IS NULL
                    """
            ).execute(arguments: [nextAt, notFoundAt, status.id, status.generation])
        }
    }

    /// Takes a handed-over claim for good, so that Wix's repeat can no longer run it. Nil when it is gone.
    public func seize(_ status: OperationStatus, now: Int64) async throws(StoreError) -> Claim? {
        let owner = owner.owner
        return try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE operations SET owner = ?, generation = generation + 1, lookup_at = NULL \
                    WHERE id = ? AND generation = ? AND settled_at IS NULL AND owner IS NULL
                    """
            ).execute(arguments: [owner, status.id, status.generation])
            guard db.changesCount == 1 else { return nil }
            return Claim(operation: status.id, payment: status.payment, generation: status.generation + 1)
        }
    }

    /// Pending and redirected payments that are due to be asked about.
    public func dueChecks(now: Int64) throws(StoreError) -> [PaymentRecord] {
        try read { db in
            try db.cachedStatement(
                sql: """
                    SELECT \(PaymentRecord.columns) FROM payments WHERE check_at <= ? ORDER BY check_at \
                    LIMIT \(Self.sweepRowsMax)
                    """
            ).all([now]) { try PaymentRecord($0) }
        }
    }

    /// Redirected payments whose page has been left for too long.
    public func dueExpiries(now: Int64) throws(StoreError) -> [PaymentRecord] {
        try read { db in
            try db.cachedStatement(
                sql: """
                    SELECT \(PaymentRecord.columns) FROM payments WHERE expires_at <= ? ORDER BY expires_at \
                    LIMIT \(Self.sweepRowsMax)
                    """
            ).all([now]) { try PaymentRecord($0) }
        }
    }

    /// Keeps that a check told nothing new, and when the next one is due.
    public func noteCheck(_ record: PaymentRecord, nextAt: Int64) async throws(StoreError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE payments SET check_at = ?, checks = checks + 1 \
                    WHERE id = ? AND state IN ('pending', 'redirected')
                    """
            ).execute(arguments: [nextAt, record.id])
        }
    }

    /// Puts off an expiry whose cancel was not confirmed.
    public func postponeExpiry(_ record: PaymentRecord, to at: Int64) async throws(StoreError) {
        try await write { db in
            try db.cachedStatement(
                sql: "UPDATE payments SET expires_at = ? WHERE id = ? AND state = 'redirected'"
            ).execute(arguments: [at, record.id])
        }
    }
}
