// A service manager's end of the notification socket.

import Glibc

/// Receives what a service tells.
final class NotifySocket {
    private let descriptor: CInt

    /// Binds to a path, or to an abstract name that begins with @.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw Failure(code: errno) }
    }

    deinit { close(descriptor) }

    struct Failure: Error { let code: CInt }

    /// The lines of the next message; waits for it.
    func next() -> [String] { receive(flags: 0) ?? [] }

    /// The lines of a message that has come already; nil when there is none.
    func waiting() -> [String]? { receive(flags: CInt(MSG_DONTWAIT)) }

    private func receive(flags: CInt) -> [String]? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, flags)
        guard count >= 0 else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
