// A server that takes a request and hangs up without an answer, as one does that dies in between.

import NIOCore
import NIOPosix
import Synchronization

/// Listens on a unix socket, and closes every connection once something came on it.
package final class HangUp: Sendable {
    private let channel: any Channel
    private let taken: Count

    package init(path: String) async throws {
        let taken = Count()
        self.taken = taken
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(taken)) }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    /// Requests that it did not answer.
    package var count: Int { taken.value.withLock { $0 } }

    package func close() async throws { try await channel.close() }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let taken: Count
        private var isFirst = true

        init(_ taken: Count) { self.taken = taken }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard isFirst else { return }
            isFirst = false
            taken.value.withLock { $0 += 1 }
            context.close(promise: nil)
        }
    }
}
