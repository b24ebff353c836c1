// `pspd worker`: one process of the pool. Started by `pspd serve` with the listening socket as standard input, as
// FastCGI's convention has it; that is also how another process manager may start it.

import ArgumentParser
import Courier
import Endpoints
import FastCGI
import Foundation
import Glibc
import Logging
import Master
import Metrics
import Processors
import RequestDigest
import ServiceLifecycle
import Store
import UnixSignals

/// Answers Wix's calls.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Answer Wix's calls on the socket that is standard input (started by serve).")

    @OptionGroup var config: ConfigurationOption
    @Option(help: ArgumentHelp("End with this process.", visibility: .hidden)) var parentPid: Int32?

    func run() async throws {
        Privacy.protectMemory()
        if let parentPid { Parent.dieWithParent(expected: parentPid) }
        let configuration = try config.load(for: [.worker], parentPid: parentPid).configuration
        LogLines.bootstrap(configuration.log, role: "worker")
        let logger = Logger(label: "pspd.worker")
        do {
            // libfcgi installs signal handlers of its own: ours come after, with the service group.
            Server.prepareLibrary()
            OpenFiles.raiseLimit()
            let metrics = Metrics.shared(store: configuration.store, logger)
            let store = try Store(
                path: configuration.store, minFreeMegabytes: configuration.minFreeMegabytes,
                onCommit: metrics.onCommit)
            let processor = try configuration.makeProcessor()
            let waker = CourierWaker(store: configuration.store)
            let endpoints = EndpointService(
                settings: configuration.endpointSettings,
                verifier: DigestVerifier(
                    keys: configuration.wix.publicKeys, clockSkewSeconds: configuration.wix.clockSkewSeconds),
                notifications: try configuration.makeNotificationVerifier(), store: store,
                processor: processor, logger: logger, metrics: metrics, operators: configuration.operatorSettings,
                clock: wallClock, release: { waker.release($0) })
            // Nothing that an accept thread does waits long: what does is a task's.
            var limits = Limits()
            limits.workingThreadsMax = 2 * ProcessInfo.processInfo.activeProcessorCount
            let server = try Server(
                listeningOn: STDIN_FILENO, threads: configuration.threadsPerWorker, limits: limits,
                report: { logger.warning("fastcgi", metadata: ["trouble": "\($0)"]) })
            let slot = metrics.join(as: .worker, logger)
            let worker = WorkerService(
                server: server, endpoints: endpoints, waker: waker, slot: slot, logger: logger,
                graceSeconds: Double(configuration.stopGraceSeconds), isMasters: parentPid != nil)
            logger.info("worker started")
            // A retired worker ends by itself, and the others with it.
            try await ServiceGroup(
                configuration: .init(
                    services: [
                        .init(service: TrustWatch(store: store)), .init(service: Heartbeat(slot: slot)),
                        .init(service: worker, successTerminationBehavior: .gracefullyShutdownGroup),
                    ],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            ).run()
            try await processor.shutdown()
            store.close()
            slot?.leave()
        } catch {
            logger.critical("can't run", metadata: ["reason": "\(error)"])
            throw ExitCode.failure
        }
    }
}
