// How others wake the courier: a datagram with event ids (design rule 11). A worker sends one once an answer has been
// flushed, a command when an operator has changed the queue. Losing one costs a second: events fall due by themselves.

import Glibc

/// The socket's path follows from the store's, so that both sides know it.
public enum WakeSocket {
    /// The courier's socket for the store at `path`.
    public static func path(forStore path: String) -> String { path + ".courier" }

    static let kind = CInt(bitPattern: SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// Numbers in one datagram at most; more go in several.
    static let numbersMax = 128

    /// In front of the ids: an operator changed the queue. Ids are positive.
    static let steeringMark: Int64 = 0

    /// Nil when the path is longer than an address can hold.
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

/// The side of workers and commands.
public final class CourierWaker: Sendable {
    private let descriptor: CInt
    private let path: String

    /// Prepares to wake the courier of the store at `path`; it need not run yet.
    public init(store path: String) {
        self.path = WakeSocket.path(forStore: path)
        descriptor = socket(AF_UNIX, WakeSocket.kind, 0)
    }

    deinit { close(descriptor) }

    /// Tells the courier that these events may leave. Never waits; a courier that does not listen finds them itself.
    public func release(_ events: [Int64]) {
        for start in stride(from: 0, to: events.count, by: WakeSocket.numbersMax) {
            send(Array(events[start..<min(start + WakeSocket.numbersMax, events.count)]))
        }
    }

    /// Tells the courier that an operator has changed the queue. Those that can be named leave first.
    public func steered(_ events: [Int64]) {
        send([WakeSocket.steeringMark] + events.prefix(WakeSocket.numbersMax - 1))
    }

    private func send(_ numbers: [Int64]) {
        guard let address = WakeSocket.address(path) else { return }
        numbers.withUnsafeBytes { bytes in
            _ = WakeSocket.withAddress(address) { sendto(descriptor, bytes.baseAddress, bytes.count, 0, $0, $1) }
        }
    }
}
