// `pspd status` as a program, with no worker running: it reads the store and the metrics file themselves.

import Foundation
import GRDB
import Logging
import Metrics
import Store
import Synchronization
import Testing

@testable import pspd

@Suite("status", .timeLimit(.minutes(1))) struct StatusCommandTests {
    private func run(
        _ fixture: ConfigurationFixture, _ arguments: String...
    ) throws -> (status: Int32, output: String, errors: String) {
        let file = fixture.file(ConfigurationFixture.minimal)
        return try BuiltProgram(["status", "--config", file] + arguments).outcome()
    }

    @Test("Without workers it shows queue, courier, store and keys, and says what is missing")
    func text() async throws {
        let fixture = try ConfigurationFixture()
        let store = try Store(path: "\(fixture.folder)/pspd.db")
        var courier = CourierStatus(processID: 1, startedAt: 1_790_000_000_000)
        courier.breaker = .open
        courier.lastError = "timeout"
        try await store.keep(courier)
        store.close()
        let outcome = try run(fixture)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("! No courier is running: events are not being delivered.\n"))
        #expect(outcome.output.contains("! The breaker is open: deliveries to Wix fail; last error timeout.\n"))
        #expect(outcome.output.contains("2048 bits, SHA-256 "))
        #expect(outcome.errors == "")
    }

    @Test("--format json prints the same report, with the processes that live and without those that are dead")
    func json() throws {
        let fixture = try ConfigurationFixture()
        let path = "\(fixture.folder)/pspd.db"
        try Store(path: path).close()
        let metrics = try Metrics(store: path)
        let slot = try #require(metrics.join(as: .worker, at: 0))
        let outcome = try run(fixture, "--format", "json")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let processes = try #require(report["processes"] as? [[String: Any]])
        #expect(processes.map { $0["pid"] as? Int } == [Int(getpid())])
        #expect((report["attention"] as? [String])?.first == "No courier is running: events are not being delivered.")
        slot.leave()
        let after = try run(fixture, "--format", "json")
        #expect(after.output.contains("No worker is running"))
    }

    @Test("Where there is no store it says so, and makes none")
    func noStore() throws {
        let fixture = try ConfigurationFixture()
        let outcome = try run(fixture)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("there is no store at \(fixture.folder)/pspd.db"))
        #expect(!FileManager.default.fileExists(atPath: "\(fixture.folder)/pspd.db"))
    }

    @Test("A damaged store is named, the rest is shown, and the exit status is 1", arguments: ["text", "json"])
    func damaged(_ format: String) throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("pspd.db", "no database at all, but long enough to be looked at as if it were one")
        let outcome = try run(fixture, "--format", format)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("The store can't be read: "))
        #expect(outcome.output.contains(format == "json" ? #""bits" : 2048"# : "2048 bits, SHA-256 "))
    }

    @Test("A store of a newer version ends it with 1")
    func newer() throws {
        let fixture = try ConfigurationFixture()
        let path = "\(fixture.folder)/pspd.db"
        try Store(path: path).close()
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('of a later version')")
        }
        let outcome = try run(fixture)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("was written by a newer pspd"))
    }

    @Test("An empty file is said to be empty, and stays so")
    func empty() throws {
        let fixture = try ConfigurationFixture()
        let path = try fixture.write("pspd.db", "")
        let outcome = try run(fixture)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("\(path) is empty"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
    }

    @Test("An error that is logged is shown with its cause; a warning is not")
    func errors() {
        let seen = Mutex<[String]>([])
        LogLines.observeErrors { text in seen.withLock { $0.append(text) } }
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        let logger = Logger(label: "test") { label in
            LineLogHandler(
                label: label, role: "worker", settings: .init(level: .info, format: .json), descriptor: null)
        }
        logger.warning("odd", metadata: ["error": "nothing"])
        logger.error("store failed", metadata: ["error": "full: disk", "request": "r"])
        logger.critical("can't run")
        LogLines.observeErrors { _ in }
        close(null)
        #expect(seen.withLock { $0 } == ["store failed: full: disk", "can't run"])
    }
}
