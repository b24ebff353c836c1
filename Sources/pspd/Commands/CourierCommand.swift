// `pspd courier`: the helper process. Started by `pspd serve`, or as a service of its own.

import ArgumentParser
import Courier
import Logging
import Master
import Metrics
import Processors
import ServiceLifecycle
import Store
import UnixSignals

/// Delivers events to Wix and reconciles what was left open.
struct CourierCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "courier", abstract: "Deliver events to Wix and settle what was left open.")

    @OptionGroup var config: ConfigurationOption
    @Option(help: ArgumentHelp("End with this process.", visibility: .hidden)) var parentPid: Int32?

    func run() async throws {
        Privacy.protectMemory()
        if let parentPid { Parent.dieWithParent(expected: parentPid) }
        let configuration = try config.load(for: [.courier], parentPid: parentPid).configuration
        LogLines.bootstrap(configuration.log, role: "courier")
        let logger = Logger(label: "pspd.courier")
        do {
            guard let settings = configuration.courierSettings else {
                preconditionFailure("the configuration was loaded for another role")
            }
            OpenFiles.raiseLimit()
            let processor = try configuration.makeProcessor()
            let metrics = Metrics.shared(store: configuration.store, logger)
            let courier = Courier(
                settings: settings, store: try Store(path: configuration.store, onCommit: metrics.onCommit),
                processor: processor, logger: logger, metrics: metrics, clock: wallClock)
            let slot = metrics.join(as: .courier, logger)
            // Of the two that may have started it, the master is nearer: systemd's words go to the main process alone.
            let manager = parentPid == nil ? ServiceManager(logger: logger) : nil
            let service = CourierService(courier: courier) {
                if parentPid == nil { manager?.tell(.ready("delivering")) } else { Readiness.tellMaster() }
            }
            try await ServiceGroup(
                services: [Heartbeat(slot: slot), Watchdog(manager: manager), service],
                gracefulShutdownSignals: [.sigterm, .sigint, .sigquit], logger: logger
            ).run()
            try await processor.shutdown()
            slot?.leave()
        } catch {
            logger.critical("can't run", metadata: ["reason": "\(error)"])
            throw ExitCode.failure
        }
    }
}

/// Ends the courier on graceful shutdown.
private struct CourierService: Service {
    let courier: Courier
    /// Called once signals are waited for: who hears of it may ask for the stop at once.
    let tellReady: @Sendable () -> Void

    func run() async throws {
        tellReady()
        try await cancelWhenGracefulShutdown { try await courier.run() }
    }
}
