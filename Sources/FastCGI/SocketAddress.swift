// The address of a unix socket, as the kernel wants it.

import Glibc

struct SocketAddress {
    let path: String
    private var address = sockaddr_un()

    /// Throws `ListeningSocketError.pathTooLong`: 107 bytes fit, and the zero byte after them.
    init(path: String) throws(ListeningSocketError) {
        let bytesMax = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard (1...bytesMax).contains(path.utf8.count) else { throw .pathTooLong(path: path, bytesMax: bytesMax) }
        self.path = path
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    }

    /// Calls `body` with what `bind` and `connect` take.
    func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void) rethrows {
        try withUnsafePointer(to: address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                try body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
