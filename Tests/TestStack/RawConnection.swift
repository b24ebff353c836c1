// A client that behaves badly: a TLS connection on which a test sends any bytes, whole requests or not, from any address
// of the loopback, reading or not. What comes back is looked at as HTTP/1.1.

import Foundation
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// A TLS connection to pspd's nginx.
package final class RawConnection: Sendable {
    private let channel: any Channel
    private let seen: Seen

    private init(_ channel: any Channel, _ seen: Seen) {
        self.channel = channel
        self.seen = seen
    }

    /// Connects and shakes hands.
    ///
    /// - Parameters:
    ///   - address: whom nginx takes the client for, of 127.0.0.0/8.
    ///   - reads: false: answers are left where they are.
    package static func open(_ stack: Stack, from address: String, reads: Bool = true) async throws -> RawConnection {
        let (context, port) = try (stack.rawContext(), stack.port())
        let seen = Seen()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(60))
            .bind(to: SocketAddress(ipAddress: address, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                    try channel.pipeline.syncOperations.addHandlers(tls, Watcher(seen, channel, reads: reads))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        do {
            try await seen.handshake.wait()
        } catch {
            try? await channel.close()
            throw error
        }
        return RawConnection(channel, seen)
    }

    /// Several at once, as many at a time as nginx's backlog bears.
    package static func open(
        _ count: Int, _ stack: Stack, from address: String, reads: Bool = true
    ) async throws -> [RawConnection] {
        var connections: [RawConnection] = []
        for start in stride(from: 0, to: count, by: openingMax) {
            connections += try await withThrowingTaskGroup(of: RawConnection.self) { group in
                for _ in start..<min(count, start + openingMax) {
                    group.addTask { try await open(stack, from: address, reads: reads) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        return connections
    }

    private static let openingMax = 64

    /// Sends bytes as they are; nothing when the connection is closed.
    package func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
    }

    package func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends bytes, waits until `count` answers have come in all, and returns their status codes.
    package func exchange(_ bytes: [UInt8], answers count: Int, within seconds: Double = 60) async throws -> [Int] {
        send(bytes)
        let statuses: [Int]? = try await poll(within: seconds, everyMilliseconds: 5) {
            self.statuses.count >= count || !self.isOpen ? self.statuses : nil
        }
        return statuses ?? self.statuses
    }

    /// The status codes of all answers so far.
    package var statuses: [Int] { seen.state.withLock(\.statuses) }
    /// The beginning of what came.
    package var text: String { String(decoding: seen.state.withLock(\.beginning), as: UTF8.self) }
    /// False once the other side has closed.
    package var isOpen: Bool { channel.isActive }

    package func close() async { try? await channel.close() }

    /// What has come.
    private final class Seen: Sendable {
        struct State {
            var statuses: [Int] = []
            var beginning: [UInt8] = []
            /// The last bytes, in which a status line may begin.
            var tail: [UInt8] = []
        }

        static let beginningBytesMax = 4_096
        private static let mark = Array("HTTP/1.1 ".utf8)
        private static let lineBytes = mark.count + 3

        let state = Mutex(State())
        let handshake = Signal()

        func take(_ bytes: [UInt8]) {
            state.withLock { state in
                state.beginning += bytes.prefix(Self.beginningBytesMax - state.beginning.count)
                let data = state.tail + bytes
                var index = 0
                while index + Self.lineBytes <= data.count {
                    guard data[index] == Self.mark[0], data[index..<index + Self.mark.count].elementsEqual(Self.mark)
                    else {
                        index += 1
                        continue
                    }
                    let code = String(decoding: data[(index + Self.mark.count)..<index + Self.lineBytes], as: UTF8.self)
                    if let status = Int(code) { state.statuses.append(status) }
                    index += Self.lineBytes
                }
                state.tail = Array(data[index...])
            }
        }
    }

    /// Comes once, or fails.
    private final class Signal: Sendable {
        private let stream: AsyncThrowingStream<Void, any Error>
        private let continuation: AsyncThrowingStream<Void, any Error>.Continuation

        init() { (stream, continuation) = AsyncThrowingStream.makeStream() }

        func come() { continuation.yield() }
        func fail(_ error: any Error) { continuation.finish(throwing: error) }

        func wait() async throws {
            for try await _ in stream { return }
            throw StackError("closed before the handshake was over")
        }
    }

    private final class Watcher: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let seen: Seen
        private let channel: any Channel
        private let reads: Bool

        init(_ seen: Seen, _ channel: any Channel, reads: Bool) {
            self.seen = seen
            self.channel = channel
            self.reads = reads
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case TLSUserEvent.handshakeCompleted = event else { return }
            if !reads { channel.setOption(.autoRead, value: false).whenComplete { _ in } }
            seen.handshake.come()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            seen.take(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) {
            seen.handshake.fail(StackError("closed by the other side"))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            seen.handshake.fail(error)
            context.close(promise: nil)
        }
    }
}

extension Stack {
    fileprivate func rawContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(keys.path("ca.pem"))
        return try NIOSSLContext(configuration: configuration)
    }

    fileprivate func port() throws -> Int {
        guard let port = URL(string: baseURL)?.port else { throw StackError("no port in \(baseURL)") }
        return port
    }

    /// A request as bytes, for sending on a connection of one's own.
    package func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) -> [UInt8] {
        let length = body.map { [("Content-Length", "\($0.count)")] } ?? []
        let lines = ([("Host", "localhost")] + headers + length).map { "\($0.0): \($0.1)\r\n" }.joined()
        return Array("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n".utf8) + (body ?? [])
    }
}

/// How many files this process may have open; raises it as far as the machine allows.
package func raiseFileLimit() -> Int {
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    getrlimit(files, &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(files, &limit)
    getrlimit(files, &limit)
    return Int(limit.rlim_cur)
}
