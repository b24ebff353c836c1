// The command line: Wix's side of Wix Payments, for development and tests of a PSP.
// Exit codes: 0 done, 1 failed, 2 wrong usage.

import ArgumentParser
import Glibc

@main
struct WixEmulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wix-emulator",
        abstract: "Plays Wix towards a payment service provider.",
        subcommands: [
            ServeCommand.self, SendCommand.self, SignCommand.self, MintCommand.self, CheckCommand.self,
        ])

    /// As ArgumentParser's own, but usage errors exit with 2 and not with 64.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            complain(fullMessage(for: error))
            Glibc.exit(2)
        }
    }
}

/// A line on standard error.
func complain(_ text: String) {
    let line = Array("\(text)\n".utf8)
    write(STDERR_FILENO, line, line.count)
}
