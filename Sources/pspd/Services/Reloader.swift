// SIGHUP in the master: the configuration is read and checked; a good one takes effect, a bad one is refused with a log
// line for each fault and changes nothing.

import Logging
import ServiceLifecycle
import UnixSignals

struct Reloader: Service {
    let logger: Logger
    let manager: ServiceManager?
    /// Throws when nothing was changed.
    let reload: @Sendable () throws -> Void

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in signals { handle() }
        }
    }

    private func handle() {
        logger.notice("reloading")
        manager?.tell(.reloading)
        do {
            try reload()
        } catch {
            let reasons = (error as? ConfigurationFaults)?.faults.map { "\($0)" } ?? ["\(error)"]
            for reason in reasons {
                logger.error(
                    "not reloaded: the configuration has a fault, the former one is kept",
                    metadata: ["fault": "\(reason)"])
            }
            manager?.tell(.ready("serving; the last reload was refused: the configuration has faults"))
        }
    }
}
