// The file that every call of Submit Event is appended to, one JSON line with one write each, so
// that a reader never sees half a line and several emulators may share a file.

import Glibc

/// An open record file. Closed with the process.
public struct RecordFile: Sendable {
    private let descriptor: CInt

    /// Opens or creates the file, mode 0640.
    ///
    /// - Throws: `RecordFileError` with the system's reason.
    public init(path: String) throws(RecordFileError) {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw RecordFileError(path: path, code: errno) }
    }

    /// Appends one line.
    ///
    /// - Returns: false when the line was not written whole.
    func append(_ line: JSON) -> Bool {
        let bytes = line.bytes() + [0x0A]
        var written: Int
        repeat { written = write(descriptor, bytes, bytes.count) } while written < 0 && errno == EINTR
        return written == bytes.count
    }
}

/// The record file could not be opened.
public struct RecordFileError: Error, CustomStringConvertible {
    /// As given.
    public let path: String
    /// errno.
    public let code: CInt

    /// One line for an operator.
    public var description: String { "\(path): \(String(cString: strerror(code)))" }
}
