// Ports of the loopback that nobody listens on.

import NIOCore
import NIOPosix
import Synchronization

/// Ports for this run's servers.
enum FreePort {
    private static let taken = Mutex<Set<Int>>([])

    /// Below the range that the kernel gives to outgoing connections, so that none takes it meanwhile.
    private static let range = 20_000...31_999

    static func take() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: range)
            if isFree(port), taken.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw StackError("no free port")
    }

    private static func isFree(_ port: Int) -> Bool {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        guard let channel = try? bootstrap.bind(host: "127.0.0.1", port: port).wait() else { return false }
        return (try? channel.close().wait()) != nil
    }
}
