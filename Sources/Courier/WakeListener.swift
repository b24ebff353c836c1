// The courier's side of the wake-ups.

@preconcurrency import Dispatch
import Glibc

final class WakeListener: Sendable {
    /// Wake-ups as they come in.
    let signals: AsyncStream<DispatchSignal>
    private let source: any DispatchSourceRead

    /// Datagrams kept while the courier is busy; older ones are dropped, their events fall due by themselves.
    private static let datagramsMax = 4_096

    /// Binds the socket. The caller is the only courier (it holds the courier's lock), so an old socket is stale.
    init(store path: String) throws(WakeError) {
        let path = WakeSocket.path(forStore: path)
        guard let address = WakeSocket.address(path) else { throw WakeError("the path is too long for a socket") }
        let descriptor = socket(AF_UNIX, WakeSocket.kind, 0)
        guard descriptor >= 0 else { throw WakeError("socket: \(String(cString: strerror(errno)))") }
        unlink(path)
        guard WakeSocket.withAddress(address, { bind(descriptor, $0, $1) }) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw WakeError("bind \(path): \(reason)")
        }
        // Workers may be another user of the same group.
        chmod(path, 0o660)
        let (signals, continuation) = AsyncStream.makeStream(
            of: DispatchSignal.self, bufferingPolicy: .bufferingNewest(Self.datagramsMax))
        self.signals = signals
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
        source.setEventHandler {
            while let numbers = Self.receive(descriptor) {
                if numbers.first == WakeSocket.steeringMark {
                    continuation.yield(.steered(Array(numbers.dropFirst())))
                } else {
                    continuation.yield(.released(numbers))
                }
            }
        }
        source.setCancelHandler { close(descriptor) }
        source.resume()
    }

    deinit { source.cancel() }

    private static func receive(_ descriptor: CInt) -> [Int64]? {
        var numbers = [Int64](repeating: 0, count: WakeSocket.numbersMax)
        let bytes = numbers.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard bytes > 0 else { return nil }
        return Array(numbers.prefix(bytes / MemoryLayout<Int64>.size))
    }
}

/// Why the courier cannot be woken; it then finds events when they fall due.
struct WakeError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
