// After the wall clock was put back: what was to happen at a time that it showed before would wait until it shows that
// time again. Here it is brought to where it could have been set by the clock as it is now.

import GRDB

/// The longest pauses that are ever set, in milliseconds.
public struct LongestPauses: Sendable {
    /// Between two look-ups of a claim.
    public var lookup: Int64
    /// Between two checks of an open payment.
    public var check: Int64
    /// From a redirect to its expiry.
    public var expiry: Int64

    /// Creates the pauses.
    public init(lookup: Int64, check: Int64, expiry: Int64) {
        self.lookup = lookup
        self.check = check
        self.expiry = expiry
    }
}

extension Store {
    /// Clocks of two processes of one machine never differ by more than this, in milliseconds.
    private static let clockSlackMilliseconds: Int64 = 100

    /// Brings forward what is further ahead than it was ever set: events, look-ups, checks and expiries. Returns how many
    /// of the kind with the most; call again while it returns `limit`.
    public func correctTimes(now: Int64, longest: LongestPauses, limit: Int) async throws(StoreError) -> Int {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE events SET due_at = ?, step_ms = 0 WHERE id IN (SELECT id FROM events \
                    WHERE done_at IS NULL AND state = 'queued' AND due_at > ? AND due_at - step_ms > ? LIMIT ?)
                    """
            ).execute(arguments: [now, now, now + Self.clockSlackMilliseconds, limit])
            var most = db.changesCount
            for (table, column, latest) in [
                ("operations", "lookup_at", now + longest.lookup), ("operations", "not_found_at", now),
                ("payments", "check_at", now + longest.check), ("payments", "expires_at", now + longest.expiry),
            ] {
                // Only handed-over operations, few as they are, wait for Wix's repeat.
                let isOpen = column == "not_found_at" ? "lookup_at IS NOT NULL AND" : ""
                try db.cachedStatement(
                    sql: """
                        UPDATE \(table) SET \(column) = ? WHERE id IN \
                        (SELECT id FROM \(table) WHERE \(isOpen) \(column) > ? LIMIT ?)
                        """
                ).execute(arguments: [latest, latest + Self.clockSlackMilliseconds, limit])
                most = max(most, db.changesCount)
            }
            return most
        }
    }
}
