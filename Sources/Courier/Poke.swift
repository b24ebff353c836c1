// How a worker wakes the courier: a datagram with event ids, sent once their answer has been flushed (design rule 11).
// Losing one costs a second: the events fall due by themselves.

@preconcurrency internal import Dispatch
internal import Foundation
internal import Glibc

/// The socket's path follows from the store's, so that both sides know it.
public enum PokeSocket {
    /// The courier's socket for the store at `path`.
    public static func path(forStore path: String) -> String { path + ".courier" }

    static let kind = CInt(bitPattern: SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// Ids in one datagram at most; more go in several.
    static let idsMax = 128

    static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    static func withAddress<T>(
        _ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T
    ) -> T {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// The worker's side.
public final class Poker: Sendable {
    private let descriptor: CInt
    private let path: String

    /// Prepares to wake the courier of the store at `path`; it need not run yet.
    public init(store path: String) {
        self.path = PokeSocket.path(forStore: path)
        descriptor = socket(AF_UNIX, PokeSocket.kind, 0)
    }

    deinit { close(descriptor) }

    /// Tells the courier that these events may leave. Never waits; a courier that does not listen finds them itself.
    public func release(_ events: [Int64]) {
        guard let address = PokeSocket.address(path) else { return }
        for start in stride(from: 0, to: events.count, by: PokeSocket.idsMax) {
            let ids = Array(events[start..<min(start + PokeSocket.idsMax, events.count)])
            ids.withUnsafeBytes { bytes in
                _ = PokeSocket.withAddress(address) { sendto(descriptor, bytes.baseAddress, bytes.count, 0, $0, $1) }
            }
        }
    }
}

/// The courier's side.
final class PokeListener: Sendable {
    /// Ids as they come in.
    let events: AsyncStream<[Int64]>
    private let source: any DispatchSourceRead
    private let descriptor: CInt

    /// Binds the socket. The caller is the only courier (it holds the courier's lock), so an old socket is stale.
    init(store path: String) throws {
        let path = PokeSocket.path(forStore: path)
        guard let address = PokeSocket.address(path) else { throw PokeError.pathTooLong(path) }
        let descriptor = socket(AF_UNIX, PokeSocket.kind, 0)
        guard descriptor >= 0 else { throw PokeError.system("socket", errno) }
        unlink(path)
        guard PokeSocket.withAddress(address, { bind(descriptor, $0, $1) }) == 0 else {
            let error = PokeError.system("bind \(path)", errno)
            close(descriptor)
            throw error
        }
        // Workers may be another user of the same group.
        chmod(path, 0o660)
        let (events, continuation) = AsyncStream.makeStream(
            of: [Int64].self, bufferingPolicy: .bufferingNewest(PokeListener.datagramsMax))
        self.events = events
        self.descriptor = descriptor
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
        source.setEventHandler {
            var ids = [Int64](repeating: 0, count: PokeSocket.idsMax)
            while true {
                let count = ids.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
                guard count > 0 else { return }
                continuation.yield(Array(ids.prefix(count / MemoryLayout<Int64>.size)))
            }
        }
        source.setCancelHandler { close(descriptor) }
        source.resume()
    }

    /// Datagrams kept while the courier is busy; older ones are dropped, their events fall due by themselves.
    private static let datagramsMax = 4_096

    deinit { source.cancel() }
}

enum PokeError: Error, CustomStringConvertible {
    case pathTooLong(String)
    case system(String, CInt)

    var description: String {
        switch self {
        case .pathTooLong(let path): "the path of the courier's socket is too long: \(path)"
        case .system(let call, let number): "\(call): \(String(cString: strerror(number)))"
        }
    }
}
