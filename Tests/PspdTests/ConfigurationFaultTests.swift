// What is wrong with a configuration: each kind of fault names its place, its key and its reason.

import Foundation
import Testing

@testable import pspd

@Suite("Configuration faults")
struct ConfigurationFaultTests {
    /// Lines added to a valid configuration, and the fault they make.
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        let key: String
        /// A part of the reason.
        let reason: String
        var testDescription: String { "\(yaml.replacing("\n", with: "⏎")) → \(key)" }
    }

    static let cases = [
        // Unknown keys
        Case(yaml: "wokers: 3", key: "wokers", reason: "unknown key; did you mean workers?"),
        Case(yaml: "app-id: x", key: "app-id", reason: "did you mean wix.app-id?"),
        Case(yaml: "courier: { concurency: 3 }", key: "courier.concurency", reason: "mean courier.concurrency?"),
        Case(yaml: "zzz: 1", key: "zzz", reason: "unknown key"),
        // Wrong types
        Case(yaml: "workers: two", key: "workers", reason: "must be a whole number of 1 to 256 processes, not text"),
        Case(yaml: "workers: \"2\"", key: "workers", reason: "not text"),
        Case(yaml: "workers: 2.5", key: "workers", reason: "not a decimal number"),
        Case(yaml: "workers: [2]", key: "workers", reason: "not a list"),
        Case(yaml: "workers: {}", key: "workers", reason: "not a mapping"),
        Case(yaml: "require-connected-merchant: 1", key: "require-connected-merchant", reason: "must be true or false"),
        Case(yaml: "socket-group: 33", key: "socket-group", reason: "not a whole number"),
        Case(yaml: "socket-group: true", key: "socket-group", reason: "not true or false"),
        Case(yaml: "socket-group: 2026-11-21", key: "socket-group", reason: "not a date"),
        Case(yaml: "sandbox: { currencies: EUR }", key: "sandbox.currencies", reason: "must be a list"),
        Case(yaml: "sandbox: { currencies: [EUR, 1] }", key: "sandbox.currencies", reason: "a list of other values"),
        Case(yaml: "sandbox: 3", key: "sandbox", reason: "must be a mapping of keys to values"),
        Case(yaml: "log: [info]", key: "log", reason: "must be a mapping of keys to values, not a list"),
        Case(
            yaml: "courier: { retry-schedule-seconds: [1, soon] }", key: "courier.retry-schedule-seconds",
            reason: "not a list of other values"
        ),
        // Out of range
        Case(yaml: "workers: 0", key: "workers", reason: "1 to 256 processes"),
        Case(yaml: "threads-per-worker: 1025", key: "threads-per-worker", reason: "1 to 1024 threads"),
        Case(yaml: "stop-grace-seconds: -1", key: "stop-grace-seconds", reason: "seconds"),
        Case(
            yaml: "courier: { retry-schedule-seconds: [] }", key: "courier.retry-schedule-seconds",
            reason: "a list of 1 to 64"
        ),
        Case(
            yaml: "courier: { retry-schedule-seconds: [-1] }", key: "courier.retry-schedule-seconds",
            reason: "each 0 to 604800 seconds"
        ),
        Case(
            yaml: "log: { level: loud }", key: "log.level",
            reason: "must be trace, debug, info, notice, warning, error, or critical"
        ),
        Case(yaml: "log: { format: xml }", key: "log.format", reason: "json or plain"),
        Case(yaml: "sandbox: { currencies: [EUR, XXX] }", key: "sandbox.currencies", reason: "Wix lists"),
        Case(yaml: "sandbox: { currencies: [] }", key: "sandbox.currencies", reason: "a list"),
        Case(yaml: "socket-group: \"\"", key: "socket-group", reason: "an identifier"),
        Case(yaml: "socket-group: \"www data\"", key: "socket-group", reason: "without spaces"),
        Case(yaml: "listen: /\(String(repeating: "x", count: 107))", key: "listen", reason: "at most 107 bytes"),
    ]

    @Test("A fault names the line, the key and the reason", arguments: cases)
    func fault(_ fault: Case) throws {
        let fixture = try ConfigurationFixture()
        // Without those that a case sets itself: a key stands once.
        let usual = ConfigurationFixture.minimal.replacing(
            ConfigurationFixture.places, with: "store: {folder}/pspd.db\n")
        let found = fixture.faults(usual + fault.yaml)
        #expect(found.map(\.key) == [fault.key])
        #expect(found.first?.reason.contains(fault.reason) == true, "\(found)")
        let line = usual.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(found.first?.place == .file("\(fixture.folder)/pspd.yaml", line: line))
    }

    /// Members added to the section `wix` of a valid configuration.
    static let wixCases = [
        Case(yaml: "user-agent: banana", key: "wix.user-agent", reason: "{name}/{version}"),
        Case(yaml: "user-agent: \"banana pay/1\"", key: "wix.user-agent", reason: "{name}/{version}"),
        Case(yaml: "user-agent: \"a/1\\nX: y\"", key: "wix.user-agent", reason: "{name}/{version}"),
        Case(yaml: "api-base-url: http://localhost:8444", key: "wix.api-base-url", reason: "https://"),
        Case(yaml: "api-base-url: localhost:8444", key: "wix.api-base-url", reason: "https://"),
        Case(yaml: "api-base-url: https://u:p@localhost", key: "wix.api-base-url", reason: "without user"),
        Case(yaml: "api-base-url: https://localhost/?a=b", key: "wix.api-base-url", reason: "query"),
        Case(yaml: "api-base-url: \"https://\"", key: "wix.api-base-url", reason: "https://"),
        Case(
            yaml: "capture-void-reason-codes: { failed: 12 }", key: "wix.capture-void-reason-codes.failed",
            reason: "of Wix's table"
        ),
        Case(
            yaml: "capture-void-reason-codes: { failed: 3022 }", key: "wix.capture-void-reason-codes.failed",
            reason: "a general or declined"
        ),
        Case(
            yaml: "capture-void-reason-codes: { failed: \"6000\" }", key: "wix.capture-void-reason-codes.failed",
            reason: "not text"
        ),
    ]

    @Test("A fault within a section names the whole key", arguments: wixCases)
    func faultInSection(_ fault: Case) throws {
        let found = try ConfigurationFixture().faults("\(ConfigurationFixture.minimal)  \(fault.yaml)\n")
        #expect(found.map(\.key) == [fault.key])
        #expect(found.first?.reason.contains(fault.reason) == true, "\(found)")
    }

    @Test("Every fault is named, not just the first")
    func allFaults() throws {
        let yaml = "workers: 0\nwokers: 1\nlog: { level: loud, format: xml }\nsandbox: { pending-seconds: soon }\n"
        let found = try ConfigurationFixture().faults(ConfigurationFixture.minimal + yaml, environment: ["PSPD_X": "1"])
        #expect(
            Set(found.map(\.key)) == [
                "workers", "wokers", "log.level", "log.format", "sandbox.pending-seconds", nil,
            ]
        )
        #expect(found.count == 6)
    }

    @Test("A fault never repeats the value")
    func noValues() throws {
        let yaml = "socket-group: \"geheim geheim\"\nworkers: geheim\nwix: { app-id: \"geheim 1\" }\n"
        #expect(try ConfigurationFixture().faults(yaml).allSatisfy { !$0.description.contains("geheim") })
    }

    /// Whole files that are no configuration, and the reason.
    static let files = [
        ("a: b\n  c: [", "is not valid YAML: mapping values are not allowed in this context (line 2, column 4)", 2),
        ("a: \"b", "is not valid YAML", 1),
        ("---\na: 1\n---\nb: 1", "is not valid YAML: but found another document", 3),
        ("- a\n- b", "must be a mapping of keys to values, not a list", 1),
        ("just text", "must be a mapping of keys to values, not text", 1),
    ]

    @Test("A file that is no YAML mapping has that one fault, with its line", arguments: files)
    func notYAML(_ text: String, _ reason: String, _ line: Int) throws {
        let fixture = try ConfigurationFixture()
        let found = fixture.faults(text)
        #expect(found.count == 1)
        #expect(found.first?.reason.hasPrefix(reason) == true, "\(found)")
        #expect(found.first?.place == .file("\(fixture.folder)/pspd.yaml", line: line))
    }

    @Test("A key that stands twice is a fault")
    func duplicate() throws {
        let found = try ConfigurationFixture().faults("workers: 2\nworkers: 3\n")
        #expect(found.map(\.key) == ["workers"])
        #expect(found.first?.reason.contains("more than once") == true)
    }

    @Test("A file that can't be read has the system's reason")
    func unreadable() throws {
        let fixture = try ConfigurationFixture()
        #expect(throws: ConfigurationFaults.self) {
            try PspdConfiguration.load(file: "\(fixture.folder)/missing.yaml", roles: .all, environment: [:])
        }
        do throws(ConfigurationFaults) {
            _ = try PspdConfiguration.load(file: fixture.folder, roles: .all, environment: [:])
        } catch {
            #expect(error.faults.map(\.description) == ["\(fixture.folder): Is a directory"])
        }
    }

    @Test("A file that is too long or not text is refused")
    func notText() throws {
        let fixture = try ConfigurationFixture()
        let long = String(repeating: "#", count: PspdConfiguration.fileBytesMax + 1)
        #expect(fixture.faults(long).map(\.reason) == ["is longer than \(PspdConfiguration.fileBytesMax) bytes"])
        try Data([0x61, 0x3A, 0xFF]).write(to: URL(fileURLWithPath: "\(fixture.folder)/latin.yaml"))
        do throws(ConfigurationFaults) {
            _ = try PspdConfiguration.load(file: "\(fixture.folder)/latin.yaml", roles: .all, environment: [:])
            Issue.record("loaded")
        } catch {
            #expect(error.faults.map(\.reason) == ["is not UTF-8 text"])
        }
    }
}
