// `wix-emulator check`: the conformance suite against any PSP's endpoints.

import ArgumentParser
import Glibc
import RequestDigest
import WixEmulator

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tests a PSP, pspd or any other, against Wix's rules.",
        discussion: """
            The PSP has the public half of --key as Wix's key, and sends its events to a running `wix-emulator serve`,
            which --wix names. It makes some hundred payments with the cards below: never point it at real money.

            Exit code: 0 no check of severity "must" failed, 1 one did, 2 wrong usage or no connection.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, junit
    }

    @Argument(help: "The PSP's base URL. Default: WIX_EMULATOR_URL.")
    var url: String?

    @Option(help: "Wix's private key, PEM. Default: WIX_EMULATOR_KEY.")
    var key: String?

    @Option(help: "The public key as the PSP has it, PEM; for one check.")
    var publicKey: String?

    @Option(help: "PEM file with a root to trust besides the system's. Default: WIX_EMULATOR_CA.")
    var ca: String?

    @Option(
        help:
            "Base URL of the emulator that the PSP's events go to. Default: WIX_EMULATOR_WIX. Without it events are not checked."
    )
    var wix: String?

    @OptionGroup(title: "The PSP's paths") var paths: CheckPathOptions
    @OptionGroup(title: "The merchant and the payments") var payments: CheckPaymentOptions
    @OptionGroup(title: "What the PSP does not have") var lacks: CheckFeatureOptions
    @OptionGroup(title: "Time") var times: CheckTimeOptions

    @Option(help: "Only these checks: an id, or how ids begin. Repeatable.")
    var only: [String] = []

    @Option(help: "Not these checks. Repeatable.")
    var skip: [String] = []

    @Flag(help: "Print the checks and run none.")
    var list = false

    @Flag(help: "Exit with 1 after a warning too.")
    var strict = false

    @Option(help: "text, json or junit.")
    var format = Format.text

    @Option(help: "Write the report to this file; what happens is told on standard output meanwhile.")
    var output: String?

    func run() async throws {
        let checks = try chosen()
        if list { return Self.print(checks, format) }
        let run = CheckRun(plan: try plan(), checks: checks, signer: try signer(key))
        let report: CheckReport
        do {
            report = try await run.perform { tell($0, total: checks.count) }
        } catch let error as CheckRunError {
            complain("wix-emulator check: \(error)")
            throw ExitCode(2)
        }
        try write(report)
        let isFlawless = report.passes && !(strict && report.count(.failed) > 0)
        if !isFlawless { throw ExitCode(1) }
    }

    private func chosen() throws -> [Check] {
        do throws(Check.UnknownPattern) {
            return try Check.selected(only: only, skip: skip)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func plan() throws -> CheckPlan {
        guard let base = url ?? environment("WIX_EMULATOR_URL") else {
            throw ValidationError("the PSP's URL (or WIX_EMULATOR_URL) is missing")
        }
        var plan = CheckPlan(
            baseURL: base.withoutSlash, wixMerchantId: payments.merchant, credentials: try payments.credentials())
        plan.wix = (wix ?? environment("WIX_EMULATOR_WIX"))?.withoutSlash
        plan.publicKeyPEM = try publicKey.map { String(decoding: try contents(of: $0, "--public-key"), as: UTF8.self) }
        if let path = ca ?? environment("WIX_EMULATOR_CA") {
            _ = try contents(of: path, "--ca")
            plan.caFile = path
        }
        paths.apply(to: &plan)
        try payments.apply(to: &plan)
        lacks.apply(to: &plan)
        times.apply(to: &plan)
        return plan
    }

    // MARK: Printing

    /// What happens goes where the report does not.
    private func tell(_ progress: CheckProgress, total: Int) {
        let line: String
        switch progress {
        case .begins(let count): line = "\(count) checks"
        case .waiting(let count): line = "\(count) checks side by side: they wait for retries and pending payments"
        case .finished(let result, let number): line = result.line(number: number, of: total)
        }
        guard format == .text || output != nil else { return complain(line) }
        Swift.print(line)
        fflush(nil)
    }

    private func write(_ report: CheckReport) throws {
        let text =
            switch format {
            case .text: report.text()
            case .json: report.json.line()
            case .junit: report.junit()
            }
        guard let output else { return Swift.print(format == .text ? "\n" + text : text) }
        try save(Array((text + "\n").utf8), to: output, "--output")
        Swift.print(report.summary)
    }

    private static func print(_ checks: [Check], _ format: Format) {
        if format == .json { return Swift.print(JSON.array(checks.map(\.json)).line()) }
        for check in checks {
            Swift.print("\(check.id)  (\(check.severity.rawValue), \(check.source))\n    \(check.rule)")
        }
        Swift.print("\(checks.count) checks")
    }
}
