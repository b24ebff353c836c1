// A process's part in the shared metrics: its numbers, its place among the processes, its heartbeat.

import Logging
import Metrics
import ServiceLifecycle
import Store

extension Metrics {
    /// The numbers beside the store. Where they can't be shared this process counts for itself, and says so: payments
    /// do not wait for metrics.
    static func shared(store: String, _ logger: Logger) -> Metrics {
        do {
            return try Metrics(store: store)
        } catch {
            logger.error("metrics are not shared with other processes", metadata: ["reason": "\(error)"])
            return .unshared()
        }
    }

    /// Takes a place among the processes, where it shows the errors that are logged from here on.
    func join(as role: RoleLabel, _ logger: Logger) -> ProcessSlot? {
        guard let slot = join(as: role, at: wallClock()) else {
            logger.warning("too many processes: this one is not shown in the status")
            return nil
        }
        LogLines.observeErrors { slot.note(error: $0, at: wallClock()) }
        return slot
    }

    /// Counts the commits of a store.
    var onCommit: @Sendable (Duration, Int) -> Void {
        { took, jobs in
            self.observe(.storeCommit, took)
            self.count(.storeJob, jobs)
        }
    }
}

/// Shows every second that this process is well. To be listed before the service that does the work: a service group
/// stops in reverse order, so the sign goes on until that one has ended.
struct Heartbeat: Service {
    let slot: ProcessSlot?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                slot?.beat()
                // Canceled: the loop ends.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
