// A way to a server on which connections can die without a word, as when a firewall forgets them: what is sent on them
// arrives nowhere, and neither end learns of it.

import NIOCore
import NIOPosix
import Synchronization

/// Passes bytes on to another port of the loopback.
package final class Relay: Sendable {
    /// Where it listens.
    package let port: Int

    private let ways: Ways
    private let channel: any Channel

    package init() async throws {
        let ways = Ways()
        self.ways = ways
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { near in
                let (way, target) = ways.open()
                return ClientBootstrap(group: near.eventLoop)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture {
                            try far.pipeline.syncOperations.addHandler(Passage(to: near, way))
                        }
                    }
                    .connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { far in
                        try near.pipeline.syncOperations.addHandler(Passage(to: far, way))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw StackError("the relay has no port") }
        self.port = port
    }

    /// From now on connections lead to the server at `url`.
    package func lead(to url: String) throws {
        guard let port = url.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw StackError("no port: \(url)")
        }
        ways.target.withLock { $0 = port }
    }

    /// The connections that are open now are dead; later ones are not.
    package func forgetConnections() {
        for way in ways.all.withLock({ $0 }) { way.isDead.store(true, ordering: .relaxed) }
    }

    package func close() async throws { try await channel.close() }

    private final class Way: Sendable {
        let isDead = Atomic(false)
    }

    private final class Ways: Sendable {
        let target = Mutex(0)
        let all = Mutex<[Way]>([])

        func open() -> (Way, target: Int) {
            let way = Way()
            all.withLock { $0.append(way) }
            return (way, target.withLock(\.self))
        }
    }

    /// One direction of a connection.
    private final class Passage: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let end: any Channel
        private let way: Way

        init(to end: any Channel, _ way: Way) {
            self.end = end
            self.way = way
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !way.isDead.load(ordering: .relaxed) else { return }
            end.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            if !way.isDead.load(ordering: .relaxed) { end.close(promise: nil) }
        }
    }
}
