// Tells systemd how the service does: its protocol (sd_notify(3)) is a datagram of VAR=value lines to the unix socket
// that NOTIFY_SOCKET names. Without that variable nobody is told. Used by the main process of a unit: the master, or a
// courier that runs as a service of its own.

import Foundation
import Glibc
import Logging
import Master
import ServiceLifecycle

/// The process that started this one as a service.
struct ServiceManager: Sendable {
    /// What it can be told.
    enum News: Sendable, Equatable {
        /// Started, or through with a reload; with a status for people.
        case ready(String)
        case reloading
        case stopping
        /// Still well.
        case alive
    }

    private let address: sockaddr_un
    private let addressBytes: socklen_t
    private let logger: Logger
    /// How often it wants to hear `alive` at least, in seconds; nil: not at all.
    let watchdogSeconds: Double?

    /// Longest wait for room in the manager's queue, in seconds.
    private static let sendSecondsMax = 1

    /// Nil when no manager wants to be told. A name that can't be an address is logged.
    init?(environment: [String: String] = ProcessInfo.processInfo.environment, logger: Logger) {
        guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        guard isAbstract || bytes[0] == UInt8(ascii: "/"), bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else {
            logger.warning("NOTIFY_SOCKET is neither a path nor an abstract name")
            return nil
        }
        // An abstract name has a zero where the @ is written, and its length ends it (unix(7)).
        if isAbstract { bytes[0] = 0 } else { bytes.append(0) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.address = address
        addressBytes = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        self.logger = logger
        watchdogSeconds = Self.watchdogSeconds(environment)
    }

    /// WATCHDOG_USEC, unless it is meant for another process (sd_watchdog_enabled(3)).
    private static func watchdogSeconds(_ environment: [String: String]) -> Double? {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap(Double.init), microseconds > 0 else { return nil }
        if let pid = environment["WATCHDOG_PID"], pid != "\(getpid())" { return nil }
        return microseconds / 1_000_000
    }

    /// Tells it. What does not arrive is logged: the service goes on without.
    func tell(_ news: News) {
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var timeout = timeval(tv_sec: Self.sendSecondsMax, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(news.message.utf8)
        let sent = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL), $0, addressBytes)
            }
        }
        if sent != bytes.count {
            let reason = String(cString: strerror(errno))
            logger.warning("the service manager was not told", metadata: ["reason": "\(reason)", "news": "\(news)"])
        }
    }
}

extension ServiceManager.News {
    /// Nil for what systemd need not know.
    init?(_ milestone: ProcessPool.Milestone) {
        switch milestone {
        case .ready: self = .ready("serving")
        case .replaced: self = .ready("serving; reloaded")
        case .notReplaced: self = .ready("serving; the last reload failed: the new processes did not start")
        case .stopping: self = .stopping
        }
    }

    /// As it is sent.
    var message: String {
        switch self {
        case .ready(let status): return "READY=1\nSTATUS=\(status)"
        case .reloading:
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
            return "RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=reloading"
        case .stopping: return "STOPPING=1\nSTATUS=stopping"
        case .alive: return "WATCHDOG=1"
        }
    }
}

/// Says that this process is alive, twice as often as the manager wants to hear it.
struct Watchdog: Service {
    let manager: ServiceManager?
    private static let idleSeconds = 3_600.0

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let seconds = manager?.watchdogSeconds
            while !Task.isCancelled {
                if seconds != nil { manager?.tell(.alive) }
                // Canceled: the loop ends. A service must not end by itself, so the one that nobody wants to hear waits.
                try? await Task.sleep(for: .seconds((seconds ?? Self.idleSeconds) / 2))
            }
        }
    }
}
