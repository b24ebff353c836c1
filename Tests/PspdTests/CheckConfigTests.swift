// `pspd check-config` as a program: exit status, what goes to standard output and what to standard error.

import Foundation
import Testing

@testable import pspd

@Suite("check-config", .timeLimit(.minutes(1)))
struct CheckConfigTests {
    private func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String, errors: String) {
        try BuiltProgram(["check-config"] + arguments, environment: environment).outcome()
    }

    @Test("A good configuration is one line, one for each key's fingerprint, and exit status 0")
    func good() throws {
        let fixture = try ConfigurationFixture()
        let file = fixture.file(ConfigurationFixture.minimal)
        let outcome = try run(["--config", file])
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2 && lines.first == "\(file): OK")
        #expect(lines.last?.wholeMatch(of: /\/.*\.pem: 2048 bits, SHA-256 [0-9a-f]{64}/) != nil)
        #expect(outcome.errors == "")
    }

    @Test("Each fault is a line with file, key and reason on standard error, and the exit status is 1")
    func faults() throws {
        let fixture = try ConfigurationFixture()
        let file = fixture.file(ConfigurationFixture.minimal + "workers: 0\nwokers: 1\n")
        let outcome = try run(["--config", file], environment: ["PSPD_LOG_LEVEL": "loud"])
        #expect(outcome.status == 1)
        #expect(outcome.output == "")
        let lines = Set(outcome.errors.split(separator: "\n").map(String.init))
        #expect(
            lines == [
                "\(file):9: workers: must be a whole number of 1 to 256 processes",
                "\(file):10: wokers: unknown key; did you mean workers?",
                "environment variable PSPD_LOG_LEVEL: log.level: must be "
                    + "trace, debug, info, notice, warning, error, or critical",
            ]
        )
    }

    @Test("A warning is printed and changes nothing")
    func warning() throws {
        let fixture = try ConfigurationFixture()
        let path = try fixture.write("app-secret", "s", mode: 0o644)
        let file = fixture.file(ConfigurationFixture.minimal)
        let outcome = try run(["--config", file])
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("\(file): OK\n"))
        let reason = "\(path): every user of this machine can read this secret"
        #expect(outcome.errors == "warning: \(file):7: wix.app-secret-file: \(reason)\n")
    }

    @Test("The journal gets each fault as an error and each warning as a warning")
    func journal() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("app-secret", "s", mode: 0o644)
        let file = fixture.file(ConfigurationFixture.minimal + "workers: 0\n")
        let stream = "JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/self/fd/2)"
        let program = try BuiltProgram(
            ["check-config", "--config", file],
            launcher: ["sh", "-c", "export \(stream); exec \"$@\"", "sh"])
        let lines = program.outcome().errors.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("<3>\(file):9: workers: must be") == true)
        #expect(lines.last?.hasPrefix("<4>warning: \(file):7: wix.app-secret-file: ") == true)
    }

    @Test("--format json prints one object, for good and for bad")
    func json() throws {
        let fixture = try ConfigurationFixture()
        for (yaml, isGood) in [(ConfigurationFixture.minimal, true), ("workers: 0\n", false)] {
            let outcome = try run(["--config", fixture.file(yaml), "--format", "json"])
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            )
            #expect(object["ok"] as? Bool == isGood)
            #expect((object["faults"] as? [[String: Any]])?.contains { $0["key"] as? String == "workers" } == !isGood)
            let keys = object["keys"] as? [[String: Any]]
            #expect(keys?.map { $0["bits"] as? Int } == (isGood ? [2_048] : []))
            #expect(outcome.status == (isGood ? 0 : 1))
        }
    }
}
