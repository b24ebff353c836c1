// How the store stands, for `/status`, `/metrics`, `/readyz` and `pspd status`. Every question is answered along an index
// of what is open and stops at a limit, so that it costs the same with ten million payments as with ten.

import GRDB
import Glibc

/// Numbers of the store at one moment. Times are milliseconds since 1970. Counts stop at their limits.
public struct StoreGauges: Sendable, Hashable {
    /// Open events of one state.
    public struct Events: Sendable, Hashable {
        /// Their state.
        public let state: EventState
        /// How many, up to `StoreGauges.eventsMax`; beyond it the others are not looked at.
        public let count: Int
        /// When the oldest of them was made.
        public let oldestAt: Int64?
        /// How many fall into each of the spans of ages asked for; the last number is of older ones.
        public let byAge: [Int]
    }

    /// A failed attempt to deliver.
    public struct FailedAttempt: Sendable, Hashable {
        /// The event's row.
        public let event: Int64
        /// When it began.
        public let at: Int64
        /// token or submit.
        public let stage: String
        /// The HTTP status.
        public let status: Int?
        /// Class of the error.
        public let error: String
    }

    /// Open events that are counted at most, of each state.
    public static let eventsMax = 100_000
    /// Open claims, payments and conflicts that are counted at most.
    public static let rowsMax = 10_000
    /// Conflicts and failed attempts that are named at most.
    public static let namedMax = 10
    /// The latest attempts, among which failed ones are looked for.
    static let attemptsMax = 1_000

    /// Open events, a state each.
    public var events: [Events]
    /// Operations that are running.
    public var claims: Int
    /// Those of them that no process holds: the reconciler asks the processor.
    public var claimsHandedOver: Int
    /// When the oldest of them was claimed.
    public var oldestClaimAt: Int64?
    /// Pending and redirected payments.
    public var openPayments: Int
    /// Conflicts that no operator has dealt with.
    public var openConflicts: Int
    /// The latest of them, newest first.
    public var conflicts: [Conflict]
    /// The latest failed attempts, newest first.
    public var failedAttempts: [FailedAttempt]
    /// Operations ever begun.
    public var operationsMade: Int64
    /// Events ever made.
    public var eventsMade: Int64
    /// Conflicts ever found.
    public var conflictsMade: Int64
}

/// The room that the store takes and has, in bytes.
public struct StoreRoom: Sendable, Hashable {
    /// Of the store's file.
    public let storeBytes: Int64
    /// Of its write-ahead log.
    public let walBytes: Int64
    /// Free for this user on the file system.
    public let freeBytes: Int64

    /// Looks at the files beside and at `path`; what can't be looked at counts as 0.
    public init(path: String) {
        func bytes(_ path: String) -> Int64 {
            var status = stat()
            return stat(path, &status) == 0 ? Int64(status.st_size) : 0
        }
        storeBytes = bytes(path)
        walBytes = bytes(path + "-wal")
        var system = statvfs()
        freeBytes = statvfs(path, &system) == 0 ? Int64(clamping: UInt64(system.f_bavail) * UInt64(system.f_frsize)) : 0
    }
}

extension Store {
    /// The store's numbers.
    ///
    /// - Parameter spansMilliseconds: upper ends of the spans of ages, growing.
    public func gauges(spansMilliseconds: [Int64], now: Int64) throws(StoreError) -> StoreGauges {
        try readSnapshot { db in
            let events = try EventState.allCases.filter(\.isOpen).map { state in
                try StoreGauges.Events(db, state, ends: spansMilliseconds.map { now - $0 })
            }
            let claims = try Row.fetchOne(db, sql: StoreGauges.claims)
            return StoreGauges(
                events: events, claims: claims?[0] ?? 0, claimsHandedOver: claims?[1] ?? 0, oldestClaimAt: claims?[2],
                openPayments: try Int.fetchOne(db, sql: StoreGauges.openPayments) ?? 0,
                openConflicts: try Int.fetchOne(db, sql: StoreGauges.openConflicts) ?? 0,
                conflicts: try Row.fetchAll(db, sql: StoreGauges.latestConflicts).map {
                    Conflict(
                        id: $0[0], payment: $0[1], wixTransactionId: $0[2], at: $0[3], source: $0[4], state: $0[5],
                        outcome: $0[6])
                },
                failedAttempts: try Row.fetchAll(db, sql: StoreGauges.latestFailures).map {
                    StoreGauges.FailedAttempt(event: $0[0], at: $0[1], stage: $0[2], status: $0[3], error: $0[4])
                },
                operationsMade: try Int64.fetchOne(db, sql: "SELECT max(id) FROM operations") ?? 0,
                eventsMade: try Int64.fetchOne(db, sql: "SELECT max(id) FROM events") ?? 0,
                conflictsMade: try Int64.fetchOne(db, sql: "SELECT max(id) FROM conflicts") ?? 0)
        }
    }

    /// Shows that the store can be written: a real commit with its fsync, of a row that is gone before the commit.
    public func probe(now: Int64) async throws(StoreError) {
        try await write { db in
            // No webhook has a space in its id.
            try db.execute(
                sql: """
                    INSERT INTO notifications (webhook_id, at) VALUES ('a probe', ?) ON CONFLICT DO NOTHING; \
                    DELETE FROM notifications WHERE webhook_id = 'a probe'
                    """, arguments: [now])
        }
    }

    /// Whether a courier holds its turn on this store.
    public func isCourierAlive() throws(StoreError) -> Bool {
        guard let file = LockFile(asking: path + ".courier-lock") else { return false }
        // Shared: two that look at the same time do not take each other for a courier.
        while flock(file.descriptor, LOCK_SH | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return true
            default: throw StoreError(.failed, "cannot look at the courier's lock: \(SystemText.ofErrno())")
            }
        }
        return false
    }
}

extension StoreGauges {
    static let claims = """
        SELECT count(*), count(*) - count(owner), min(claimed_at) FROM \
        (SELECT owner, claimed_at FROM operations WHERE settled_at IS NULL LIMIT \(rowsMax))
        """
    static let openPayments =
        "SELECT count(*) FROM (SELECT 1 FROM payments WHERE check_at IS NOT NULL LIMIT \(rowsMax))"
    static let openConflicts =
        "SELECT count(*) FROM (SELECT 1 FROM conflicts WHERE resolved_at IS NULL LIMIT \(rowsMax))"
    static let latestConflicts = """
        SELECT c.id, c.payment_id, p.wix_transaction_id, c.at, c.source, c.state, c.outcome FROM conflicts AS c \
        LEFT JOIN payments AS p ON p.id = c.payment_id WHERE c.resolved_at IS NULL ORDER BY c.id DESC LIMIT \(namedMax)
        """
    static let latestFailures = """
        SELECT event_id, at, stage, status, error FROM attempts WHERE error IS NOT NULL AND \
        id > (SELECT ifnull(max(id), 0) - \(attemptsMax) FROM attempts) ORDER BY id DESC LIMIT \(namedMax)
        """

    static func openEvents(ends: [Int64]) -> String {
        let spans = ends.map { ", ifnull(sum(created_at >= \($0)), 0)" }.joined()
        return """
            SELECT count(*), min(created_at)\(spans) FROM \
            (SELECT created_at FROM events WHERE done_at IS NULL AND state = ? LIMIT \(eventsMax))
            """
    }
}

extension StoreGauges.Events {
    fileprivate init(_ db: Database, _ state: EventState, ends: [Int64]) throws {
        let row = try Row.fetchOne(db, sql: StoreGauges.openEvents(ends: ends), arguments: [state.rawValue])
        self.state = state
        count = row?[0] ?? 0
        oldestAt = row?[1]
        let atMost = ends.indices.map { index -> Int in row?[index + 2] ?? 0 } + [count]
        byAge = atMost.indices.map { atMost[$0] - ($0 == 0 ? 0 : atMost[$0 - 1]) }
    }
}
