// `pspd serve`: the master. Opens the socket that nginx connects to, runs the workers and the courier as processes of
// their own, starts again what dies, and stops all on SIGTERM or SIGINT.

import ArgumentParser
import FastCGI
import Foundation
import Glibc
import Logging
import Master
import ServiceLifecycle
import UnixSignals

/// Runs the whole service.
struct Serve: AsyncParsableCommand {
    /// Connections that may wait for a worker; the kernel caps it at net.core.somaxconn.
    static let backlog = 1024

    static let configuration = CommandConfiguration(
        abstract: "Run the workers and the courier, and keep them running.",
        discussion: "SIGTERM and SIGINT stop everything: first the workers, then the courier."
    )

    @OptionGroup var config: ConfigurationOption
    @Flag(help: "Run the workers alone; the courier runs as a service of its own.") var noCourier = false

    func run() async throws {
        let loaded = try config.load(for: noCourier ? [.worker] : .all)
        let configuration = loaded.configuration
        LogLines.bootstrap(configuration.log, role: "master")
        let logger = Logger(label: "pspd.serve")
        for warning in loaded.warnings { logger.warning("\(warning)") }
        do {
            guard let program = Program.path() else { throw StartError.programIsGone }
            let socket = try openSocket(configuration, logger)
            let pool = ProcessPool(
                program: program, children: children(configuration), socket: socket,
                graceSeconds: Double(configuration.stopGraceSeconds), logger: logger
            )
            logger.notice(
                "starting",
                metadata: ["version": "\(Pspd.version)", "workers": .stringConvertible(configuration.workers)]
            )
            try await ServiceGroup(services: [pool], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
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

    private func children(_ configuration: PspdConfiguration) -> [Child] {
        let options = ["--config", WorkingDirectory.whole(path: config.file), "--parent-pid", "\(getpid())"]
        var children = (1...configuration.workers).map { number in
            Child(name: "worker \(number)", arguments: ["worker"] + options, getsSocket: true, stopsLast: false)
        }
        if !noCourier {
            children.append(
                Child(name: "courier", arguments: ["courier"] + options, getsSocket: false, stopsLast: true)
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
