// What the operator's commands share: opening the store, tables, JSON.

import ArgumentParser
import Foundation
import Store

/// Something that the operator has to know; ends the command with exit status 1.
struct OperatorError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The store, for a command.
enum OperatorStore {
    /// Opens the configured store. It has to exist: a command that mistook its path must not make a new one.
    static func open(_ config: ConfigurationOption) throws -> Store {
        // No role: secrets and keys are not read.
        let path = try config.load(for: []).configuration.store
        try demandFile(at: path)
        return try Store(path: path)
    }

    /// Throws unless there is a store, or at least a file that is not empty.
    static func demandFile(at path: String) throws(OperatorError) {
        do throws(StoreError) {
            try StoreInspector.demandFile(at: path)
        } catch {
            throw OperatorError(error.reason)
        }
    }
}

/// JSON for programs.
enum JSONOutput {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// A table for people, its columns as wide as needed.
struct TextTable {
    private var rows: [[String]]
    private let numbersFrom: Int

    /// - Parameter numbersFrom: columns from here on are numbers and stand to the right.
    init(_ titles: [String], numbersFrom: Int = .max) {
        rows = [titles]
        self.numbersFrom = numbersFrom
    }

    init(_ titles: String...) { self.init(titles) }

    mutating func add(_ row: [String]) { rows.append(row) }

    mutating func add(_ row: String...) { add(row) }

    func print() {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column >= numbersFrom ? space + text : text + space
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            Swift.print(line)
        }
    }
}

extension WallTime {
    /// Milliseconds since 1970 as text.
    static func text(_ millisecondsSince1970: Int64) -> String {
        WallTime(millisecondsSince1970: millisecondsSince1970).rfc3339
    }
}
