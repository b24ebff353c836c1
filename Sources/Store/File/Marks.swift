// Small numbers that the store keeps about itself.

import GRDB

enum Marks: String {
    /// Checkpoints begun; see Checkpoints.swift.
    case checkpoints
    /// Operations settled before this, milliseconds since 1970, may have lost their events to retention.
    case eventsRetiredBefore = "events-retired-before"

    static func increase(_ db: Database, _ mark: Marks) throws {
        try db.cachedStatement(
            sql: "INSERT INTO marks (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
        ).execute(arguments: [mark.rawValue])
    }

    /// Raises a mark to `value`; it never falls.
    static func raise(_ db: Database, _ mark: Marks, to value: Int64) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO marks (name, value) VALUES (?, ?) \
                ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
                """
        ).execute(arguments: [mark.rawValue, value])
    }

    static func value(_ db: Database, _ mark: Marks) throws -> Int64? {
        try Int64.fetchOne(
            try db.cachedStatement(sql: "SELECT value FROM marks WHERE name = ?"), arguments: [mark.rawValue])
    }
}
