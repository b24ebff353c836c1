// `pspd check-config` and `pspd serve` with a configuration that is wrong: every fault by file, key and reason, exit 1.

import Foundation
import Testing
import TestStack

@Suite("Configuration", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct ConfigurationTests {
    /// A folder with a configuration and what it names.
    private func configuration(_ changes: [String: JSON?]) async throws -> (folder: String, file: String) {
        let keys = try await Keys.shared()
        let folder = NSTemporaryDirectory() + "pspd-e2e-config-\(newID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var config: JSON = [
            "listen": .string("\(folder)/pspd.sock"), "store": .string("\(folder)/pspd.db"),
            "public-base-url": "https://pay.example.com", "processor": "sandbox",
            "wix": [
                "app-id": .string(Keys.appID), "app-secret-file": .string(keys.path("app-secret")),
                "public-key-files": [.string(keys.path("wix-public.pem"))],
            ],
        ]
        for (path, value) in changes { config = config.setting(path, value) }
        try Data(config.bytes).write(to: URL(filePath: "\(folder)/pspd.yaml"))
        return (folder, "\(folder)/pspd.yaml")
    }

    @Test("A good configuration is said to be one, with exit status 0")
    func good() async throws {
        let (folder, file) = try await configuration([:])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try await Outcome.of([BuiltProgram.pspd, "check-config", "--config", file])
        #expect(outcome.status == 0, "\(outcome)")
    }

    static let faults: [(String, JSON?)] = [
        ("processor", nil), ("processor", "paypal"), ("wix.app-id", nil), ("wix.app-id", 7),
        ("wix.app-secret-file", "/nowhere/secret"), ("wix.public-key-files", []),
        ("wix.public-key-files", ["/etc/hostname"]), ("workers", "two"), ("workers", 0), ("workers", -1),
        ("workers", 1.5), ("require-connected-merchant", "perhaps"), ("wix.api-base-url", "http://localhost"),
        ("wix.ca-file", "/etc/hostname"), ("answer-deadline-seconds", []),
        ("courier.retry-schedule-seconds", [1, "x"]),
        ("courier.retry-schedule-seconds", []), ("sandbox.currencies", ["EUR", "XXX"]), ("log.level", "loud"),
        ("wix.capture-void-reason-codes.failed", 42), ("worker", 2), ("wix.app-secret", "s3cret"),
        ("sandbox.pending-secs", 2), ("courier", "fast"), ("public-base-url", "pay.example.com"),
    ]

    @Test(
        "A fault is named by file, key and reason, by check-config and by serve, with exit status 1", arguments: faults)
    func fault(_ key: String, _ value: JSON?) async throws {
        let (folder, file) = try await configuration([key: value])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for command in ["check-config", "serve"] {
            let outcome = try await Outcome.of([BuiltProgram.pspd, command, "--config", file])
            #expect(outcome.status == 1, "\(command)")
            #expect(outcome.errors.contains(file))
            #expect(outcome.errors.contains(key), "\(outcome.errors)")
            #expect(!outcome.errors.contains("s3cret"))
        }
    }

    @Test("Every fault is named at once")
    func several() async throws {
        let (folder, file) = try await configuration([
            "workers": "two", "processor": nil, "wix.app_id": 1, "lisen": "x",
        ])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try await Outcome.of([BuiltProgram.pspd, "check-config", "--config", file, "--format", "json"])
        #expect(outcome.status == 1)
        let report = try JSON(parsing: Array(outcome.output.utf8))
        let keys = report["faults"]?.elements.compactMap { $0["key"]?.text } ?? []
        #expect(Set(keys) == ["workers", "processor", "wix.app_id", "lisen"])
    }

    @Test("A null counts as absent: the default, or missing where there is none")
    func null() async throws {
        let (folder, file) = try await configuration([
            "workers": .some(.null), "courier": .some(.null), "processor": .some(.null),
        ])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try await Outcome.of([BuiltProgram.pspd, "check-config", "--config", file])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("processor"))
        #expect(!outcome.errors.contains("workers"))
        #expect(!outcome.errors.contains("courier"))
    }

    @Test("Files that are missing, unreadable as YAML or empty", arguments: [nil, "a: [", "", "- 1\n- 2\n"])
    func files(_ text: String?) async throws {
        let file = NSTemporaryDirectory() + "pspd-e2e-config-\(newID()).yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        if let text { try Data(text.utf8).write(to: URL(filePath: file)) }
        let outcome = try await Outcome.of([BuiltProgram.pspd, "check-config", "--config", file])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(file))
    }

    @Test("The environment overrides the file, and its faults are named too")
    func environment() async throws {
        let (folder, file) = try await configuration(["workers": 1])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let command = [BuiltProgram.pspd, "check-config", "--config", file]
        #expect(try await Outcome.of(command, environment: ["PSPD_WORKERS": "3"]).status == 0)
        let outcome = try await Outcome.of(command, environment: ["PSPD_WORKERS": "many"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("PSPD_WORKERS"))
    }
}
