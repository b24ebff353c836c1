// The options that all `send` commands share, and the sending itself.

public import ArgumentParser
import Glibc
import WixEmulator

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

extension Tamper: ExpressibleByArgument {}

struct SendOptions: ParsableArguments {
    @Option(help: "The PSP's base URL. Default: WIX_EMULATOR_URL.")
    var url: String?

    @Option(help: "The endpoint's path at the PSP. Default: /v1/<command>.")
    var path: String?

    @Option(help: "Wix's private key, PEM. Default: WIX_EMULATOR_KEY.")
    var key: String?

    @Option(help: "PEM file with a root to trust besides the system's. Default: WIX_EMULATOR_CA.")
    var ca: String?

    @Option(help: "Base URL of a running `wix-emulator serve`, to be told of payments. Default: WIX_EMULATOR_WIX.")
    var wix: String?

    @Option(help: "text or json (one object a call: request, status, answer, conclusion).")
    var format = OutputFormat.text

    @Option(name: .customLong("repeat"), help: "Send the same call this many times, one after another.")
    var repeats = 1

    @Option(help: "Send the same call this many times at once.")
    var concurrent = 1

    @Option(help: "Call again, as Wix does, up to so many times when no usable answer came.")
    var retry = 0

    @Option(help: "Seconds that Wix's clock is ahead; negative: behind.")
    var skewSeconds: Int64 = 0

    @Option(help: "Seconds that the call has been on its way since it was signed.")
    var lateSeconds: Int64 = 0

    @Option(help: "Spoil the call: \(Tamper.allCases.map(\.rawValue).joined(separator: ", ")).")
    var tamper: Tamper?

    @Option(help: "Send this file, byte for byte, instead of the built request.")
    var body: String?

    @Option(help: "Set a member of the request: PATH=JSON, for example order.description.totalAmount=-1. Repeatable.")
    var set: [String] = []

    @Option(help: "Remove a member of the request, by its path. Repeatable.")
    var remove: [String] = []

    @Option(help: "Seconds to wait for an answer.")
    var timeoutSeconds: Int64 = 30

    @Flag(help: "Print card numbers, CVVs and credentials as they are sent.")
    var showSecrets = false

    func validate() throws {
        guard (1...10_000).contains(repeats) else { throw ValidationError("--repeat must be 1 to 10000") }
        guard (1...1_000).contains(concurrent) else { throw ValidationError("--concurrent must be 1 to 1000") }
        guard (0...100).contains(retry) else { throw ValidationError("--retry must be 0 to 100") }
        guard (-86_400...86_400).contains(skewSeconds) else {
            throw ValidationError("--skew-seconds must be -86400 to 86400")
        }
        guard (0...86_400).contains(lateSeconds) else { throw ValidationError("--late-seconds must be 0 to 86400") }
        guard (1...600).contains(timeoutSeconds) else { throw ValidationError("--timeout-seconds must be 1 to 600") }
    }

    /// The base URL for the return pages: the emulator's, or where the demo has it.
    var returnBase: String { wixBase ?? "https://localhost:8444" }

    private var wixBase: String? { (wix ?? environment("WIX_EMULATOR_WIX"))?.withoutSlash }

    /// Sends, prints, and ends with exit code 1 unless every call's last answer was HTTP 200.
    func send(_ request: JSON, to endpoint: Endpoint) async throws {
        guard let base = url ?? environment("WIX_EMULATOR_URL") else {
            throw ValidationError("--url (or WIX_EMULATOR_URL) is missing")
        }
        var run = SendRun(
            endpoint: endpoint, url: base.withoutSlash + (path ?? endpoint.defaultPath),
            body: try bytes(request), signer: try signer(key))
        run.tamper = tamper
        run.retries = retry
        run.skewSeconds = skewSeconds
        run.lateSeconds = lateSeconds
        run.repeats = repeats
        run.concurrent = concurrent
        run.reportTo = wixBase
        run.caFile = try caFile()
        run.timeoutSeconds = timeoutSeconds
        printRequest(run)
        var allAnswered = true
        try await run.perform {
            if !$0.isRetried, $0.answer?.status != 200 { allAnswered = false }
            show($0, of: run)
        } untold: {
            complain("the emulator was not told: \($0)")
        }
        guard allAnswered else { throw ExitCode(1) }
    }

    private func bytes(_ request: JSON) throws -> [UInt8] {
        if let body { return try contents(of: body, "--body") }
        var request = request
        for assignment in set {
            let (path, value) = try pathAndValue(assignment, "--set")
            request.set(path, to: value)
        }
        for path in remove { request.set(path, to: nil) }
        return request.bytes()
    }

    private func caFile() throws -> String? {
        guard let path = ca ?? environment("WIX_EMULATOR_CA") else { return nil }
        _ = try contents(of: path, "--ca")
        return path
    }

    // MARK: Printing

    private func printRequest(_ run: SendRun) {
        guard format == .text else { return }
        print("POST \(run.url)")
        if run.request == .null {
            print("(\(run.body.count) bytes, not JSON)")
        } else {
            print((showSecrets ? run.request : run.request.masked()).pretty())
        }
    }

    private func show(_ result: CallResult, of run: SendRun) {
        switch format {
        case .text: print("\n" + result.text(showSecrets: showSecrets))
        case .json: print(result.json(request: run.request, url: run.url, showSecrets: showSecrets).line())
        }
        fflush(nil)
    }
}

/// The two sides of `PATH=JSON`.
///
/// - Throws: `ValidationError` naming the option.
func pathAndValue(_ assignment: String, _ option: String) throws -> (path: String, value: JSON) {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let value = JSON(parsing: Array(parts[1].utf8)) else {
        throw ValidationError("\(option) needs PATH=JSON (a string in double quotes), not \(assignment)")
    }
    return (String(parts[0]), value)
}
