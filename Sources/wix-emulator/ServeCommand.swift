// `wix-emulator serve`: the emulator on a FastCGI socket, behind a web server of your choice.

import ArgumentParser
import Dispatch
import FastCGI
import Glibc
import Logging
import WixEmulator

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answers as Wix: access tokens and Submit Event, over FastCGI.",
        discussion: """
            Besides Wix's two paths there are:
              GET /emulator/events[?wixTransactionId=ID]   every call of Submit Event
              GET /emulator/payments[/ID]                  payments as Wix shows them
              GET /emulator/return/{success,error,cancel,pending}
                                                           pages for returning buyers
              GET, POST, DELETE /emulator/faults           faults to play; see --fault
            """)

    @Option(help: "Unix socket to listen on; a socket passed by systemd (LISTEN_FDS) wins.")
    var listen: String?

    @Option(help: "Group that may connect. Default: the caller's.")
    var socketGroup: String?

    @Option(help: "The app's id.")
    var appId: String

    @Option(help: "File with the app's secret.")
    var appSecretFile: String

    @Option(help: "File to append every call of Submit Event to, one JSON line each.")
    var record: String?

    @Option(help: "Requests answered at once.")
    var threads = 4

    @Option(
        help: ArgumentHelp(
            "A fault to play, as JSON; may be repeated.",
            discussion: """
                kind: status (with status, retryAfter), html, wrong-content-type, non-empty-object, broken-json, \
                no-content, redirect (location), stall (seconds), huge-body (bytes). \
                path: /oauth/access or /payments/v1/provider-platform-events; left out: both. \
                count, probability: how often. received: true takes the event in all the same. \
                Example: {"kind":"status","status":503,"retryAfter":"2","count":3}
                """))
    var fault: [String] = []

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be 1 to 256") }
    }

    func run() throws {
        let secret = String(decoding: try contents(of: appSecretFile, "--app-secret-file"), as: UTF8.self)
            .trimmingSuffix(while: \.isNewline)
        let logger = Logger(label: "wix-emulator") { StreamLogHandler.standardError(label: $0) }
        let emulator = Emulator(
            app: AppCredentials(appId: appId, appSecret: secret),
            record: try record.map { try RecordFile(path: $0) },
            faults: try fault.map(Self.rule), logger: logger)
        let server = try EmulatorServer(emulator, listeningOn: try socket(), threads: threads)
        // After the FastCGI library, which installs handlers of its own.
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { server.stop() }
            source.resume()
            return source
        }
        logger.info("serving", metadata: ["socket": "\(listen ?? "passed by systemd")", "app": "\(appId)"])
        server.run()
        for source in sources { source.cancel() }
    }

    private func socket() throws -> CInt {
        if let inherited = ListeningSocket.inherited() { return inherited }
        guard let listen else { throw ValidationError("--listen is missing") }
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
