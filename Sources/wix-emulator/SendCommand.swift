// `wix-emulator send …`: plays Wix's calls. One subcommand an endpoint; each builds the request and
// leaves the rest to SendOptions.

import ArgumentParser
import FoundationEssentials
import WixEmulator

struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Signs a call as Wix does, sends it, and tells what Wix would conclude.",
        discussion: """
            Exit code: 0 when the answer was HTTP 200, whatever it said; 1 otherwise; 2 wrong usage.
            """,
        subcommands: [
            SendCreateTransaction.self, SendConnectAccount.self, SendRefundTransaction.self,
            SendCaptureTransaction.self, SendVoidTransaction.self,
        ])
}

/// What every call says about the merchant.
struct MerchantOptions: ParsableArguments {
    @Option(help: "Merchant credential, KEY=VALUE. Repeatable.")
    var credential: [String] = []

    /// The given credentials, or a demo merchant's.
    func credentials() throws -> [String: String] {
        guard !credential.isEmpty else {
            return ["merchant_key": "mk_test_1Zt9", "merchant_secret": "ms_test_77aa"]
        }
        return try Self.pairs(credential, "--credential")
    }

    static func pairs(_ texts: [String], _ option: String) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw ValidationError("\(option) needs KEY=VALUE") }
            pairs[String(parts[0])] = String(parts[1])
        }
        return pairs
    }
}

/// Live or sandbox (spec §13).
struct ModeOptions: ParsableArguments {
    @Option(help: "live, sandbox or undefined. Default: sandbox.")
    var mode: String?

    @Flag(help: "The same as --mode live.")
    var live = false

    @Flag(help: "The same as --mode sandbox.")
    var sandbox = false

    var value: String { mode ?? (live ? "live" : "sandbox") }

    func validate() throws {
        guard [mode != nil, live, sandbox].count(where: { $0 }) <= 1 else {
            throw ValidationError("only one of --mode, --live, --sandbox")
        }
    }
}

/// The id of the demo merchant, as in the protocol's examples.
let demoMerchantId = "6f0d2c1e-4b7a-4f38-9c52-0b1e7d9a3c44"

/// A GUID as Wix writes them: lower case.
func newGUID() -> String { UUID().uuidString.lowercased() }

struct SendConnectAccount: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect-account", abstract: "A merchant connects the PSP.")

    @OptionGroup var merchantOptions: MerchantOptions

    @Option(help: "wixMerchantId.")
    var merchant = demoMerchantId

    @Option(help: "ISO 3166-1 alpha-2.")
    var country = "FR"

    @Option(help: "ISO 4217.")
    var currency = "EUR"

    @OptionGroup var modeOptions: ModeOptions

    @OptionGroup var options: SendOptions

    func run() async throws {
        var call = ConnectCall(
            wixMerchantId: merchant, credentials: try merchantOptions.credentials(),
            mode: modeOptions.value)
        call.country = country
        call.currency = currency
        try await options.send(call.json, to: .connectAccount)
    }
}
