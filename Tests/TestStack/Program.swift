// A process of a test's own: started with its output in files, signalled and awaited by its id. The kernel ends it with
// SIGTERM when the test run dies, so that an aborted run leaves nothing behind.

import Foundation
package import Glibc
import Synchronization

/// A running program.
package final class Program: Sendable {
    package let name: String
    package let pid: pid_t
    /// The exit status, or 128 and the signal; nil while it runs. Guards the id too, which is free for others once the
    /// end was taken in.
    private let ending = Mutex<Int32?>(nil)

    /// Starts `command` with nothing but PATH in its environment.
    ///
    /// - Parameters:
    ///   - output: file that standard output is appended to.
    ///   - errors: file that standard error is appended to; nil: the same.
    ///   - listening: a socket that it gets as systemd passes one (LISTEN_FDS).
    package init(
        _ name: String, _ command: [String], environment: [String: String] = [:], input: String = "/dev/null",
        output: String, errors: String? = nil, listening: CInt? = nil
    ) async throws {
        self.name = name
        // LISTEN_PID is the program's own id, which only it knows.
        let activation = ["sh", "-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"", "sh"]
        let arguments = ["setpriv", "--pdeathsig", "TERM", "--"] + (listening == nil ? [] : activation) + command
        let variables = environment.merging(["PATH": Self.path]) { given, _ in given }.map { "\($0)=\($1)" }
        pid = try await Spawner.shared.run {
            try Self.spawn(
                arguments, variables, input: input, output: output, errors: errors ?? output, listening: listening)
        }
    }

    /// nginx is in /usr/sbin, which is not in every user's PATH.
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    package var exitStatus: Int32? {
        ending.withLock { ending in
            if ending == nil { ending = Self.reap(pid) }
            return ending
        }
    }

    package var isRunning: Bool { exitStatus == nil }

    package func signal(_ number: CInt) {
        ending.withLock { ending in
            if ending == nil { ending = Self.reap(pid) }
            if ending == nil { kill(pid, number) }
        }
    }

    /// Waits for the end and returns the exit status; nil when it does not come in time.
    package func end(within seconds: Double) async throws -> Int32? {
        try await poll(within: seconds, everyMilliseconds: 5) { self.exitStatus }
    }

    private static func reap(_ pid: pid_t) -> Int32? {
        var status: CInt = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    /// Descriptors up to here are closed in the child; a test run has fewer.
    private static let inheritedMax: CInt = 1024

    private static func spawn(
        _ arguments: [String], _ variables: [String], input: String, output: String, errors: String,
        listening: CInt?
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        for (descriptor, path) in [(CInt(1), output), (2, errors)] {
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        // Whatever some library left open: a program must not hold the test run's pipes. Closing a closed one is no error.
        if let listening { posix_spawn_file_actions_adddup2(&actions, listening, 3) }
        for descriptor in (listening == nil ? 3 : 4)..<inheritedMax {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv = arguments.map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw StackError("\(arguments): \(String(cString: strerror(code)))") }
        return pid
    }
}

/// A command that is waited for.
package struct Outcome: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String

    /// Runs a command to its end.
    package static func of(
        _ command: [String], environment: [String: String] = [:], input: [UInt8] = [], seconds: Double = 60
    ) async throws -> Outcome {
        let folder = NSTemporaryDirectory() + "pspd-command-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(input).write(to: URL(filePath: "\(folder)/in"))
        let program = try await Program(
            command[0], command, environment: environment, input: "\(folder)/in", output: "\(folder)/out",
            errors: "\(folder)/err")
        guard let status = try await program.end(within: seconds) else {
            program.signal(SIGKILL)
            throw StackError("\(command) did not end within \(seconds) s")
        }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
        }
        return Outcome(status: status, output: try text("out"), errors: try text("err"))
    }
}

/// One thread that starts all programs. The kernel's "tell me when my parent dies" watches the thread that started the
/// program, and tasks run on threads that come and go.
private final class Spawner: Sendable {
    static let shared = Spawner()

    private let waiting = Mutex<[@Sendable () -> Void]>([])
    private let filled = DispatchSemaphore(value: 0)

    private init() {
        let thread = Thread { [self] in
            while true {
                filled.wait()
                let work = waiting.withLock { $0.removeFirst() }
                work()
            }
        }
        thread.start()
    }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            waiting.withLock { $0.append { continuation.resume(with: Result { try body() }) } }
            filled.signal()
        }
    }
}

/// Asks again and again until there is an answer; nil when none came in time.
package func poll<T>(
    within seconds: Double, everyMilliseconds pause: Int = 20, _ ask: () async throws -> T?
) async throws -> T? {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if let answer = try await ask() { return answer }
        guard ContinuousClock.now < deadline else { return nil }
        try await Task.sleep(for: .milliseconds(pause))
    }
}

/// Something that a test relies on did not work.
package struct StackError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
