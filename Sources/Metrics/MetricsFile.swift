// Finds or makes the shared file. Its name leads to a whole file of one layout at any time: a new one is written beside
// it and then put in place.

import Glibc
import Synchronization

enum MetricsFile {
    /// How often it is looked for while others replace it.
    private static let triesMax = 16
    private static let makings = Atomic(0)

    /// Opens the file at `path` for counting. One that does not exist, is damaged or is of another layout is replaced.
    static func open(_ path: String) throws(MetricsFileError) -> SharedWords {
        for _ in 0..<triesMax {
            let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
            if descriptor < 0 {
                guard errno == ENOENT else { throw MetricsFileError("open \(path)") }
                try make(path, replacing: false)
            } else if isOurs(descriptor) {
                return try SharedWords(descriptor: descriptor, isWritable: true)
            } else {
                defer { close(descriptor) }
                try replace(path, descriptor)
            }
        }
        throw MetricsFileError(reason: "\(path) is replaced again and again; do two versions of pspd run?")
    }

    /// Opens the file at `path` to look at it; nil when there is none.
    static func openToRead(_ path: String) throws(MetricsFileError) -> SharedWords? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw MetricsFileError("open \(path)")
        }
        guard isOurs(descriptor) else {
            close(descriptor)
            throw MetricsFileError(reason: "\(path) was written by another version of pspd")
        }
        return try SharedWords(descriptor: descriptor, isWritable: false)
    }

    private static var header: [UInt64] {
        [Layout.magic, Layout.current.fingerprint, UInt64(Layout.current.words * MemoryLayout<UInt64>.size)]
    }

    private static func isOurs(_ descriptor: CInt) -> Bool {
        var header = Array(repeating: 0 as UInt64, count: 3)
        let count = header.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        var status = stat()
        // A shorter file would end the process with SIGBUS at the first count beyond its end.
        return count == 24 && header == Self.header && fstat(descriptor, &status) == 0
            && status.st_size == off_t(header[2])
    }

    /// Puts a new file in the place of the opened one, unless somebody else has done so.
    private static func replace(_ path: String, _ descriptor: CInt) throws(MetricsFileError) {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw MetricsFileError("flock \(path)") }
        }
        var (opened, named) = (stat(), stat())
        guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino,
            opened.st_dev == named.st_dev
        else { return }
        try make(path, replacing: true)
    }

    private static func make(_ path: String, replacing: Bool) throws(MetricsFileError) {
        // Threads of a process may start together, too: each has a name of its own.
        let new = "\(path).new-\(getpid())-\(makings.wrappingAdd(1, ordering: .relaxed).oldValue)"
        unlink(new)
        let descriptor = Glibc.open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o660)
        guard descriptor >= 0 else { throw MetricsFileError("create \(new)") }
        defer {
            close(descriptor)
            unlink(new)
        }
        // Workers and courier may be two users of one group, whatever the umask (design, The store).
        guard fchmod(descriptor, 0o660) == 0 else { throw MetricsFileError("fchmod \(new)") }
        // Written out, not left as a hole: on a full disk that fails here, and not with SIGBUS at some later count.
        var words = Array(repeating: 0 as UInt64, count: Layout.current.words)
        words.replaceSubrange(0..<3, with: header)
        let isWritten = words.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) == $0.count }
        guard isWritten else { throw MetricsFileError("write \(new)") }
        if replacing {
            guard rename(new, path) == 0 else { throw MetricsFileError("rename \(new)") }
        } else {
            // Not a rename: of two processes that start together, one finds the other's file in place and takes it.
            guard link(new, path) == 0 || errno == EEXIST else { throw MetricsFileError("link \(path)") }
        }
    }
}
