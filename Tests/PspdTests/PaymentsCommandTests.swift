// `pspd payments` as a program: conflicts that an operator lists and ends.

import Foundation
import GRDB
import Store
import Testing

@Suite("payments", .timeLimit(.minutes(1))) struct PaymentsCommandTests {
    private let fixture: ConfigurationFixture
    private var path: String { "\(fixture.folder)/pspd.db" }

    init() throws { fixture = try ConfigurationFixture() }

    private func run(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
        let file = fixture.file(ConfigurationFixture.minimal)
        return try BuiltProgram(["payments"] + arguments + ["--config", file]).outcome()
    }

    private func openConflicts() throws -> [Int64] {
        let output = try run("conflicts", "--format", "json").output
        let list = try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
        return list.compactMap { $0["conflict"] as? Int64 }
    }

    @Test("A conflict is listed until it is resolved, by number")
    func conflicts() throws {
        try Store(path: path).close()
        try DatabaseQueue(path: path).write { db in
            for _ in 0..<2 {
                try db.execute(
                    sql: """
                        INSERT INTO conflicts (at, source, state, outcome) \
                        VALUES (1795251900042, 'notification', 'declined', 'approved')
                        """)
            }
        }
        let listed = try run("conflicts").output
        #expect(listed.contains("2026-11-21T09:05:00.042Z"))
        #expect(listed.contains("notification"))
        #expect(try openConflicts() == [1, 2])
        #expect(try run("resolve", "1").output == "conflict 1 is resolved\n")
        #expect(try openConflicts() == [2])
        let again = try run("resolve", "1", "2")
        #expect(again.status == 1)
        #expect(again.output == "conflict 2 is resolved\nconflict 1 is not open: unchanged\n")
        #expect(try openConflicts() == [])
    }
}
