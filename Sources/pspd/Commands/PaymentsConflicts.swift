// `pspd payments conflicts` and `pspd payments resolve N`: outcomes that contradict what Wix was told for good, and the
// operator's word that one is dealt with (design rule 9). Nothing else ends a conflict, nor the alarm that it raises.

import ArgumentParser
import Store

/// Lists them.
struct PaymentsConflicts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts",
        abstract: "List outcomes that contradict what Wix was told for good, oldest first.")

    @OptionGroup var config: ConfigurationOption
    @Option(help: "At most so many.") var limit = 1_000
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    private struct View: Encodable {
        var conflict: Int64
        var at: String
        var wixTransactionId: String?
        var source: String
        var told: String
        var came: String

        init(_ conflict: Conflict) {
            self.conflict = conflict.id
            at = WallTime.text(conflict.at)
            wixTransactionId = conflict.wixTransactionId
            source = conflict.source
            told = conflict.state
            came = conflict.outcome
        }
    }

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is at least 1") }
    }

    func run() async throws {
        let views = try OperatorStore.open(config).openConflicts(limit: limit).map(View.init)
        if format == .json { return try JSONOutput.print(views) }
        var table = TextTable("CONFLICT", "TIME", "PAYMENT", "FROM", "WIX WAS TOLD", "CAME INSTEAD")
        for view in views {
            table.add("\(view.conflict)", view.at, view.wixTransactionId ?? "", view.source, view.told, view.came)
        }
        table.print()
    }
}

/// Ends them.
struct PaymentsResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Note that conflicts are dealt with: the money was reversed, or the shop told.",
        discussion: "Neither Wix nor the processor is told anything. Exit status 1 when one of them is not open.")

    @OptionGroup var config: ConfigurationOption
    @Argument(help: "Conflicts, by number.") var conflicts: [Int64]
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    private struct Result: Encodable {
        var resolved: [Int64] = []
        var notOpen: [Int64] = []
    }

    func run() async throws {
        let store = try OperatorStore.open(config)
        var result = Result()
        for conflict in conflicts {
            if try await store.resolveConflict(id: conflict, now: wallClock()) {
                result.resolved.append(conflict)
            } else {
                result.notOpen.append(conflict)
            }
        }
        if format == .json {
            try JSONOutput.print(result)
        } else {
            for conflict in result.resolved { print("conflict \(conflict) is resolved") }
            for conflict in result.notOpen { print("conflict \(conflict) is not open: unchanged") }
        }
        if !result.notOpen.isEmpty { throw ExitCode.failure }
    }
}
