// `pspd store stats`: how much of what is in the store, and how large its files are.

import GRDB
import Glibc

/// The store in numbers.
public struct StoreStatistics: Sendable, Hashable, Encodable {
    /// The file.
    public var path: String
    /// SQLite's version.
    public var sqlite: String
    /// Size of the file.
    public var fileBytes: Int64
    /// Size of the WAL beside it.
    public var walBytes: Int64
    /// Bytes in the file that hold nothing and are used next.
    public var reusableBytes: Int64
    /// Bytes that are free on the disk.
    public var diskFreeBytes: Int64
    /// Payments by state.
    public var payments: [String: Int]
    /// Payments that retention has shrunk.
    public var retiredPayments: Int
    /// Payments that came from another system.
    public var importedPayments: Int
    /// Refunds by state.
    public var refunds: [String: Int]
    /// Events by state.
    public var events: [String: Int]
    /// Delivery attempts kept.
    public var attempts: Int
    /// Connected merchants, live and sandbox counted apart.
    public var accounts: Int
    /// Operations that run in a living process.
    public var running: Int
    /// Operations whose process is dead or gave them up; the courier asks the processor.
    public var handedOver: Int
    /// When the oldest open operation was claimed, milliseconds since 1970.
    public var oldestOpenSince: Int64?
    /// Conflicts that nobody has dealt with.
    public var openConflicts: Int
}

extension StoreInspector {
    /// Counts everything, on one snapshot. Takes seconds for millions of payments.
    public func statistics() throws(StoreError) -> StoreStatistics {
        try snapshot { db in
            let open = try Row.fetchAll(db, sql: "SELECT owner, claimed_at FROM operations WHERE settled_at IS NULL")
            let owners = open.compactMap { $0[0] as Int64? }
            let living = OwnerLock.living(owners, path: path + ".owners")
            let running = owners.filter(living.contains)
            let pageBytes = try Self.integer(db, "PRAGMA page_size")
            var disk = statvfs()
            _ = statvfs(path, &disk)
            return StoreStatistics(
                path: path, sqlite: try String.fetchOne(db, sql: "SELECT sqlite_version()") ?? "",
                fileBytes: Self.bytes(path), walBytes: Self.bytes(path + "-wal"),
                reusableBytes: try Self.integer(db, "PRAGMA freelist_count") * pageBytes,
                diskFreeBytes: Int64(clamping: disk.f_bavail) * Int64(disk.f_frsize),
                payments: try Self.states(db, "payments"),
                retiredPayments: Int(
                    try Self.integer(db, "SELECT count(*) FROM payments WHERE retired_at IS NOT NULL")),
                importedPayments: Int(
                    try Self.integer(db, "SELECT count(*) FROM payments WHERE imported_at IS NOT NULL")),
                refunds: try Self.states(db, "refunds"), events: try Self.states(db, "events"),
                attempts: Int(try Self.integer(db, "SELECT count(*) FROM attempts")),
                accounts: Int(try Self.integer(db, "SELECT count(*) FROM accounts")),
                running: running.count, handedOver: open.count - running.count,
                oldestOpenSince: open.map { $0[1] as Int64 }.min(),
                openConflicts: Int(
                    try Self.integer(db, "SELECT count(*) FROM conflicts WHERE resolved_at IS NULL")))
        }
    }

    private static func states(_ db: Database, _ table: String) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT state, count(*) FROM \(table) GROUP BY state") {
            counts[row[0]] = row[1]
        }
        return counts
    }

    private static func integer(_ db: Database, _ sql: String) throws -> Int64 {
        try Int64.fetchOne(db, sql: sql) ?? 0
    }

    private static func bytes(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
