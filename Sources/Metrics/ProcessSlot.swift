// A process's place in the shared file, where everybody sees how it does. Held by a lock that the kernel drops when
// the process dies: a place without its lock is stale, and the next process that starts counts the crash.

import Glibc
import Synchronization

/// Words of a slot.
enum SlotWord {
    static let processID = 0
    /// Zero: nobody's. Otherwise `ProcessState`'s raw value.
    static let state = 1
    static let role = 2
    static let startedAt = 3
    static let beatAt = 4
    static let residentBytes = 5
    static let requests = 6
    static let serverErrors = 7
    static let errorAt = 8
    /// Odd while the text below is being written.
    static let errorVersion = 9
    static let errorText = 10
    static let errorTextWords = 24
    /// Open requests by the second in which they came, modulo the number of these words. Older ones than that would
    /// look younger, but nothing waits for longer (the configuration allows 120 + 120 seconds).
    static let open = errorText + errorTextWords
    static let openCells = 256
    static let count = open + openCells

    /// To be raised when the meaning of a word changes.
    static let version = 1
}

/// What a process is doing.
public enum ProcessState: UInt64, Sendable, Hashable {
    /// Doing its work.
    case working = 1
    /// Finishing what is open.
    case stopping
}

/// The place of this process, from `Metrics.join` until `leave`.
public final class ProcessSlot: Sendable {
    private let words: SharedWords
    private let number: Int
    private let first: Int
    private let writing = Mutex(())

    fileprivate init(_ words: SharedWords, number: Int) {
        self.words = words
        self.number = number
        first = Layout.current.slots + number * SlotWord.count
    }

    /// An open request.
    public struct OpenRequest: Sendable {
        fileprivate let cell: Int
    }

    /// A request has come.
    public func begin() -> OpenRequest {
        let cell = SlotWord.open + Int(Monotonic.seconds()) % SlotWord.openCells
        words.add(first + cell, 1)
        return OpenRequest(cell: cell)
    }

    /// It has been answered with an HTTP status.
    public func end(_ request: OpenRequest, status: Int) {
        words.subtract(first + request.cell, 1)
        words.add(first + SlotWord.requests, 1)
        if status >= 500 { words.add(first + SlotWord.serverErrors, 1) }
    }

    /// Shows that the process is well, with its memory. To be called every second.
    public func beat() {
        words.store(first + SlotWord.beatAt, Monotonic.seconds())
        words.store(first + SlotWord.residentBytes, Memory.residentBytes())
    }

    /// The process takes no more work.
    public func stopping() { words.store(first + SlotWord.state, ProcessState.stopping.rawValue) }

    /// Shows the last error. `text` must be fit for a log: no secrets, no card data (design rule 13).
    public func note(error text: String, at milliseconds: Int64) {
        var bytes = Array(text.utf8.prefix(SlotWord.errorTextWords * 8))
        bytes += Array(repeating: 0, count: SlotWord.errorTextWords * 8 - bytes.count)
        writing.withLock { _ in
            let version = words.load(first + SlotWord.errorVersion)
            words.store(first + SlotWord.errorVersion, version | 1)
            words.fence()
            for place in 0..<SlotWord.errorTextWords {
                let word = bytes[(place * 8)..<(place * 8 + 8)].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
                words.store(first + SlotWord.errorText + place, word)
            }
            words.store(first + SlotWord.errorAt, UInt64(bitPattern: milliseconds))
            words.storeReleasing(first + SlotWord.errorVersion, (version | 1) &+ 1)
        }
    }

    /// Ends the work: the process is no longer shown, and its end is no crash.
    public func leave() {
        words.store(first + SlotWord.state, 0)
        words.ownSlots.withLock { _ = $0.remove(number) }
        SlotLock.unlock(words, number)
    }
}

extension Metrics {
    /// Takes a place among the processes, and counts the start and the crashes of those that left theirs without a
    /// word. Nil when all are taken: then the process is not shown, and nothing else changes.
    ///
    /// - Parameter milliseconds: now, since 1970.
    public func join(as role: RoleLabel, at milliseconds: Int64) -> ProcessSlot? {
        var place: Int?
        for number in 0..<Layout.slotsMax where SlotLock.lock(words, number) {
            let first = Layout.current.slots + number * SlotWord.count
            if words.load(first + SlotWord.state) != 0 {
                let role = RoleLabel(rawValue: Int(clamping: words.load(first + SlotWord.role)))
                if let role { count(.processCrash(role)) }
                words.store(first + SlotWord.state, 0)
            }
            if place == nil { place = number } else { SlotLock.unlock(words, number) }
        }
        count(.processStart(role))
        guard let place else { return nil }
        words.ownSlots.withLock { _ = $0.insert(place) }
        let first = Layout.current.slots + place * SlotWord.count
        for word in 0..<SlotWord.count { words.store(first + word, 0) }
        words.store(first + SlotWord.processID, UInt64(getpid()))
        words.store(first + SlotWord.role, UInt64(role.rawValue))
        words.store(first + SlotWord.startedAt, UInt64(bitPattern: milliseconds))
        let slot = ProcessSlot(words, number: place)
        slot.beat()
        words.storeReleasing(first + SlotWord.state, ProcessState.working.rawValue)
        return slot
    }
}

/// The locks that show who lives: one byte a slot, far behind the file's end. Open file description locks, as
/// `Store.OwnerLock` has them, because classic ones vanish when any descriptor of the file is closed.
enum SlotLock {
    /// False when another process holds it.
    static func lock(_ words: SharedWords, _ number: Int) -> Bool {
        if words.ownSlots.withLock({ $0.contains(number) }) { return false }
        guard let descriptor = words.descriptor else { return true }
        var lock = byte(number, F_WRLCK)
        return fcntl(descriptor, setLock, &lock) == 0
    }

    static func unlock(_ words: SharedWords, _ number: Int) {
        guard let descriptor = words.descriptor else { return }
        var lock = byte(number, F_UNLCK)
        // It can't fail for a lock that is held, and the kernel drops it at the latest with the descriptor.
        _ = fcntl(descriptor, setLock, &lock)
    }

    static func isHeld(_ words: SharedWords, _ number: Int) -> Bool {
        if words.ownSlots.withLock({ $0.contains(number) }) { return true }
        guard let descriptor = words.descriptor else { return false }
        var lock = byte(number, F_WRLCK)
        return fcntl(descriptor, getLock, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    // Linux's numbers; Glibc's header shows them to _GNU_SOURCE programs only.
    private static let getLock: CInt = 36
    private static let setLock: CInt = 37
    private static let firstByte: off_t = 1 << 40

    private static func byte(_ number: Int, _ type: CInt) -> Glibc.flock {
        var lock = Glibc.flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = firstByte + off_t(number)
        lock.l_len = 1
        return lock
    }
}

/// The clock that all processes of a machine share and that never jumps.
enum Monotonic {
    static func seconds() -> UInt64 {
        var time = timespec()
        // It fails only for a clock that does not exist.
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec)
    }
}

/// This process's memory.
enum Memory {
    /// Resident bytes, from the second number of /proc/self/statm; 0 when that can't be read.
    static func residentBytes() -> UInt64 {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var buffer = Array(repeating: 0 as UInt8, count: 128)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return 0 }
        let numbers = buffer[..<count].split(separator: UInt8(ascii: " "))
        guard numbers.count > 1, let pages = UInt64(String(decoding: numbers[1], as: UTF8.self)) else { return 0 }
        return pages * UInt64(sysconf(CInt(_SC_PAGESIZE)))
    }
}
