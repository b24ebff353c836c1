// Opening the store's file, in the writers' turn: what is refused, what is created, and from when on its pages can be
// trusted.

import Foundation
import GRDB
import Glibc

enum StoreFile {
    /// How long SQLite waits for a lock held by a program that does not queue, such as the `sqlite3` command.
    private static let foreignLockSeconds = 5.0
    /// Pages that the writing connection keeps, in KiB.
    private static let cacheKibibytes = 8_192

    /// Opens or creates the file, migrates it, and shows this process as living.
    static func open(_ path: String) throws(StoreError) -> (database: DatabaseQueue, owner: OwnerLock) {
        try claimFile(path)
        do {
            let database = try connect(path)
            let owner = try OwnerLock(path: path + ".owners")
            if owner.wasAlone { try restartWAL(database, path) }
            try migrate(database)
            try database.inDatabase { try probe($0) }
            // SQLite does not look at the result when it syncs the folder for its WAL.
            try syncFolder(of: path)
            try owner.leaveMark()
            return (database, owner)
        } catch {
            throw StoreError(error).at(path)
        }
    }

    /// A connection that writes: durably, and to nothing but a store.
    static func connect(_ path: String) throws -> DatabaseQueue {
        let database = try DatabaseQueue(path: path, configuration: configuration(cacheKibibytes: cacheKibibytes))
        try database.inDatabase { db in
            try recognize(db, path)
            try makeDurable(db)
        }
        return database
    }

    static func configuration(cacheKibibytes: Int) -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(foreignLockSeconds)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -\(cacheKibibytes)")
        }
        return configuration
    }

    // MARK: Refusals

    /// Makes the file if there is none. A store that is gone is not replaced by an empty one: that would run every
    /// payment again that Wix repeats.
    private static func claimFile(_ path: String) throws(StoreError) {
        var status = stat()
        let isThere = stat(path, &status) == 0
        if isThere, status.st_size > 0 { return }
        for trace in [path + "-wal", path + ".owners"] {
            var left = stat()
            guard stat(trace, &left) == 0, left.st_size > 0 else { continue }
            throw StoreError(
                .damaged,
                """
                \(path) is \(isThere ? "empty" : "gone"), but \(trace) shows that a store was here. Put the file or a \
                backup of it back; to begin with an empty store, remove \(trace)
                """)
        }
        if !isThere { _ = try LockFile(path: path) }
    }

    /// Refuses a file that is not a store, or one that this version does not know.
    static func recognize(_ db: Database, _ path: String) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard tables == 0 || id == Schema.applicationID else {
            throw StoreError(
                .damaged, "\(path) is a database of another program; set `store` to a path of its own")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw StoreError(.newer, "\(path) was written by a newer pspd; install that version again")
        }
    }

    // MARK: Making

    private static func migrate(_ database: DatabaseQueue) throws {
        let isUpToDate = try database.inDatabase { db in
            // Before the first table: a store that is half made has to be known as one.
            if try Int32.fetchOne(db, sql: "PRAGMA application_id") != Schema.applicationID {
                try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            }
            return try Schema.migrator.hasCompletedMigrations(db)
        }
        // The migrator writes even when there is nothing to do, which a full disk would not allow.
        if !isUpToDate { try Schema.migrator.migrate(database) }
    }

    // MARK: Trust

    private static func makeDurable(_ db: Database) throws {
        // A new file becomes a WAL one in a transaction with a rollback journal. EXTRA syncs the folder once the journal
        // is deleted: a journal that came back after a power failure would undo that, and leave a WAL without its file.
        try db.execute(sql: "PRAGMA synchronous = EXTRA")
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
            throw StoreError(.failed, "this file system cannot hold SQLite's WAL")
        }
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // The courier checkpoints, and looks at the result.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
            throw StoreError(.failed, "synchronous=FULL did not take effect")
        }
    }

    /// Writes all that the WAL holds into the file, syncs it, and begins the WAL anew.
    ///
    /// Whoever comes first does this. After a failed sync the kernel shows pages that are not on disk, and says so only
    /// once: the WAL that a fresh process reads may have a hole, and a commit behind it would be lost. What is copied
    /// here is written and synced again.
    private static func restartWAL(_ database: DatabaseQueue, _ path: String) throws {
        do {
            _ = try database.inDatabase { try $0.checkpoint(.restart) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw StoreError(.failed, "another program reads or writes \(path); the store cannot start beside it")
        }
    }

    /// Touches each table, so that gross damage is found now and not by a payment.
    private static func probe(_ db: Database) throws {
        for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'") {
            _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table.quotedDatabaseIdentifier) LIMIT 1")
        }
    }

    static func syncFolder(of path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(.failed, "cannot open \(folder): \(SystemText.ofErrno())") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StoreError(.untrusted, "cannot sync \(folder): \(SystemText.ofErrno())")
        }
    }
}

/// The operating system's words for an error.
enum SystemText {
    static func ofErrno() -> String { String(cString: strerror(errno)) }
}
