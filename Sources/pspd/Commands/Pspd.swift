// The command line. One file a subcommand; this one lists them and holds what they share.

import ArgumentParser
import Foundation
import Glibc
import Logging

/// `pspd`: the PSP's half of Wix Payments.
@main
struct Pspd: AsyncParsableCommand {
    /// Of this program; Wix sees it in the default User-Agent.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "pspd",
        abstract: "The PSP's half of Wix Payments, as a daemon behind nginx.",
        version: version,
        subcommands: [
            ServeCommand.self, WorkerCommand.self, CourierCommand.self, CheckConfigCommand.self, StatusCommand.self,
            PaymentsCommand.self,
            EventsCommand.self, StoreCommand.self, GatewayCommand.self,
        ]
    )
}

/// `--config FILE`, which every subcommand takes.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "file"))
    var file = PspdConfiguration.defaultFile

    /// Loads the configuration for `roles`. Prints every fault and every warning on standard error, one a line; a
    /// configuration with faults ends the command with exit status 1.
    ///
    /// - Parameter parentPid: not nil in a process of a master's, which gives it the configuration that it has checked.
    func load(for roles: Set<Role>, parentPid: Int32? = nil) throws -> PspdConfiguration.Loaded {
        do throws(ConfigurationFaults) {
            let checked = parentPid == nil ? nil : CheckedConfiguration.given()
            return try PspdConfiguration.load(file: file, roles: roles, text: checked)
        } catch {
            StandardError.print(faults: error.faults, warnings: error.warnings)
            throw ExitCode.failure
        }
    }
}

/// How a command prints data.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// What goes to people and not to the log.
enum StandardError {
    static func print(line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

    /// One line a finding, with its level for the journal.
    static func print(faults: [Finding], warnings: [Finding]) {
        let isForJournal = Journal.reads(STDERR_FILENO)
        func lines(_ findings: [Finding], _ level: Logger.Level, word: String) -> [UInt8] {
            findings.flatMap { (isForJournal ? Journal.prefix(level) : []) + Array("\(word)\($0)\n".utf8) }
        }
        let text = lines(faults, .error, word: "") + lines(warnings, .warning, word: "warning: ")
        FileHandle.standardError.write(Data(text))
    }
}
