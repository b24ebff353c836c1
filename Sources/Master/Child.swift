// What the master runs: one program with arguments, as values.

import Glibc

/// A child process of the pool, to be kept running.
public struct Child: Sendable, Hashable {
    /// Names it in the log: `worker 1`.
    public let name: String
    /// Arguments after the program's name.
    public let arguments: [String]
    /// Variables beside the master's own.
    public let environment: [String: String]
    /// The listening socket becomes its standard input; otherwise that is /dev/null.
    public let getsSocket: Bool
    /// Told to stop only after all others have ended, or the grace is over: the courier, which delivers what workers
    /// leave behind.
    public let stopsLast: Bool

    /// Describes a child.
    public init(
        name: String, arguments: [String], environment: [String: String] = [:], getsSocket: Bool,
        stopsLast: Bool
    ) {
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.getsSocket = getsSocket
        self.stopsLast = stopsLast
    }
}

/// How a child came to its end.
enum Ending: Sendable, Hashable, CustomStringConvertible {
    case exited(CInt)
    case killed(signal: CInt)
    /// It never ran; with the system's reason.
    case notStarted(String)

    /// For the log: `exited with status 1`, `killed by signal 11 (Segmentation fault)`.
    var description: String {
        switch self {
        case .exited(let status): "exited with status \(status)"
        case .killed(let signal): "killed by signal \(signal) (\(String(cString: strsignal(signal))))"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }
}
