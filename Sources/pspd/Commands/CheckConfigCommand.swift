// `pspd check-config`: says everything that is wrong with a configuration, without starting anything.

import ArgumentParser
import RequestDigest

/// Checks the configuration for every role, and the files that it names.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check the configuration and the files that it names.",
        discussion: "Prints each fault with file, key and reason on standard error, and then ends with exit status 1."
    )

    @OptionGroup var config: ConfigurationOption
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    /// What `--format json` prints.
    struct Result: Encodable {
        let file: String
        let ok: Bool
        let faults: [Finding]
        let warnings: [Finding]
        let keys: [Key]
    }

    /// A public key of Wix's app: what to compare with the app's dashboard while keys are rotated.
    struct Key: Encodable {
        let file: String
        let bits: Int
        let fingerprint: String
    }

    func run() throws {
        let faults: [Finding]
        let warnings: [Finding]
        var keys: [Key] = []
        do {
            let loaded = try PspdConfiguration.load(file: config.file, roles: .all)
            (faults, warnings) = ([], loaded.warnings)
            let wix = loaded.configuration.wix
            keys = zip(wix.publicKeyFiles, wix.publicKeys).map { file, key in
                Key(file: file, bits: key.bits, fingerprint: key.fingerprint)
            }
        } catch {
            (faults, warnings) = (error.faults, error.warnings)
        }
        StandardError.print(faults: faults, warnings: warnings)
        try report(Result(file: config.file, ok: faults.isEmpty, faults: faults, warnings: warnings, keys: keys))
        if !faults.isEmpty { throw ExitCode.failure }
    }

    private func report(_ result: Result) throws {
        if format == .json {
            try JSONOutput.print(result)
        } else if result.ok {
            print("\(config.file): OK")
            for key in result.keys { print("\(key.file): \(key.bits) bits, SHA-256 \(key.fingerprint)") }
        }
    }
}
