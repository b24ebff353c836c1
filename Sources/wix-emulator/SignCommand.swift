// `wix-emulator sign`: the Digest header for a body, so that plain curl can play Wix:
// curl -H "$(wix-emulator sign body.json --key wix.pem)" --data-binary @body.json …

import ArgumentParser
import FoundationEssentials
import RequestDigest
import WixEmulator

struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Prints the Digest header line for a body.")

    @Argument(help: "The body; - for standard input. Send exactly these bytes (curl: --data-binary).")
    var file: String

    @Option(help: "Wix's private key, PEM. Default: WIX_EMULATOR_KEY.")
    var key: String?

    @Option(help: "Seconds that the token lives.")
    var expiresIn: Int64 = SignedCall.lifeSeconds

    @Option(help: "text or json.")
    var format = OutputFormat.text

    func run() throws {
        let signer = try signer(key)
        let now = Int64(Date().timeIntervalSince1970)
        let body = try contents(of: file, "FILE")
        let digest = try signer.header(for: body, issuedAt: now, expiresAt: now + expiresIn)
        switch format {
        case .text: print("Digest: \(digest)")
        case .json: print(JSON.object(["Digest": .string(digest)]).line())
        }
    }
}
