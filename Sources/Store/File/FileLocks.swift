// The kernel locks beside the store's file. They are dropped by the kernel when their process dies, never by a timer
// (design rule 8).

import Glibc

/// An open lock file; made 0660 whatever the umask, so that two users of one group can share it (design, The store).
struct LockFile: ~Copyable {
    let descriptor: CInt

    init(path: String) throws(StoreError) {
        var file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o660)
        if file >= 0 {
            fchmod(file, 0o660)
        } else if errno == EEXIST {
            file = open(path, O_RDWR | O_CLOEXEC)
        }
        guard file >= 0 else { throw StoreError(.readOnly, "cannot open \(path): \(SystemText.ofErrno())") }
        descriptor = file
    }

    /// Opens a lock file only to ask about its locks; nil when there is none.
    init?(asking path: String) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        descriptor = file
    }

    deinit { close(descriptor) }
}

/// The queue of processes for SQLite's single writer. SQLite's own busy handler sleeps and polls; these locks block in
/// the kernel and wake at once.
///
/// Behind a single lock, a process that has just written and has more to write would take it again before a waiting one
/// is awake. So there are two: whoever writes next holds the door, and who has just written has to come through it.
struct WriterQueue: ~Copyable {
    private let file: LockFile
    private static let door: Int64 = 0
    /// Held by whoever writes.
    static let desk: Int64 = 1

    init(path: String) throws(StoreError) { file = try LockFile(path: path) }

    /// Runs `body` while no other process writes.
    func withTurn<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
        ByteLock.take(file.descriptor, Self.door)
        ByteLock.take(file.descriptor, Self.desk)
        ByteLock.drop(file.descriptor, Self.door)
        defer { ByteLock.drop(file.descriptor, Self.desk) }
        return try body()
    }
}

/// Shows which processes live: each owner holds a lock on one byte of a shared file, at an offset of its own.
public final class OwnerLock: Sendable {
    /// This process's number in the store's claims, 1...2^62.
    public let owner: Int64
    /// Whether no other owner lived when this one began.
    let wasAlone: Bool
    private let path: String
    private let file: LockFile

    private static let owners: ClosedRange<Int64> = 1...(1 << 62)
    /// What the file says to those who look into it. Its presence tells that the store was once there.
    private static let mark = "Locks on this file show which processes use the store beside it.\n"

    /// Opens the lock file and takes a byte of its own. In the writers' turn, so that of several that start together
    /// one was alone.
    init(path: String) throws(StoreError) {
        self.path = path
        file = try LockFile(path: path)
        wasAlone = !ByteLock.isHeld(file.descriptor, Self.owners)
        owner = Int64.random(in: Self.owners)
        guard ByteLock.tryTake(file.descriptor, owner) else {
            throw StoreError(.failed, "cannot lock a byte of \(path): \(SystemText.ofErrno())")
        }
    }

    /// Those of `owners` whose processes live, asked from outside; none without the file at `path`.
    static func living(_ owners: [Int64], path: String) -> Set<Int64> {
        guard let file = LockFile(asking: path) else { return [] }
        return Set(owners).filter { ByteLock.isHeld(file.descriptor, $0...$0) }
    }

    /// Whether the process that claimed as `owner` still lives.
    public func isAlive(_ owner: Int64) -> Bool {
        owner == self.owner || ByteLock.isHeld(file.descriptor, owner...owner)
    }

    /// Whether the file is still the one that processes starting now would open. If somebody has replaced it, the living
    /// cannot be told from the dead.
    var isInPlace: Bool {
        var (mine, theirs) = (stat(), stat())
        guard fstat(file.descriptor, &mine) == 0, stat(path, &theirs) == 0 else { return false }
        return mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev
    }

    /// Ends this owner: what it has claimed is handed over.
    func end() { ByteLock.drop(file.descriptor, owner) }

    /// Writes the mark that a store is here; from now on a missing store is refused, not created.
    func leaveMark() throws(StoreError) {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.st_size == 0 else { return }
        let mark = Array(Self.mark.utf8)
        guard write(file.descriptor, mark, mark.count) == mark.count else {
            throw StoreError(errno == ENOSPC ? .full : .failed, "cannot write \(path): \(SystemText.ofErrno())")
        }
    }

    /// The byte that stands for a key's turn, above all owners' bytes. Two keys may share one, which only makes them
    /// wait for each other.
    static func turnOffset(of key: String) -> Int64 {
        owners.upperBound + 1 + Int64(key.stableHash >> 4)
    }
}
