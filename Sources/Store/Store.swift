// The store: idempotency cache, payments and event queue in one SQLite file that all processes share.
// The only target with SQL. Its operations are in the extensions beside this file, one family each; what callers see
// of them names neither SQLite nor GRDB.

internal import Foundation
internal import GRDB
internal import Glibc

/// A process's access to the store's file. Opening creates or migrates the file.
///
/// Whatever a function returns after writing is on disk, fsync included (design rule 3).
public final class Store: Sendable {
    /// The file.
    public let path: String
    /// Shows this process as the living owner of its claims.
    public let owner: OwnerLock

    private let pool: DatabasePool
    private let writer: GroupCommitWriter

    /// Read connections a process keeps at most.
    private static let readersMax = 4
    /// How long SQLite waits for a lock held by a program that does not queue, such as the `sqlite3` command.
    private static let foreignLockSeconds = 5.0

    /// Opens the store at `path`, creating or migrating it as needed.
    ///
    /// Beside it lie `path`.lock (the queue of writers) and `path`.owners (which processes live).
    public init(path: String) throws(StoreError) {
        self.path = path
        let queue = try WriterQueue(path: path + ".lock")
        owner = try OwnerLock(path: path + ".owners")
        pool = try queue.withTurn { () throws(StoreError) in try Self.openPool(path) }
        writer = GroupCommitWriter(pool: pool, queue: queue)
    }

    /// Ends the writer after what waits for it.
    public func close() { writer.stop() }

    /// The error that made this process distrust the file, if any: after a failed sync nothing is written or read.
    public var untrusted: StoreError? { writer.untrusted }

    // MARK: Opening

    private static func openPool(_ path: String) throws(StoreError) -> DatabasePool {
        do {
            let isNew = try makeFile(path)
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // GRDB's WAL set-up turns this down to NORMAL, so it is set after opening and read back.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // The courier checkpoints, and looks at the result.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
                guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                    throw StoreError(.failed, "synchronous=FULL did not take effect")
                }
            }
            if try pool.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
                throw StoreError(.newer, "\(path) was written by a newer pspd; install that version again")
            }
            try Schema.migrator.migrate(pool)
            if isNew { try syncFolder(of: path) }
            return pool
        } catch {
            throw StoreError(error)
        }
    }

    private static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.maximumReaderCount = readersMax
        configuration.busyMode = .timeout(foreignLockSeconds)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -8000")
        }
        return configuration
    }

    /// Makes the file 0660 before SQLite would make it with other rights; WAL and SHM inherit them.
    private static func makeFile(_ path: String) throws(StoreError) -> Bool {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o660)
        if descriptor >= 0 {
            Glibc.close(descriptor)
            return true
        }
        guard errno == EEXIST else {
            throw StoreError(.readOnly, "cannot create \(path): \(String(cString: strerror(errno)))")
        }
        return false
    }

    private static func syncFolder(of path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StoreError(.failed, "cannot open \(folder): \(String(cString: strerror(errno)))")
        }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StoreError(.untrusted, "cannot sync \(folder): \(String(cString: strerror(errno)))")
        }
    }

    // MARK: Access for the extensions

    /// Runs `body` in the next group commit. It may run twice, so it must have no effect but on the database.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(StoreError) -> T {
        try await writer.write(body)
    }

    func checkpointWAL() async throws(StoreError) { try await writer.checkpoint() }

    /// Runs `body` on a read connection, each statement seeing the latest commit.
    func read<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        if let error = writer.untrusted { throw error }
        do { return try pool.unsafeRead(body) } catch { throw StoreError(error) }
    }

    /// Runs `body` on one snapshot, for reads that must fit each other.
    func readSnapshot<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        if let error = writer.untrusted { throw error }
        do { return try pool.read(body) } catch { throw StoreError(error) }
    }
}
