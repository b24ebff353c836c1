// `pspd store`: what an operator does with the store's file. All of it works while pspd runs; check, backup and stats
// also on a store that pspd refuses to open, and check and stats on a backup.

import ArgumentParser
import Foundation
import Store

/// Looks after the store.
struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Check, back up, count and fill the store.",
        subcommands: [StoreCheckCommand.self, StoreBackupCommand.self, StoreStatsCommand.self, StoreImport.self])
}

/// Which file is looked at.
struct StoreFileOption: ParsableArguments {
    @OptionGroup var config: ConfigurationOption
    @Option(help: ArgumentHelp("A backup to look at, instead of the configured store.", valueName: "file"))
    var file: String?

    func inspector() throws -> StoreInspector {
        // No role: secrets and keys are not read.
        try StoreInspector(path: file.map(WorkingDirectory.whole(path:)) ?? config.load(for: []).configuration.store)
    }
}

/// Whether the file is whole and its rows agree with each other.
struct StoreCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the file, then the rules between its rows: every settled operation has its event, sums match.",
        discussion: "Reads only. Takes minutes for millions of payments. Exit status 1 when something is wrong.")

    @OptionGroup var store: StoreFileOption
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    private struct Result: Encodable {
        var sound: Bool
        var damage: [String]
        var findings: [StoreCheck.Finding]
    }

    func run() throws {
        let inspector = try store.inspector()
        let check = try inspector.check()
        if format == .json {
            try JSONOutput.print(Result(sound: check.isSound, damage: check.damage, findings: check.findings))
        } else {
            for line in check.damage { print("damaged: \(line)") }
            for finding in check.findings {
                print("\(finding.rule): \(finding.meaning); \(finding.count) do not, such as")
                for example in finding.examples { print("    \(example)") }
            }
            print(check.isSound ? "\(inspector.path): sound" : "\(inspector.path): NOT sound")
        }
        if !check.isSound { throw ExitCode.failure }
    }
}

/// A copy taken while pspd works.
struct StoreBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the store as it is at this moment, while pspd works.",
        discussion: """
            The copy is one file, readable by its owner alone, and on disk when the command ends. To restore it, stop \
            pspd, remove the store's -wal and -shm, and put the copy in the store's place.
            """)

    @OptionGroup var config: ConfigurationOption
    @Argument(help: "The file to make; it must not exist.") var file: String
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    private struct Result: Encodable {
        var path: String
        var bytes: Int64
    }

    func run() throws {
        let source = try StoreInspector(path: config.load(for: []).configuration.store)
        let backup = try source.backUp(to: WorkingDirectory.whole(path: file))
        if format == .json { return try JSONOutput.print(Result(path: backup.path, bytes: backup.bytes)) }
        print("\(backup.path): \(backup.bytes) bytes")
    }
}

/// How much of what there is.
struct StoreStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Count payments, refunds, events and bytes.")

    @OptionGroup var store: StoreFileOption
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    func run() throws {
        let statistics = try store.inspector().statistics()
        if format == .json { return try JSONOutput.print(statistics) }
        var table = TextTable(["WHAT", "COUNT"], numbersFrom: 1)
        table.add("bytes of the file", "\(statistics.fileBytes)")
        table.add("bytes of the WAL", "\(statistics.walBytes)")
        table.add("bytes in the file to use again", "\(statistics.reusableBytes)")
        table.add("bytes free on the disk", "\(statistics.diskFreeBytes)")
        add("payments", statistics.payments, to: &table)
        table.add("payments shrunk by retention", "\(statistics.retiredPayments)")
        table.add("payments imported", "\(statistics.importedPayments)")
        add("refunds", statistics.refunds, to: &table)
        add("events", statistics.events, to: &table)
        table.add("attempts of delivery", "\(statistics.attempts)")
        table.add("merchants' accounts", "\(statistics.accounts)")
        table.add("operations running", "\(statistics.running)")
        table.add("operations handed over", "\(statistics.handedOver)")
        table.add("open conflicts", "\(statistics.openConflicts)")
        print("\(statistics.path), SQLite \(statistics.sqlite)")
        if let since = statistics.oldestOpenSince { print("oldest open operation since \(WallTime.text(since))") }
        table.print()
    }

    private func add(_ name: String, _ counts: [String: Int], to table: inout TextTable) {
        for (state, count) in counts.sorted(by: { $0.key < $1.key }) { table.add("\(name) \(state)", "\(count)") }
    }
}
