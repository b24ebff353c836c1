// `pspd serve`: the master. Opens the socket that nginx connects to, runs the workers and the courier as processes of
// their own, starts again what dies, replaces all on SIGHUP, and stops all on SIGTERM or SIGINT.

import ArgumentParser
import FastCGI
import Foundation
import Glibc
import Logging
import Master
import ServiceLifecycle
import UnixSignals

/// Runs the whole service.
struct ServeCommand: AsyncParsableCommand {
    /// Connections that may wait for a worker; the kernel caps it at net.core.somaxconn.
    static let backlog = 1024

    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the workers and the courier, and keep them running.",
        discussion: """
            SIGTERM and SIGINT stop everything: first the workers, then the courier. SIGHUP reads and checks the \
            configuration and the files that it names; if they are good, new workers and a new courier take over, and the \
            old ones finish what they began. A new listen or socket-group needs a restart.
            """
    )

    @OptionGroup var config: ConfigurationOption
    @Flag(help: "Run the workers alone; the courier runs as a service of its own.") var noCourier = false

    func run() async throws {
        Privacy.protectMemory()
        let loaded = try config.load(for: roles)
        let configuration = loaded.configuration
        LogLines.bootstrap(configuration.log, role: "master")
        let logger = Logger(label: "pspd.serve")
        for warning in loaded.warnings { logger.warning("\(warning)") }
        do {
            guard let program = Program.path() else { throw StartError.programIsGone }
            try checkStore(configuration)
            let socket = try openSocket(configuration, logger)
            let manager = ServiceManager(logger: logger)
            let pool = ProcessPool(
                program: program, children: children(loaded), socket: socket,
                graceSeconds: Double(configuration.stopGraceSeconds), logger: logger,
                observe: { if let news = ServiceManager.News($0) { manager?.tell(news) } }
            )
            let reloader = Reloader(logger: logger, manager: manager) { try reload(pool, since: configuration, logger) }
            logger.notice(
                "starting",
                metadata: ["version": "\(Pspd.version)", "workers": .stringConvertible(configuration.workers)]
            )
            // Stopped in reverse order.
            try await ServiceGroup(
                services: [pool, Watchdog(manager: manager), reloader],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
            ).run()
            logger.notice("stopped")
        } catch {
            logger.critical("can't run", metadata: ["reason": "\(error)"])
            throw ExitCode.failure
        }
    }

    private enum StartError: Error, CustomStringConvertible {
        case programIsGone

        var description: String { "the file of the running program is gone; start it again" }
    }

    private var roles: Set<Role> { noCourier ? [.master, .worker] : .all }

    /// Refuses a store that has no folder: every child would end at once, again and again.
    private func checkStore(_ configuration: PspdConfiguration) throws {
        if let obstacle = ConfigurationFiles.Obstacle(configuration.store) { throw obstacle }
    }

    /// - Throws: `ConfigurationFaults`, or what is in the store's way; then nothing has changed.
    private func reload(_ pool: ProcessPool, since first: PspdConfiguration, _ logger: Logger) throws {
        let loaded = try PspdConfiguration.load(file: config.file, roles: roles)
        let configuration = loaded.configuration
        for warning in loaded.warnings { logger.warning("\(warning)") }
        try checkStore(configuration)
        if configuration.listen != first.listen || configuration.socketGroup != first.socketGroup {
            logger.warning("listen and socket-group stay as they were until a restart")
        }
        pool.replace(with: children(loaded), graceSeconds: Double(configuration.stopGraceSeconds))
    }

    private func children(_ loaded: PspdConfiguration.Loaded) -> [Child] {
        let configuration = loaded.configuration
        let environment = CheckedConfiguration.environment(loaded.text)
        let options = ["--config", WorkingDirectory.whole(path: config.file), "--parent-pid", "\(getpid())"]
        var children = (1...configuration.workers).map { number in
            Child(
                name: "worker \(number)", arguments: ["worker"] + options, environment: environment, getsSocket: true,
                stopsLast: false)
        }
        if !noCourier {
            children.append(
                Child(
                    name: "courier", arguments: ["courier"] + options, environment: environment, getsSocket: false,
                    stopsLast: true)
            )
        }
        return children
    }

    /// Systemd's socket, else one of our own. Without root the group may be missing or out of reach, which is said and
    /// lived with: nginx may run as the same user.
    private func openSocket(_ configuration: PspdConfiguration, _ logger: Logger) throws -> CInt {
        if let socket = ListeningSocket.inherited() {
            logger.notice("listening on the socket passed by systemd")
            return socket
        }
        func listen(group: String?) throws -> CInt {
            try ListeningSocket.unix(path: configuration.listen, mode: 0o660, group: group, backlog: Self.backlog)
        }
        var socket: CInt
        do {
            socket = try listen(group: configuration.socketGroup)
        } catch let error where geteuid() != 0 && Self.isAboutGroup(error) {
            logger.warning(
                "the socket keeps this process's group: only its members can connect",
                metadata: ["socket-group": "\(configuration.socketGroup)", "reason": "\(error)"]
            )
            socket = try listen(group: nil)
        }
        logger.notice("listening", metadata: ["socket": "\(configuration.listen)"])
        return socket
    }

    private static func isAboutGroup(_ error: any Error) -> Bool {
        switch error {
        case ListeningSocketError.unknownGroup: true
        case let error as SystemError: error.call == "lchown" && error.code == EPERM
        default: false
        }
    }
}
