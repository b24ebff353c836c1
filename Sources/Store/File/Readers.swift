// A process's read connections. GRDB's pool costs more than the look-up itself (it asks for the schema's version before
// each access), and a repeat is nothing but a look-up.

import Dispatch
import GRDB
import Synchronization

final class Readers: Sendable {
    /// Reads at once, each on a connection of its own; more wait for their turn.
    static let connectionsMax = 4
    /// Pages that a connection keeps, in KiB; the kernel caches the rest.
    private static let cacheKibibytes = 1_024

    private let connections: [DatabaseQueue]
    /// Connections that nobody uses; the last one used is used next, since its pages are warm.
    private let idle: Mutex<[Int]>
    /// Counts them.
    private let turns: DispatchSemaphore

    init(path: String) throws(StoreError) {
        var configuration = StoreFile.configuration(cacheKibibytes: Self.cacheKibibytes)
        configuration.readonly = true
        do {
            connections = try (0..<Self.connectionsMax).map { _ in
                try DatabaseQueue(path: path, configuration: configuration)
            }
        } catch {
            throw StoreError(error)
        }
        idle = Mutex(Array(connections.indices))
        turns = DispatchSemaphore(value: connections.count)
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T {
        turns.wait()
        let index = idle.withLock { $0.removeLast() }
        defer {
            idle.withLock { $0.append(index) }
            turns.signal()
        }
        return try connections[index].unsafeRead(body)
    }

    func forEach(_ body: (Database) throws -> Void) throws {
        for connection in connections { try connection.unsafeRead(body) }
    }

    /// Closes the connections; reads after this fail.
    func close() {
        for connection in connections { try? connection.close() }
    }
}
