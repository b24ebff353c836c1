// Reads the small files that the configuration is made of: the file itself, secrets, keys, certificates.
// Promise: at most `bytesMax` bytes are taken in, and a failure says why in the system's words.

import Glibc

/// A file's content and whether others may read it.
struct SmallFile {
    let bytes: [UInt8]
    /// The permission bits let any user of the machine read it.
    let isWorldReadable: Bool

    /// Why a file could not be read; the text completes "file: …".
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads the whole file at `path`.
    init(path: String, bytesMax: Int) throws(Failure) {
        let descriptor = try Self.call { open(path, O_RDONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        var status = stat()
        try Self.call { fstat(descriptor, &status) }
        isWorldReadable = status.st_mode & S_IROTH != 0

        // One byte more than allowed tells a file that is too long from one that just fits.
        var buffer = [UInt8](repeating: 0, count: bytesMax + 1)
        var filled = 0
        while filled < buffer.count {
            let count = try Self.call {
                buffer.withUnsafeMutableBytes { bytes in
                    read(descriptor, bytes.baseAddress.map { $0 + filled }, bytes.count - filled)
                }
            }
            if count == 0 { break }
            filled += count
        }
        guard filled <= bytesMax else { throw Failure(description: "is longer than \(bytesMax) bytes") }
        bytes = Array(buffer.prefix(filled))
    }

    /// The content as text; nil when it is not UTF-8.
    var text: String? { String(validating: bytes, as: UTF8.self) }

    /// Calls the system again when a signal interrupted it, and turns -1 into the system's words.
    @discardableResult
    private static func call<Result: SignedInteger>(_ body: () -> Result) throws(Failure) -> Result {
        while true {
            let result = body()
            if result >= 0 { return result }
            if errno != EINTR { throw Failure(description: String(cString: strerror(errno))) }
        }
    }
}
