// The whole of it, as in production: nginx with TLS and the project's own location files, `pspd serve`, and
// `wix-emulator serve` in Wix's place. In a folder of its own, on free ports of the loopback, ended by process id.

package import AsyncHTTPClient
import FastCGI
import Foundation
import Glibc
import NIOSSL
import Synchronization

/// A running stack.
package final class Stack: Sendable {
    /// What a stack may have different from the usual one.
    package struct Options: Sendable {
        /// Configuration of pspd that is set or, with null, set to null: dotted keys, as in `sandbox.currencies`.
        package var config: [String: JSON] = [:]
        /// pspd's server block is the site for production, nginx/pspd.conf, with other addresses and files.
        package var isProductionSite = false
        /// Connections that nginx holds at once; two to a request.
        package var nginxConnections = 1_024
        /// Servers beside pspd's socket in nginx's upstream, as nginx writes them.
        package var upstreams: [String] = []
        /// Goes into pspd's server block, after the include.
        package var nginxServer = ""
        /// Goes into nginx's http block.
        package var nginxHTTP = ""
        /// False: `pspd serve --no-courier`.
        package var hasCourier = true
        /// The test holds pspd's socket and passes it on, as systemd does.
        package var isSocketActivated = false
        /// Further arguments of `wix-emulator serve`.
        package var emulator: [String] = []

        package init(
            config: [String: JSON] = [:], nginxServer: String = "", nginxHTTP: String = "", hasCourier: Bool = true,
            isSocketActivated: Bool = false, emulator: [String] = [], upstreams: [String] = [],
            isProductionSite: Bool = false,
            nginxConnections: Int = 1_024
        ) {
            self.upstreams = upstreams
            self.isProductionSite = isProductionSite
            self.nginxConnections = nginxConnections
            self.isSocketActivated = isSocketActivated
            self.config = config
            self.nginxServer = nginxServer
            self.nginxHTTP = nginxHTTP
            self.hasCourier = hasCourier
            self.emulator = emulator
        }
    }

    /// How long a program may take until it answers, in seconds; machines that test are busy.
    static let startSeconds = 60.0
    /// How long the programs have to end, in seconds.
    static let stopSeconds = 15.0

    package let folder: String
    package let keys: Keys
    package let options: Options
    /// Where pspd is.
    package let baseURL: String
    /// Where Wix is.
    package let wixURL: String
    package let http: HTTPClient
    let ports: (pspd: Int, wix: Int, plain: Int)
    private let programs = Mutex<[Program]>([])
    /// Pspd's socket, where the test holds it.
    private let listener: CInt?

    // MARK: Start and stop

    /// Starts a stack and waits until all of it answers.
    package static func start(_ options: Options = Options()) async throws -> Stack {
        let stack = try Stack(options, try await Keys.shared())
        RunEnd.add(stack)
        do {
            try await stack.startAll()
        } catch {
            let logs = stack.logs()
            await stack.stop()
            throw StackError("the stack did not start: \(error)\n\(logs)")
        }
        return stack
    }

    /// Runs `body` with a stack of its own, of which only a few live at once; an error is shown with the logs.
    package static func with<T>(
        _ options: Options = Options(), _ body: (Stack) async throws -> T
    ) async throws -> T {
        try await Turns.stacks.with {
            let stack = try await start(options)
            do {
                let value = try await body(stack)
                await stack.stop()
                return value
            } catch {
                let logs = stack.logs()
                await stack.stop()
                throw StackError("\(error)\n\(logs)")
            }
        }
    }

    /// Where plain HTTP is answered, with the site for production.
    package var plainURL: String { "http://localhost:\(ports.plain)" }

    private init(_ options: Options, _ keys: Keys) throws {
        self.options = options
        self.keys = keys
        // Short: the paths of unix sockets in it have a limit of 107 bytes.
        folder = "/tmp/pspd-e2e-\(UUID().uuidString.prefix(8).lowercased())"
        ports = (try FreePort.take(), try FreePort.take(), try FreePort.take())
        baseURL = "https://localhost:\(ports.pspd)"
        wixURL = "https://localhost:\(ports.wix)"
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(keys.path("ca.pem"))
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        // Open to all, like /run/pspd to nginx: as root, nginx's workers are www-data.
        let files = FileManager.default
        try files.createDirectory(atPath: "\(folder)/nginx", withIntermediateDirectories: true)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        try files.createDirectory(
            atPath: "\(folder)/state", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        listener =
            options.isSocketActivated
            ? try ListeningSocket.unix(path: "\(folder)/pspd.sock", mode: 0o660, group: Self.socketGroup, backlog: 1024)
            : nil
        try write("nginx.conf", nginxConfiguration())
        try write("pspd.yaml", String(decoding: configurationOfPspd().bytes, as: UTF8.self))
    }

    private func startAll() async throws {
        try await startEmulator()
        try await start(
            "nginx", ["nginx", "-e", "\(folder)/nginx-error.log", "-p", "\(folder)/", "-c", "\(folder)/nginx.conf"])
        try await startPspd()
        try await wait("wix-emulator") {
            try await self.send("GET", self.wixURL + "/emulator/events?wixTransactionId=none").status == 200
        }
    }

    /// Starts `pspd serve` and waits until a worker answers. `environment` is `NAME=value` each.
    @discardableResult
    package func startPspd(environment: [String: String] = [:]) async throws -> Program {
        let program = try await start(
            "pspd",
            [BuiltProgram.pspd, "serve", "--config", "\(folder)/pspd.yaml"]
                + (options.hasCourier ? [] : ["--no-courier"]), environment: environment, listening: listener)
        try await waitForPspd()
        return program
    }

    /// Waits until a worker answers. One that listens refuses GET with 405; until then nginx answers 502.
    package func waitForPspd() async throws {
        try await wait("pspd") { try await self.send("GET", self.baseURL + "/v1/create-transaction").status == 405 }
    }

    /// Starts `wix-emulator serve`.
    package func startEmulator() async throws {
        try await start(
            "wix-emulator",
            [
                BuiltProgram.emulator, "serve", "--listen", "\(folder)/wix-emulator.sock", "--socket-group",
                Self.socketGroup, "--app-id", Keys.appID, "--app-secret-file", keys.path("app-secret"), "--record",
                "\(folder)/events.jsonl", "--threads", "16",
            ] + options.emulator)
    }

    /// Starts a program whose output goes to NAME.log; it ends with the stack.
    @discardableResult
    package func start(
        _ name: String, _ command: [String], environment: [String: String] = [:], listening: CInt? = nil
    ) async throws -> Program {
        let program = try await Program(
            name, command, environment: environment, output: "\(folder)/\(name).log", listening: listening)
        programs.withLock { $0.append(program) }
        return program
    }

    private func wait(_ name: String, _ isReady: () async throws -> Bool) async throws {
        let answer: Void? = try await poll(within: Self.startSeconds) {
            if let ended = programs.withLock({ $0.last { $0.name == name } }), let status = ended.exitStatus {
                throw StackError("\(name) has ended with status \(status)")
            }
            return (try? await isReady()) == true ? () : nil
        }
        if answer == nil { throw StackError("\(name) gave no answer within \(Self.startSeconds) s") }
    }

    /// The latest program of this name.
    package func program(_ name: String) throws -> Program {
        guard let program = programs.withLock({ $0.last { $0.name == name } }) else {
            throw StackError("\(name) was not started")
        }
        return program
    }

    /// Ends everything and removes the folder, unless a test has failed.
    package func stop() async {
        RunEnd.forget(self)
        let programs = programs.withLock { $0 }
        for program in programs.reversed() {
            program.signal(SIGTERM)
            if let status = try? await program.end(within: Self.stopSeconds) {
                _ = status
            } else {
                program.signal(SIGKILL)
            }
        }
        try? await http.shutdown()
        if let listener { close(listener) }
        removeFolder()
    }

    /// The same where nothing can be awaited any more.
    func stopAtExit() {
        for program in programs.withLock({ $0 }).reversed() {
            program.signal(SIGTERM)
            let deadline = Date(timeIntervalSinceNow: Self.stopSeconds)
            while program.isRunning, Date() < deadline { usleep(5_000) }
            program.signal(SIGKILL)
        }
        removeFolder()
    }

    private func removeFolder() {
        guard !RunEnd.keepsLogs else {
            FileHandle.standardError.write(Data("end-to-end: logs and store are kept in \(folder)\n".utf8))
            return
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Files

    /// As root, nginx's workers are www-data and reach the sockets by that group; else all is one user.
    static let socketGroup: String = {
        if geteuid() == 0 { return "www-data" }
        guard let group = getgrgid(getegid()) else { return "\(getegid())" }
        return String(cString: group.pointee.gr_name)
    }()

    package func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }

    /// JSON is YAML.
    private func configurationOfPspd() -> JSON {
        let usual: JSON = [
            "listen": .string("\(folder)/pspd.sock"), "socket-group": .string(Self.socketGroup), "workers": 2,
            "store": .string(storePath), "public-base-url": .string(baseURL), "require-connected-merchant": false,
            "processor": "sandbox", "sandbox": ["pending-seconds": 1], "log": ["level": "debug"],
            "wix": [
                "app-id": .string(Keys.appID), "app-secret-file": .string(keys.path("app-secret")),
                "public-key-files": [.string(keys.path("wix-public.pem"))], "api-base-url": .string(wixURL),
                "ca-file": .string(keys.path("ca.pem")), "user-agent": "banana-pay/1.0.0",
            ],
        ]
        return options.config.reduce(usual) { $0.setting($1.key, $1.value) }
    }
}

/// What was built beside the tests; with TESTS_PROGRAMS=FOLDER in the environment those of another build, to measure
/// it. A release build has no crash points, so tests that need them fail with it.
package enum BuiltProgram {
    private static let folder =
        ProcessInfo.processInfo.environment["TESTS_PROGRAMS"].map { URL(filePath: $0) }
        ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    package static let pspd = folder.appending(path: "pspd").path()
    package static let emulator = folder.appending(path: "wix-emulator").path()

    /// The clone's folder.
    package static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()
}
