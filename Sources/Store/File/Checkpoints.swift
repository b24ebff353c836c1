// The courier's turn, and the checkpoints that its holder makes (design, The store). Nobody else checkpoints while it
// is held.
//
// SQLite before 3.51.3 can lose committed pages when a checkpoint starts in the very moment in which another connection
// begins a WAL anew that had been copied in full (sqlite.org/wal.html, The WAL-Reset Bug; Debian 12 has 3.40). So a
// checkpoint begins either in the writers' turn, where nobody can begin the WAL anew, or right after a commit of its
// own, while the WAL holds a page that only this checkpoint can copy.

import Dispatch
import GRDB
import Glibc
import Synchronization

/// Held by the one courier that works on a store; the kernel drops it when its process dies, `end` before that.
public final class CourierTurn: Sendable {
    private let seat: CourierLock

    init(seat: CourierLock) { self.seat = seat }

    deinit { end() }

    /// Lets the next courier work.
    public func end() { seat.leave() }
}

extension Store {
    /// Takes the courier's turn; nil while another one works.
    public func takeCourierTurn() throws(StoreError) -> CourierTurn? {
        try courierLock.take() ? CourierTurn(seat: courierLock) : nil
    }

    /// Brings the WAL's pages back into the file. SQLite's automatic checkpoints hide their errors, so they are off;
    /// an error here counts as a failed sync. Only for the holder of the courier's turn.
    public func checkpoint() async throws(StoreError) { try await checkpointWAL() }
}

/// The lock that makes one process the courier, with the connection that checkpoints.
final class CourierLock: Sendable {
    private let path: String
    private let checkpointer = Mutex<Checkpointer?>(nil)

    init(path: String) { self.path = path }

    /// False while another process, or another store of this one, holds it.
    func take() throws(StoreError) -> Bool {
        guard let lock = try Self.tryLock(path) else { return false }
        let taken = try Checkpointer(path: path, lock: lock)
        checkpointer.withLock { $0 = taken }
        return true
    }

    func leave() {
        checkpointer.withLock { checkpointer in
            checkpointer?.end()
            checkpointer = nil
        }
    }

    func checkpoint() async throws(StoreError) {
        guard let checkpointer = checkpointer.withLock({ $0 }) else {
            throw StoreError(.failed, "only the courier checkpoints")
        }
        try await checkpointer.run()
    }

    static func tryLock(_ path: String) throws(StoreError) -> LockFile? {
        let file = try LockFile(path: path + ".courier-lock")
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return nil
            default: throw StoreError(.failed, "cannot lock the courier's file: \(SystemText.ofErrno())")
            }
        }
        return file
    }
}

private final class Checkpointer: Sendable {
    private struct State: ~Copyable {
        /// Closed, and with it the lock, when the courier's turn ends.
        var lock: LockFile?
        /// SQLite's `data_version` when the last checkpoint began: another one has something to do only after others
        /// have committed.
        var version: Int64?
    }

    private let database: DatabaseQueue
    private let queue: WriterQueue
    private let state: Mutex<State>
    /// Checkpoints wait for the disk, which no task may.
    private let thread = DispatchQueue(label: "store-checkpoints")

    init(path: String, lock: consuming LockFile) throws(StoreError) {
        do {
            database = try StoreFile.connect(path)
        } catch {
            throw StoreError(error)
        }
        queue = try WriterQueue(path: path + ".lock")
        state = Mutex(State(lock: lock))
    }

    /// Returns once a checkpoint that runs is done.
    func end() {
        thread.sync {
            try? database.close()
            state.withLock { $0.lock = nil }
        }
    }

    func run() async throws(StoreError) {
        let error: StoreError? = await withCheckedContinuation { continuation in
            thread.async { continuation.resume(returning: self.runNow()) }
        }
        if let error { throw error }
    }

    private func runNow() -> StoreError? {
        do {
            let version = try database.inDatabase { try Int64.fetchOne($0, sql: "PRAGMA data_version") }
            guard state.withLock({ $0.version != version }) else { return nil }
            // Most of the work is done beside the writers of all processes; the turn catches up with what they added
            // meanwhile, so that the next writer begins the WAL anew and it stops growing.
            if try leaveMark() { try WALCopy.run(database) }
            try queue.withTurn { try WALCopy.run(database) }
            state.withLock { $0.version = version }
            return nil
        } catch {
            return StoreError(error)
        }
    }

    /// Commits a page that is not in the file yet. False when there is no room for it.
    private func leaveMark() throws -> Bool {
        do {
            try queue.withTurn {
                try database.inDatabase { try Marks.increase($0, .checkpoints) }
            }
            return true
        } catch let error where StoreError(error).code == .full {
            return false
        }
    }
}

/// One pass over the WAL.
enum WALCopy {
    /// SQLite may report that a reader or another checkpoint is in the way; what is left is for the next time.
    static func run(_ database: DatabaseQueue) throws(StoreError) {
        do {
            _ = try database.inDatabase { try $0.checkpoint(.passive) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
        {
            return
        } catch {
            let error = StoreError(error)
            guard error.code != .full, error.code != .readOnly else { throw error }
            throw StoreError(.untrusted, "checkpoint: \(error.reason)")
        }
    }
}

/// A writer's own checkpoint, for when no courier works: without it the WAL would fill the disk.
final class WALRelief: Sendable {
    /// Size of the WAL from which on a writer helps itself.
    static let walBytesMax: Int64 = 256 << 20
    /// Commits between two looks at the size; the file stays large after it was emptied.
    static let commitsBetween = 2_000

    private let path: String
    private let commits = Mutex(0)

    init(path: String) { self.path = path }

    /// Called in the writers' turn. Returns the error of a failed sync; any other leaves the WAL as it is.
    func afterCommit(_ database: DatabaseQueue) -> StoreError? {
        let isDue = commits.withLock { commits in
            commits += 1
            if commits >= Self.commitsBetween { commits = 0 }
            return commits == 0
        }
        var status = stat()
        guard isDue, stat(path + "-wal", &status) == 0, status.st_size > Self.walBytesMax else { return nil }
        do {
            // Held while checkpointing, so that a courier that starts now does not checkpoint as well.
            guard let lock = try CourierLock.tryLock(path) else { return nil }
            try WALCopy.run(database)
            _ = consume lock
            return nil
        } catch {
            return error.code == .untrusted ? error : nil
        }
    }
}
