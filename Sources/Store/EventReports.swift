// What the courier tells of itself and of its queue: for `/status`, for alarms, and for its own next start.

import Foundation
import GRDB

/// Whether events leave, or Wix is spared.
public enum BreakerState: String, Codable, Sendable, CaseIterable {
    /// They leave.
    case closed
    /// None leaves before the next probe.
    case open
    /// The probe alone is on its way.
    case halfOpen = "half-open"
}

/// How the courier stands. Times are milliseconds since 1970.
public struct CourierStatus: Sendable, Hashable, Codable {
    /// Its last heartbeat; how far these are apart is `CourierHealth`'s to say.
    public var seenAt: Int64
    /// Its process.
    public var processID: Int32
    /// When it took its turn.
    public var startedAt: Int64
    /// Events on their way right now.
    public var eventsInFlight = 0
    /// Events delivered since its start.
    public var deliveredCount: Int64 = 0
    /// When Wix took an event last.
    public var deliveredAt: Int64?
    /// The breaker's state.
    public var breaker = BreakerState.closed
    /// Since when the breaker is in that state.
    public var breakerSince: Int64?
    /// Open: when the next probe may leave.
    public var probeAt: Int64?
    /// How often in a row a probe has failed.
    public var failedProbes = 0
    /// Wix asked to slow down: nothing leaves before.
    public var pausedUntil: Int64?
    /// Since when Wix refuses the app's credentials: an operator has to act.
    public var tokenRefusedSince: Int64?
    /// Class of the last error, since the last delivery.
    public var lastError: String?
    /// When that was.
    public var lastErrorAt: Int64?
    /// Since when the processor does not answer look-ups.
    public var processorSilentSince: Int64?
    /// Payments whose final event has not been accepted for too long.
    public var overduePayments = 0
    /// The oldest ones, ids at Wix.
    public var overdueExamples: [String] = []

    /// Creates the status of a courier that starts.
    public init(processID: Int32, startedAt: Int64) {
        seenAt = startedAt
        self.processID = processID
        self.startedAt = startedAt
    }
}

/// Payments whose final event has not been accepted for too long.
public struct OverduePayments: Sendable, Hashable {
    /// How many, counted up to a limit.
    public let count: Int
    /// The oldest ones, ids at Wix.
    public let examples: [String]
}

extension Store {
    /// What the courier last told of itself; nil when none has ever worked on this store.
    public func courierStatus() throws(StoreError) -> CourierStatus? {
        let stored = try read { db in
            try Row.fetchOne(db, sql: "SELECT status, seen_at FROM courier_status WHERE id = 1")
        }
        guard let stored,
            var status = try? JSONDecoder().decode(CourierStatus.self, from: Data((stored[0] as String).utf8))
        else { return nil }
        status.seenAt = stored[1]
        return status
    }

    /// Keeps what the courier tells of itself.
    public func keep(_ status: CourierStatus) async throws(StoreError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json: String
        do {
            json = String(decoding: try encoder.encode(status), as: UTF8.self)
        } catch { throw StoreError(error) }
        try await write { db in
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO courier_status (id, seen_at, status) VALUES (1, ?, ?)")
                .execute(arguments: [status.seenAt, json])
        }
    }

    /// Payments with a final event made before `madeBefore` that Wix has not accepted.
    ///
    /// - Parameters:
    ///   - countMax: events that are looked at to count; a longer backlog is not counted to its end.
    ///   - examplesMax: payments that are named.
    public func overduePayments(
        madeBefore: Int64, countMax: Int, examplesMax: Int
    ) throws(StoreError) -> OverduePayments {
        try read { db in
            // The index of open events covers this, so no row is read.
            let overdue = "FROM events WHERE done_at IS NULL AND final AND created_at < ? LIMIT ?"
            let count =
                try Int.fetchOne(
                    try db.cachedStatement(
                        sql: "SELECT count(DISTINCT ifnull(payment_id, -id)) FROM (SELECT id, payment_id \(overdue))"),
                    arguments: [madeBefore, countMax]) ?? 0
            guard count > 0 else { return OverduePayments(count: 0, examples: []) }
            let examples = try String.fetchAll(
                try db.cachedStatement(
                    sql: """
                        SELECT DISTINCT wix_transaction_id FROM events WHERE id IN (SELECT id FROM \
                        (SELECT id, created_at \(overdue)) ORDER BY created_at LIMIT ?)
                        """), arguments: [madeBefore, countMax, examplesMax])
            return OverduePayments(count: count, examples: examples)
        }
    }
}
