// `wix-emulator serve`: the emulator on a port of its own, or on a FastCGI socket behind a web server.

import ArgumentParser
import Dispatch
import FastCGI
import Glibc
import Logging
import WixEmulator

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answers as Wix: access tokens and Submit Event, over HTTP or FastCGI.",
        discussion: """
            Besides Wix's two paths there are:
              GET /emulator/                               payments, calls and events, live in a browser
              GET /emulator/events[?wixTransactionId=ID]   every call of Submit Event
              GET /emulator/payments[/ID]                  payments as Wix shows them, and what is wrong with them
              GET /emulator/calls                          calls that send and check have made
              GET /emulator/tokens                         every request for a token
              GET /emulator/return/{success,error,cancel,pending}
                                                           pages for returning buyers
              GET, POST /emulator/faults                   faults to play; see --fault
              DELETE /emulator/faults[?wixTransactionId=ID]
                                                           plays no more of them
            Lists take ?limit=N for the latest N; events and tokens ?since=TIME, a time as the list has it.
            """)

    @Option(help: "Port to listen on, or ADDRESS:PORT. Default address: 127.0.0.1.")
    var http: String?

    @Option(help: "With --http: PEM file of the certificate chain; TLS then.")
    var certificate: String?

    @Option(help: "With --http: PEM file of the certificate's key.")
    var certificateKey: String?

    @Option(help: "Unix socket to listen on for FastCGI; a socket passed by systemd (LISTEN_FDS) wins.")
    var listen: String?

    @Option(help: "Group that may connect to the socket. Default: the caller's.")
    var socketGroup: String?

    @Option(help: "The app's id.")
    var appId: String

    @Option(help: "File with the app's secret.")
    var appSecretFile: String

    @Option(help: "File to append every call of Submit Event to, one JSON line each.")
    var record: String?

    @Option(help: "FastCGI: requests answered at once.")
    var threads = 4

    @Option(
        help: ArgumentHelp(
            "A fault to play, as JSON; may be repeated.",
            discussion: """
                kind: status (with status, retryAfter), html, wrong-content-type, non-empty-object, broken-json, \
                no-content, redirect (location), stall (seconds), huge-body (bytes, 128 MiB at most), cut (ends in \
                mid-body). seconds with any kind: the answer is held back so long. \
                path: /oauth/access or /payments/v1/provider-platform-events; left out: both. \
                wixTransactionId: only this payment's events. \
                count, probability: how often. received: true takes the event in all the same. \
                What no answer can be (refused connections, certificates, DNS) is had by stopping this program, by \
                --certificate and by the PSP's own settings. \
                Example: {"kind":"status","status":503,"retryAfter":"2","count":3}
                """))
    var fault: [String] = []

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be 1 to 256") }
        if http != nil, listen != nil { throw ValidationError("only one of --http, --listen") }
        if (certificate == nil) != (certificateKey == nil) {
            throw ValidationError("--certificate and --certificate-key belong together")
        }
        if http == nil, certificate != nil { throw ValidationError("--certificate needs --http") }
    }

    func run() async throws {
        let secret = String(decoding: try contents(of: appSecretFile, "--app-secret-file"), as: UTF8.self)
            .trimmingSuffix(while: \.isNewline)
        let logger = Logger(label: "wix-emulator") { StreamLogHandler.standardError(label: $0) }
        let emulator = Emulator(
            app: AppCredentials(appId: appId, appSecret: secret),
            record: try record.map { try RecordFile(path: $0) },
            faults: try fault.map(Self.rule), logger: logger)
        if let http {
            try await serve(emulator, http, logger)
        } else {
            try await serveFastCGI(emulator, logger)
        }
    }

    private func serve(_ emulator: Emulator, _ address: String, _ logger: Logger) async throws {
        let parts = address.split(separator: ":", omittingEmptySubsequences: false)
        guard let port = parts.last.flatMap({ Int($0) }), (0...65_535).contains(port) else {
            throw ValidationError("--http must be a port, or ADDRESS:PORT")
        }
        let host = parts.count > 1 ? parts.dropLast().joined(separator: ":") : "127.0.0.1"
        let tls = certificate.flatMap { chain in certificateKey.map { (certificate: chain, key: $0) } }
        for (path, option) in [(certificate, "--certificate"), (certificateKey, "--certificate-key")] {
            if let path { _ = try contents(of: path, option) }
        }
        let listener = try await emulator.listen(
            host: host.filter { $0 != "[" && $0 != "]" }, port: port, tls: tls)
        let sources = Self.onSignal { Task { await listener.stop() } }
        logger.info(
            "serving",
            metadata: ["url": "\(tls == nil ? "http" : "https")://\(host):\(listener.port)", "app": "\(appId)"])
        await listener.waitUntilStopped()
        for source in sources { source.cancel() }
    }

    private func serveFastCGI(_ emulator: Emulator, _ logger: Logger) async throws {
        let server = try EmulatorServer(emulator, listeningOn: try socket(), threads: threads)
        // After the FastCGI library, which installs handlers of its own.
        let sources = Self.onSignal { server.stop() }
        logger.info("serving", metadata: ["socket": "\(listen ?? "passed by systemd")", "app": "\(appId)"])
        // A thread of its own: the server blocks, and the pool's threads are for answers that are held back.
        await withCheckedContinuation { done in
            DispatchQueue(label: "fastcgi").async {
                server.run()
                done.resume()
            }
        }
        for source in sources { source.cancel() }
    }

    private static func onSignal(_ stop: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
        [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: stop)
            source.resume()
            return source
        }
    }

    private func socket() throws -> CInt {
        if let inherited = ListeningSocket.inherited() { return inherited }
        guard let listen else { throw ValidationError("--http or --listen is missing") }
        return try ListeningSocket.unix(path: listen, mode: 0o660, group: socketGroup, backlog: 128)
    }

    private static func rule(_ text: String) throws -> FaultRule {
        guard let json = JSON(parsing: Array(text.utf8)) else { throw ValidationError("--fault is not JSON: \(text)") }
        do {
            return try FaultRule(json)
        } catch {
            throw ValidationError("--fault: \(error)")
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, matches(last) { text.removeLast() }
        return String(text)
    }
}
