// Reads the files and environment variables that the command line names.

import ArgumentParser
import Glibc
import RequestDigest

/// The largest file that is read.
private let fileBytesMax = 67_108_864

/// The bytes of a file; `-` is standard input.
///
/// - Throws: `ValidationError` naming option, file and reason: it counts as wrong usage.
func contents(of path: String, _ option: String) throws -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor > STDERR_FILENO { close(descriptor) } }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = descriptor < 0 ? -1 : read(descriptor, &buffer, buffer.count)
        guard count >= 0 else {
            throw ValidationError("\(option): \(path): \(String(cString: strerror(errno)))")
        }
        if count == 0 { return bytes }
        bytes += buffer.prefix(count)
        guard bytes.count <= fileBytesMax else {
            throw ValidationError("\(option): \(path) has more than \(fileBytesMax) bytes")
        }
    }
}

/// Writes a file, replacing what is there.
///
/// - Throws: `ValidationError` naming option, file and reason.
func save(_ bytes: [UInt8], to path: String, _ option: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ValidationError("\(option): \(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    try write(bytes[...], to: descriptor, "\(option): \(path)")
}

/// Writes all of it.
func write(_ bytes: ArraySlice<UInt8>, to descriptor: CInt, _ what: String) throws {
    var rest = bytes
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw ValidationError("\(what): \(String(cString: strerror(errno)))") }
        rest = rest.dropFirst(count)
    }
}

extension String {
    /// The URL without a slash at its end.
    var withoutSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}

/// A non-empty environment variable.
func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

/// The signer for `--key` or WIX_EMULATOR_KEY.
///
/// - Throws: `ValidationError` when there is no key or it can't be used.
func signer(_ option: String?) throws -> DigestSigner {
    guard let path = option ?? environment("WIX_EMULATOR_KEY") else {
        throw ValidationError("--key (or WIX_EMULATOR_KEY) is missing")
    }
    let pem = String(decoding: try contents(of: path, "--key"), as: UTF8.self)
    do throws(KeyError) {
        return try DigestSigner(privateKeyPEM: pem)
    } catch {
        throw ValidationError("--key: \(path): \(error)")
    }
}
