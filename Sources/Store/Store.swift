// The store: idempotency cache, payments and event queue in one SQLite file that all processes share.
// The only target with SQL. Its operations are in the extensions beside this file, one family each; what callers see
// of them names neither SQLite nor GRDB.

import GRDB

/// A process's access to the store's file. Opening creates or migrates the file.
///
/// Whatever a function returns after writing is on disk, fsync included (design rule 3).
public final class Store: Sendable {
    /// The file.
    public let path: String
    /// Shows this process as the living owner of its claims.
    public let owner: OwnerLock
    /// The reserve that new claims must leave free.
    let room: Room
    /// The courier's turn and its checkpoints.
    let courierLock: CourierLock

    private let writer: GroupCommitWriter
    private let readers: Readers

    /// Opens the store at `path`, creating or migrating it as needed. Refuses a damaged file, a file of something else,
    /// a store of a newer version, and a store whose file is gone while what lies beside it is not.
    ///
    /// Beside it lie `path`.lock (the queue of writers) and `path`.owners (which processes live).
    ///
    /// - Parameters:
    ///   - minFreeMegabytes: new claims are refused when the disk has less room than this left (2^20 bytes).
    ///   - onCommit: called after each commit with the time that its way to the disk took, fsync included, and the
    ///     number of jobs in it; on the writer's thread, so it must be quick.
    public convenience init(
        path: String, minFreeMegabytes: Int = 0,
        onCommit: @escaping @Sendable (_ took: Duration, _ jobs: Int) -> Void = { _, _ in }
    ) throws(StoreError) {
        let room = Room(path: path, reserveBytes: Int64(minFreeMegabytes) << 20)
        try self.init(path: path, room: room, onCommit: onCommit)
    }

    init(
        path: String, room: Room, onCommit: @escaping @Sendable (Duration, Int) -> Void = { _, _ in }
    ) throws(StoreError) {
        self.path = path
        self.room = room
        let queue = try WriterQueue(path: path + ".lock")
        let file = try queue.withTurn { () throws(StoreError) in try StoreFile.open(path) }
        owner = file.owner
        readers = try Readers(path: path)
        writer = GroupCommitWriter(
            database: file.database, queue: queue, relief: WALRelief(path: path), onCommit: onCommit)
        courierLock = CourierLock(path: path)
    }

    deinit { writer.stop() }

    /// Ends this access: what waits is still written, then the file is closed, and claims that are still open are those
    /// of a dead process. Blocks until that is done.
    public func close() {
        writer.stopAndWait()
        courierLock.leave()
        readers.close()
        // The last connection of all processes empties the WAL and removes it, which one that only reads cannot.
        writer.closeFile()
        owner.end()
    }

    // MARK: Trust

    /// The error that made this process distrust the file, if any: after a failed sync nothing is written or read,
    /// since nobody knows which pages are on disk. The process has to end; the next one starts from what is there.
    public var untrusted: StoreError? { writer.untrusted }

    /// Returns the error as soon as there is one; nil when the store is closed or the task canceled before. For one
    /// caller, which then ends its process.
    public func untilUntrusted() async -> StoreError? {
        for await error in writer.distrust { return error }
        return nil
    }

    // MARK: Access for the extensions

    /// Runs `body` in the next group commit. It may run twice, so it must have no effect but on the database.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(StoreError) -> T {
        try await writer.write(body)
    }

    /// Jobs that wait for the next commit.
    var waitingJobs: Int { writer.waitingJobs }

    func checkpointWAL() async throws(StoreError) {
        do throws(StoreError) {
            try await courierLock.checkpoint()
        } catch {
            if error.code == .untrusted { writer.distrust(because: error) }
            throw error
        }
    }

    /// Runs `body` on a read connection, each statement seeing the latest commit.
    func read<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        if let error = writer.untrusted { throw error }
        do { return try readers.read(body) } catch { throw StoreError(error) }
    }

    /// Runs `body` on each read connection, for what is set once.
    func onEachReader(_ body: (Database) throws -> Void) throws { try readers.forEach(body) }

    /// Runs `body` on one snapshot, for reads that must fit each other.
    func readSnapshot<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        try read { db in
            var result: T?
            try db.inTransaction(.deferred) {
                result = try body(db)
                return .commit
            }
            guard let result else { throw StoreError(.failed, "a snapshot ended without a result") }
            return result
        }
    }
}
