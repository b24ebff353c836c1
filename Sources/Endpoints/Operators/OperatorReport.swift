// `/status` and `pspd status`: how everything stands, first of all what an operator has to look at.

import Foundation
import Metrics
import Store

/// The report, as JSON has it. Times are RFC 3339, ages seconds.
public struct OperatorReport: Sendable, Encodable {
    /// Of this program.
    public let version: String
    /// When it was made.
    public let time: String
    /// What an operator has to look at, in plain words; empty when all is well.
    public let attention: [String]
    /// The living processes; nil without metrics.
    public let processes: [Process]?
    /// The courier; nil when none has ever worked on this store.
    public let courier: Courier?
    /// Open events, by state.
    public let events: [String: Events]?
    /// Operations that are running.
    public let claims: Claims?
    /// Pending and redirected payments.
    public let openPayments: Int?
    /// Outcomes that contradict what Wix was told.
    public let conflicts: Conflicts?
    /// The latest failed attempts to deliver, newest first.
    public let failedAttempts: [FailedAttempt]?
    /// The store.
    public let store: StoreState
    /// The keys that requests are verified with.
    public let keys: [OperatorSettings.Key]

    /// A process.
    public struct Process: Sendable, Encodable {
        /// worker or courier.
        public let role: String
        /// Its process id.
        public let pid: Int32
        /// working or stopping.
        public let state: String
        /// When it started.
        public let startedAt: String
        /// Seconds since its last heartbeat.
        public let silentSeconds: Int
        /// Its memory.
        public let residentBytes: UInt64
        /// Requests answered since its start.
        public let requests: UInt64
        /// Those of them answered with 500 or more.
        public let serverErrors: UInt64
        /// Requests being worked on.
        public let openRequests: Int
        /// Age of the oldest of them.
        public let oldestRequestSeconds: Int?
        /// The last error it logged.
        public let lastError: String?
        /// When that was.
        public let lastErrorAt: String?
    }

    /// The courier's account of itself.
    public struct Courier: Sendable, Encodable {
        /// Whether one works at this moment.
        public let alive: Bool?
        /// Its last heartbeat.
        public let seenAt: String
        /// closed, open or half-open.
        public let breaker: String
        /// Since when.
        public let breakerSince: String?
        /// When it tries next, while the breaker is open.
        public let probeAt: String?
        /// Nothing leaves before, because Wix asked for it.
        public let pausedUntil: String?
        /// Events on their way.
        public let eventsInFlight: Int
        /// Events delivered since its start.
        public let delivered: Int64
        /// When the last one was.
        public let deliveredAt: String?
        /// Class of the last error since then.
        public let lastError: String?
        /// When that was.
        public let lastErrorAt: String?
        /// Since when Wix refuses the app's token.
        public let tokenRefusedSince: String?
        /// Since when the processor does not answer look-ups.
        public let processorSilentSince: String?
        /// Payments whose final event has not been accepted for too long.
        public let overduePayments: Int
        /// The oldest of them, ids at Wix.
        public let overdueExamples: [String]
    }

    /// Open events of one state.
    public struct Events: Sendable, Encodable {
        /// How many.
        public let count: Int
        /// Whether there are more, which were not counted.
        public let isCut: Bool
        /// Age of the oldest.
        public let oldestSeconds: Int?
        /// How many by age: minute, tenMinutes, hour, day, older.
        public let byAge: [String: Int]
    }

    /// Operations that are running.
    public struct Claims: Sendable, Encodable {
        /// How many.
        public let open: Int
        /// Those that no process holds: the courier asks the processor.
        public let handedOver: Int
        /// Age of the oldest.
        public let oldestSeconds: Int?
    }

    /// Contradictions that an operator has to resolve.
    public struct Conflicts: Sendable, Encodable {
        /// How many.
        public let open: Int
        /// The latest, newest first.
        public let latest: [Contradiction]
    }

    /// One of them.
    public struct Contradiction: Sendable, Encodable {
        /// The payment's id at Wix.
        public let wixTransactionId: String?
        /// When it came.
        public let at: String
        /// Where from.
        public let source: String
        /// What Wix was told.
        public let told: String
        /// What came instead.
        public let came: String
    }

    /// A failed attempt to deliver.
    public struct FailedAttempt: Sendable, Encodable {
        /// The event's number.
        public let event: Int64
        /// When.
        public let at: String
        /// token or submit.
        public let stage: String
        /// The HTTP status.
        public let status: Int?
        /// Class of the error.
        public let error: String
    }

    /// The store's file.
    public struct StoreState: Sendable, Encodable {
        /// Why it can't be read.
        public let error: String?
        /// Of the file.
        public let bytes: Int64
        /// Of its write-ahead log.
        public let walBytes: Int64
        /// Free on its disk.
        public let freeBytes: Int64
        /// What has to stay free.
        public let minFreeBytes: Int64
    }
}

extension OperatorReport {
    /// Makes the report.
    public init(_ reading: OperatorReading, _ settings: OperatorSettings) {
        version = settings.version
        time = Self.text(reading.now)
        attention = reading.attention(settings)
        processes = reading.processes?.map(Process.init)
        courier = reading.courier.map { Courier($0, isAlive: reading.isCourierAlive) }
        let gauges = reading.gauges
        events = gauges.map { gauges in
            Dictionary(uniqueKeysWithValues: gauges.events.map { ($0.state.rawValue, Events($0, reading)) })
        }
        claims = gauges.map {
            Claims(
                open: $0.claims, handedOver: $0.claimsHandedOver,
                oldestSeconds: $0.oldestClaimAt.map(reading.seconds(since:)))
        }
        openPayments = gauges?.openPayments
        conflicts = gauges.map { Conflicts(open: $0.openConflicts, latest: $0.conflicts.map(Contradiction.init)) }
        failedAttempts = gauges?.failedAttempts.map(FailedAttempt.init)
        store = StoreState(
            error: reading.storeError, bytes: reading.room.storeBytes, walBytes: reading.room.walBytes,
            freeBytes: reading.room.freeBytes, minFreeBytes: settings.minFreeBytes)
        keys = settings.keys
    }

    static func text(_ millisecondsSince1970: Int64) -> String {
        // Half a millisecond more: the style cuts, and what is not a binary fraction may lie just below.
        Date(timeIntervalSince1970: (Double(millisecondsSince1970) + 0.5) / 1_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    func json() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self) + Data("\n".utf8))
        } catch {
            preconditionFailure("a report of plain values could not be encoded: \(error)")
        }
    }
}

extension OperatorReport.Process {
    fileprivate init(_ view: ProcessView) {
        role = view.role.word
        pid = view.processID
        state = "\(view.state)"
        startedAt = OperatorReport.text(view.startedAt)
        silentSeconds = max(0, view.silentSeconds)
        residentBytes = view.residentBytes
        requests = view.requests
        serverErrors = view.serverErrors
        openRequests = view.openRequests
        oldestRequestSeconds = view.oldestRequestSeconds
        lastError = view.lastError
        lastErrorAt = view.lastErrorAt.map(OperatorReport.text)
    }
}

extension OperatorReport.Courier {
    fileprivate init(_ status: CourierStatus, isAlive: Bool?) {
        alive = isAlive
        seenAt = OperatorReport.text(status.seenAt)
        breaker = status.breaker.rawValue
        breakerSince = status.breakerSince.map(OperatorReport.text)
        probeAt = status.probeAt.map(OperatorReport.text)
        pausedUntil = status.pausedUntil.map(OperatorReport.text)
        eventsInFlight = status.eventsInFlight
        delivered = status.deliveredCount
        deliveredAt = status.deliveredAt.map(OperatorReport.text)
        lastError = status.lastError
        lastErrorAt = status.lastErrorAt.map(OperatorReport.text)
        tokenRefusedSince = status.tokenRefusedSince.map(OperatorReport.text)
        processorSilentSince = status.processorSilentSince.map(OperatorReport.text)
        overduePayments = status.overduePayments
        overdueExamples = status.overdueExamples
    }
}

extension OperatorReport.Events {
    fileprivate init(_ events: StoreGauges.Events, _ reading: OperatorReading) {
        count = events.count
        isCut = events.count >= StoreGauges.eventsMax
        oldestSeconds = events.oldestAt.map(reading.seconds(since:))
        let names = OperatorReading.spans.map(\.name) + ["older"]
        byAge = Dictionary(uniqueKeysWithValues: zip(names, events.byAge))
    }
}

extension OperatorReport.Contradiction {
    fileprivate init(_ conflict: Conflict) {
        wixTransactionId = conflict.wixTransactionId
        at = OperatorReport.text(conflict.at)
        source = conflict.source
        told = conflict.state
        came = conflict.outcome
    }
}

extension OperatorReport.FailedAttempt {
    fileprivate init(_ attempt: StoreGauges.FailedAttempt) {
        event = attempt.event
        at = OperatorReport.text(attempt.at)
        stage = attempt.stage
        status = attempt.status
        error = attempt.error
    }
}
