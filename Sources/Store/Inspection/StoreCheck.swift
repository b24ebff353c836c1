// `pspd store check`: SQLite's own check of the file, then the rules that hold between its rows.

import GRDB

/// What a check found.
public struct StoreCheck: Sendable, Hashable {
    /// A rule that does not hold.
    public struct Finding: Sendable, Hashable, Encodable {
        /// The rule, in a stable word.
        public let rule: String
        /// What ought to be.
        public let meaning: String
        /// How many rows break it.
        public let count: Int
        /// Some of them: ids at Wix where there is one.
        public let examples: [String]
    }

    /// What SQLite says of the file; empty when it is whole.
    public let damage: [String]
    /// The rules that do not hold. Not looked at when the file is damaged.
    public let findings: [Finding]
    /// Whether all is well.
    public var isSound: Bool { damage.isEmpty && findings.isEmpty }
}

extension StoreInspector {
    /// Rows of a broken rule that are named.
    private static let examplesMax = 5
    /// Lines of SQLite's own findings that are kept.
    private static let damageLinesMax = 20

    /// Checks the whole file. Takes minutes for millions of payments.
    public func check() throws(StoreError) -> StoreCheck {
        let damage = try self.damage()
        guard damage.isEmpty else { return StoreCheck(damage: damage, findings: []) }
        return try snapshot { db in
            let horizon = try Marks.value(db, .eventsRetiredBefore) ?? .min
            let findings = try CheckRule.all.compactMap { try finding(db, $0, horizon: horizon) }
            return StoreCheck(damage: [], findings: findings)
        }
    }

    /// Outside a transaction, whose end fails as well in a damaged file.
    private func damage() throws(StoreError) -> [String] {
        do {
            return try database.inDatabase { db in
                let lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(Self.damageLinesMax))")
                return lines == ["ok"] ? [] : lines
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return [error.message ?? "the file is malformed"]
        } catch {
            throw StoreError(error).at(path)
        }
    }

    private func finding(_ db: Database, _ rule: CheckRule, horizon: Int64) throws -> StoreCheck.Finding? {
        let arguments: StatementArguments = rule.sql.contains(":horizon") ? ["horizon": horizon] : []
        let rows = try String.fetchCursor(db, sql: rule.sql, arguments: arguments)
        var count = 0
        var examples: [String] = []
        while let example = try rows.next() {
            count += 1
            if examples.count < Self.examplesMax { examples.append(example) }
        }
        guard count > 0 else { return nil }
        return StoreCheck.Finding(rule: rule.name, meaning: rule.meaning, count: count, examples: examples)
    }
}
