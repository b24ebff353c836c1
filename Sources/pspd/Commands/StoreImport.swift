// `pspd store import FILE`: merchants and finished payments of a PSP that moves to pspd, so that refunds, captures and
// repeats of what happened before are answered right.
//
// The file is read twice: a line that can't be taken is found before anything is stored. A second import of the same
// file changes nothing.

import ArgumentParser
import Foundation
import Glibc
import Store

/// Fills the store.
struct StoreImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in merchants and finished payments from a file of JSON lines.",
        discussion: """
            One JSON object a line:

            {"type":"merchant","wixMerchantId":"…","mode":"live","accountId":"…","country":"DE","currency":"EUR"}

            {"type":"payment","wixTransactionId":"…","pluginTransactionId":"…","wixMerchantId":"…","mode":"live",
            "amount":4250,"currency":"EUR","status":"approved","refundedAmount":0,"createdAt":"2026-01-31T12:00:00Z"}

            On one line each. Amounts are in minor units. status is one of approved, authorized, captured (with \
            capturedAmount), voided, declined (with reasonCode) and canceled. mode is live unless it says sandbox. \
            Wix is told nothing. Nothing is imported when a line can't be taken as it stands. A line whose id stands \
            for something else, in the store or in a line before it, is left out and named, the others are imported, \
            and the exit status is 1: so one payment that both systems know does not keep the rest from moving. \
            Importing the mended file again changes nothing but what was left out.
            """)

    @OptionGroup var config: ConfigurationOption
    @Argument(help: "The file.") var file: String
    @Flag(help: "Only read the file and tell what is wrong with it.") var dryRun = false
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    /// Lines of one commit.
    private static let batchLines = 500
    /// Faults and conflicts that are printed; the rest is counted.
    private static let findingsMax = 20

    func run() async throws {
        var faults = 0
        try await eachLine { number, line in
            do throws(ImportLine.Fault) {
                _ = try ImportLine(line)
            } catch {
                faults += 1
                if faults <= Self.findingsMax { StandardError.print(line: "line \(number): \(error)") }
            }
        }
        guard faults == 0 else {
            throw OperatorError("\(faults) lines of \(file) can't be taken; nothing was imported")
        }
        if dryRun {
            return try format == .json ? JSONOutput.print(Tally()) : print("\(file) can be imported")
        }
        try await importAll(into: try OperatorStore.open(config))
    }

    private func importAll(into store: Store) async throws {
        var tally = Tally()
        var batch: [(line: Int, content: ImportLine)] = []
        try await eachLine { number, line in
            batch.append((number, try ImportLine(line)))
            if batch.count == Self.batchLines {
                tally.count(try await keep(batch, in: store))
                batch = []
            }
        }
        tally.count(try await keep(batch, in: store))
        for line in tally.conflictingLines.prefix(Self.findingsMax) {
            StandardError.print(
                line: "line \(line): left out: its id stands for something else in the store, which stays")
        }
        if format == .json {
            try JSONOutput.print(tally)
        } else {
            print(
                "\(tally.imported) imported, \(tally.known) known already, \(tally.conflictingLines.count) conflicting")
        }
        if !tally.conflictingLines.isEmpty { throw ExitCode.failure }
    }

    private struct Tally: Encodable {
        var imported = 0
        var known = 0
        var conflictingLines: [Int] = []

        mutating func count(_ results: [(line: Int, result: ImportResult)]) {
            for (line, result) in results {
                switch result {
                case .imported: imported += 1
                case .known: known += 1
                case .conflicting: conflictingLines.append(line)
                }
            }
        }
    }

    private func keep(
        _ batch: [(line: Int, content: ImportLine)], in store: Store
    ) async throws -> [(line: Int, result: ImportResult)] {
        var accounts: [(line: Int, account: Account)] = []
        var payments: [(line: Int, payment: ImportedPayment)] = []
        for (line, content) in batch {
            switch content {
            case .merchant(let account): accounts.append((line, account))
            case .payment(let payment): payments.append((line, payment))
            }
        }
        let now = WallTime.now().millisecondsSince1970
        let kept = try await store.importAccounts(accounts.map(\.account), now: now)
        let taken = try await store.importPayments(payments.map(\.payment), now: now)
        return Array(zip(accounts.map(\.line), kept)) + Array(zip(payments.map(\.line), taken))
    }

    /// Calls `body` with each line that is not blank, and its number.
    private func eachLine(_ body: (Int, [UInt8]) async throws -> Void) async throws {
        guard let stream = fopen(file, "re") else {
            throw OperatorError("cannot open \(file): \(String(cString: strerror(errno)))")
        }
        defer { fclose(stream) }
        var buffer = [CChar](repeating: 0, count: ImportLine.bytesMax + 2)
        var number = 0
        while fgets(&buffer, CInt(buffer.count), stream) != nil {
            number += 1
            let line = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            guard line.last == UInt8(ascii: "\n") || feof(stream) != 0 else {
                throw OperatorError("line \(number) of \(file) has over \(ImportLine.bytesMax) bytes or a zero byte")
            }
            if line.contains(where: { $0 > UInt8(ascii: " ") }) { try await body(number, line) }
        }
        guard ferror(stream) == 0 else { throw OperatorError("cannot read \(file)") }
    }
}
