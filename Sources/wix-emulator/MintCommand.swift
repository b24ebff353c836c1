// `wix-emulator mint`: signed requests for load tests, many and fast.

import ArgumentParser
import FoundationEssentials
import Glibc
import RequestDigest
import WixEmulator

struct MintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mint",
        abstract: "Writes many distinct signed requests, for curl and other tools to send.",
        discussion: """
            curl:   wix-emulator mint --count 1000 --url https://localhost:8443 > load.curl
                    curl --parallel --parallel-max 32 --config load.curl
            lines:  one request a line: POST, path, Digest, body, with tabs between.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case create = "create-transaction"
        case refund = "refund-transaction"
    }

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case curl, lines
    }

    @Argument(help: "create-transaction or refund-transaction.")
    var kind = Kind.create

    @Option(help: "How many distinct payments.")
    var count = 1_000

    @Option(
        help: """
            For refunds: a file with a payment a line, either JSON that has wixTransactionId and pluginTransactionId, or \
            the two ids; - for standard input.
            """)
    var payments: String?

    @Option(help: "How many distinct refunds of each payment.")
    var each = 1

    @Option(name: .customLong("repeat"), help: "How often each request comes again, right after itself.")
    var repeats = 0

    @Option(help: "Spoil some: \(Tamper.allCases.map(\.rawValue).joined(separator: ", ")).")
    var tamper: Tamper?

    @Option(help: "How many of a hundred are spoiled. Default: all, when --tamper is given.")
    var tamperPercent: Int?

    @Option(help: "Seconds that the tokens live.")
    var validSeconds: Int64 = 3_600

    @Option(help: "Wix's private key, PEM. Default: WIX_EMULATOR_KEY.")
    var key: String?

    // MARK: The requests

    @Option(help: "wixMerchantId.")
    var merchant = demoMerchantId

    @OptionGroup var merchantOptions: MerchantOptions

    @Option(help: "Minor units. Default: 4250 for payments, all that remains for refunds.")
    var amount: Int64?

    @Option(help: "ISO 4217.")
    var currency = "EUR"

    @Option(help: "Card number.")
    var card = "4111111111111111"

    @OptionGroup var modeOptions: ModeOptions

    @Flag(help: "Required members only: some 450 bytes a payment and not 1,700.")
    var small = false

    @Option(help: "The endpoint's path at the PSP. Default: /v1/<kind>.")
    var path: String?

    // MARK: The output

    @Option(help: "curl or lines.")
    var format = Format.curl

    @Option(help: "curl: the PSP's base URL. Default: WIX_EMULATOR_URL.")
    var url: String?

    @Option(help: "curl: PEM file with a root to trust. Default: WIX_EMULATOR_CA.")
    var ca: String?

    @Option(help: "curl: what to print after each transfer; {id} is the request's id.")
    var writeOut = #"%{http_code} %{time_total}\n"#

    @Option(help: "curl: folder for the answers, as ID.json. Default: they are thrown away.")
    var outputFolder: String?

    @Option(help: "curl: a further line for each transfer. Repeatable.")
    var curlLine: [String] = []

    @Option(help: "File to write. Default: standard output.")
    var output: String?

    func validate() throws {
        guard (1...100_000_000).contains(count) else { throw ValidationError("--count must be 1 to 100000000") }
        guard (1...1_000).contains(each) else { throw ValidationError("--each must be 1 to 1000") }
        guard (0...10_000).contains(repeats) else { throw ValidationError("--repeat must be 0 to 10000") }
        guard (0...100).contains(tamperPercent ?? 0) else { throw ValidationError("--tamper-percent must be 0 to 100") }
        guard (1...31_536_000).contains(validSeconds) else {
            throw ValidationError("--valid-seconds must be 1 to 31536000")
        }
        if kind == .refund, payments == nil { throw ValidationError("--payments is missing") }
    }

    func run() async throws {
        guard let keyPath = key ?? environment("WIX_EMULATOR_KEY") else {
            throw ValidationError("--key (or WIX_EMULATOR_KEY) is missing")
        }
        _ = try signer(keyPath)
        let minter = try Minter(
            try plan(), privateKeyPEM: String(decoding: try contents(of: keyPath, "--key"), as: UTF8.self))
        let style = try writtenFormat()
        let descriptor = try output.map { path in
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw ValidationError("--output: \(path): \(String(cString: strerror(errno)))")
            }
            return descriptor
        }
        defer { if let descriptor { close(descriptor) } }
        try await minter.mint(
            style, now: Int64(Date().timeIntervalSince1970), cores: max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        ) { try write($0, to: descriptor ?? STDOUT_FILENO, "output") }
    }

    private func plan() throws -> MintPlan {
        let kind: MintPlan.Kind =
            switch self.kind {
            case .create: .payments(count)
            case .refund: .refunds(try readPayments(), each: each, amount: amount)
            }
        var plan = MintPlan(
            kind, path: path ?? "/v1/\(self.kind.rawValue)", wixMerchantId: merchant,
            credentials: try merchantOptions.credentials())
        plan.repeats = repeats
        plan.validSeconds = validSeconds
        if let tamper {
            plan.tamper = tamper
            plan.tamperPercent = tamperPercent ?? 100
        }
        plan.amount = amount ?? plan.amount
        plan.currency = currency
        plan.card = card
        plan.mode = modeOptions.value
        plan.isSmall = small
        return plan
    }

    private func readPayments() throws -> [MintPlan.Payment] {
        let text = String(decoding: try contents(of: payments ?? "-", "--payments"), as: UTF8.self)
        return try text.split(whereSeparator: \.isNewline).enumerated().map { index, line in
            guard let payment = MintPlan.Payment(line: String(line)) else {
                throw ValidationError("--payments: line \(index + 1) has no wixTransactionId and pluginTransactionId")
            }
            return payment
        }
    }

    private func writtenFormat() throws -> Minter.Format {
        guard format == .curl else { return .lines }
        guard let base = url ?? environment("WIX_EMULATOR_URL") else {
            throw ValidationError("--url (or WIX_EMULATOR_URL) is missing")
        }
        var style = CurlStyle(baseURL: base.withoutSlash)
        style.writeOut = writeOut
        style.outputFolder = outputFolder
        style.caFile = ca ?? environment("WIX_EMULATOR_CA")
        style.lines = curlLine
        return .curl(style)
    }
}
