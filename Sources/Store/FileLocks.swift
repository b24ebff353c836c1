// The two kernel locks beside the store's file. Both are dropped by the kernel when their process dies, never by a
// timer (design rule 8).

internal import Foundation
internal import Glibc
internal import Synchronization

/// An open lock file; made 0660, so that two users of one group can share it (design, The store).
struct LockFile: ~Copyable {
    let descriptor: CInt

    init(path: String) throws(StoreError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o660)
        guard descriptor >= 0 else {
            throw StoreError(.readOnly, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }
}

/// The queue of processes for SQLite's single writer. SQLite's own busy handler sleeps and polls; `flock` blocks in
/// the kernel and wakes at once.
struct WriterQueue: ~Copyable {
    private let file: LockFile

    init(path: String) throws(StoreError) { file = try LockFile(path: path) }

    /// Runs `body` while no other process writes.
    func withTurn<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
        while flock(file.descriptor, LOCK_EX) != 0 {
            // Anything but an interruption is a bug: the descriptor is ours and open.
            precondition(errno == EINTR, "flock failed with errno \(errno)")
        }
        defer { flock(file.descriptor, LOCK_UN) }
        return try body()
    }
}

/// Shows which processes live: each owner holds a lock on one byte of a shared file, at an offset of its own.
///
/// Open file description locks, since classic record locks vanish when any descriptor of the file is closed.
public final class OwnerLock: Sendable {
    /// This process's number in the store's claims, 1...2^62.
    public let owner: Int64
    private let descriptor: CInt

    /// Opens the lock file and takes a byte of its own.
    init(path: String) throws(StoreError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o660)
        guard file >= 0 else {
            throw StoreError(.readOnly, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        let number = Int64.random(in: 1...(1 << 62))
        guard Self.tryLock(file, offset: number) else {
            let reason = String(cString: strerror(errno))
            close(file)
            throw StoreError(.failed, "cannot lock a byte of \(path): \(reason)")
        }
        owner = number
        descriptor = file
    }

    deinit { close(descriptor) }

    /// Whether the process that claimed as `owner` still lives.
    public func isAlive(_ owner: Int64) -> Bool {
        if owner == self.owner { return true }
        var lock = Self.byte(owner)
        // A lock that cannot be asked for counts as held: a living process must never lose its claim.
        guard fcntl(descriptor, Self.getLock, &lock) == 0 else { return true }
        return lock.l_type != Int16(F_UNLCK)
    }

    /// Locks one byte for as long as `descriptor` is open. False when somebody else holds it.
    static func tryLock(_ descriptor: CInt, offset: Int64) -> Bool {
        var lock = byte(offset)
        return fcntl(descriptor, setLock, &lock) == 0
    }

    /// The byte that stands for a key's turn, above all owners' bytes. Two keys may share one, which only makes them
    /// wait for each other.
    static func turnOffset(of key: String) -> Int64 {
        // FNV-1a: the same in every process, unlike Swift's seeded hash.
        let hash = key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return (1 << 62) + 1 + Int64(hash >> 4)
    }

    // Linux's numbers; Glibc's header shows them to _GNU_SOURCE programs only.
    private static let getLock: CInt = 36
    private static let setLock: CInt = 37

    private static func byte(_ offset: Int64) -> Glibc.flock {
        var lock = Glibc.flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(offset)
        lock.l_len = 1
        return lock
    }
}
