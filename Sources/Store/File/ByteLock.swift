// Locks on single bytes of a file. They belong to the open file description: classic record locks would vanish when any
// descriptor of the file is closed. The kernel drops them with the description, so also when the process dies.

import Glibc

enum ByteLock {
    // Linux's numbers; Glibc's header shows them to _GNU_SOURCE programs only.
    private static let getLock: CInt = 36
    private static let setLock: CInt = 37
    private static let setLockWaiting: CInt = 38

    /// Takes the byte at `offset`; false when somebody else holds it.
    static func tryTake(_ descriptor: CInt, _ offset: Int64) -> Bool {
        var lock = record(F_WRLCK, offset...offset)
        return fcntl(descriptor, setLock, &lock) == 0
    }

    /// Takes the byte at `offset`, waiting in the kernel.
    static func take(_ descriptor: CInt, _ offset: Int64) {
        var lock = record(F_WRLCK, offset...offset)
        while fcntl(descriptor, setLockWaiting, &lock) != 0 {
            // Anything but an interruption is a bug: the descriptor is ours and open.
            precondition(errno == EINTR, "a lock could not be waited for, errno \(errno)")
        }
    }

    /// Gives the byte back.
    static func drop(_ descriptor: CInt, _ offset: Int64) {
        var lock = record(F_UNLCK, offset...offset)
        let result = fcntl(descriptor, setLock, &lock)
        precondition(result == 0, "a lock could not be dropped, errno \(errno)")
    }

    /// Whether somebody else holds one of the bytes. What cannot be asked for counts as held: a living process must
    /// never lose its claims.
    static func isHeld(_ descriptor: CInt, _ offsets: ClosedRange<Int64>) -> Bool {
        var lock = record(F_WRLCK, offsets)
        guard fcntl(descriptor, getLock, &lock) == 0 else { return true }
        return lock.l_type != Int16(F_UNLCK)
    }

    private static func record(_ kind: CInt, _ offsets: ClosedRange<Int64>) -> Glibc.flock {
        var lock = Glibc.flock()
        lock.l_type = Int16(kind)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(offsets.lowerBound)
        lock.l_len = off_t(offsets.upperBound - offsets.lowerBound + 1)
        return lock
    }
}
