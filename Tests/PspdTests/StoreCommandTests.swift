// `pspd store` as a program, on stores that are whole, damaged, missing and filled by an import.

import Foundation
import GRDB
import Store
import Testing
import WixPayments

@Suite("store", .timeLimit(.minutes(1))) struct StoreCommandTests {
    private let fixture: ConfigurationFixture
    private var path: String { "\(fixture.folder)/pspd.db" }

    init() throws { fixture = try ConfigurationFixture() }

    private func run(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
        let file = fixture.file(ConfigurationFixture.minimal)
        return try BuiltProgram(["store"] + arguments + ["--config", file]).outcome()
    }

    private static let merchant =
        #"{"type":"merchant","wixMerchantId":"m","mode":"live","accountId":"acc","country":"DE","currency":"EUR"}"#

    private static func payment(
        _ id: String, _ more: String = #""status":"approved""#, amount: Int64 = 4250
    ) -> String {
        #"{"type":"payment","wixTransactionId":"\#(id)","pluginTransactionId":"theirs-\#(id)","wixMerchantId":"m","#
            + #""amount":\#(amount),"currency":"EUR","createdAt":"2026-01-31T12:00:00Z",\#(more)}"#
    }

    private func importing(_ lines: [String]) throws -> (status: Int32, output: String, errors: String) {
        try fixture.write("import.jsonl", lines.joined(separator: "\n"))
        return try run("import", "\(fixture.folder)/import.jsonl")
    }

    @Test("An import is counted by stats, found sound by check, and changes nothing the second time")
    func imports() throws {
        try Store(path: path).close()
        let lines =
            [Self.merchant, ""]
            + (0..<1_200).map { Self.payment("p\($0)") } + [
                Self.payment("r", #""status":"approved","refundedAmount":50"#),
                Self.payment("a", #""status":"authorized""#),
                Self.payment("c", #""status":"captured","capturedAmount":4000,"refundedAmount":4000"#),
                Self.payment("v", #""status":"voided""#),
                Self.payment("d", #""status":"declined","reasonCode":3012"#),
                Self.payment("x", #""status":"canceled","mode":"sandbox""#),
            ]
        let first = try importing(lines)
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output == "1207 imported, 0 known already, 0 conflicting\n")
        #expect(try importing(lines).output == "0 imported, 1207 known already, 0 conflicting\n")
        let statistics = try run("stats", "--format", "json").output
        let counts = try #require(JSONSerialization.jsonObject(with: Data(statistics.utf8)) as? [String: Any])
        #expect(counts["importedPayments"] as? Int == 1_206)
        #expect((counts["payments"] as? [String: Int])?["approved"] == 1_201)
        #expect((counts["payments"] as? [String: Int])?["captured"] == 1)
        #expect(try run("stats").output.contains("payments imported"))
        let check = try run("check")
        #expect(check.status == 0, "\(check)")
        #expect(check.output == "\(path): sound\n")
    }

    @Test(
        "A line with a fault is named, and nothing is imported",
        arguments: [
            (#"{"type":"payment"}"#, "wixMerchantId is missing"), ("[]", "has the wrong type"), ("{", "is not a JSON"),
            (#"{"type":"shop","wixMerchantId":"m"}"#, "type is neither"),
            (#"{"type":"merchant","wixMerchantId":"m"}"#, "accountId is missing"),
            (payment("a", #""status":"pending""#), "status is none of"),
            (payment("a", #""status":"approved","refundedAmount":4251"#), "refundedAmount is more than"),
            (payment("a", #""status":"captured","capturedAmount":4251"#), "capturedAmount is more than"),
            (payment("a", #""status":"declined","reasonCode":5009"#), "reasonCode is not one"),
            (payment("a", #""status":"approved","mode":"test""#), "mode is neither"),
            (payment("a", amount: -1), "amount is out of range"), (payment(""), "wixTransactionId is not 1 to 200"),
        ])
    func faults(_ line: String, _ reason: String) throws {
        try Store(path: path).close()
        let outcome = try importing([Self.merchant, Self.payment("good"), line])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("line 3: "))
        #expect(outcome.errors.contains(reason), "\(outcome.errors)")
        #expect(outcome.errors.contains("nothing was imported"))
        let store = try Store(path: path)
        #expect(try store.account(wixMerchantId: "m", mode: .live) == nil)
        store.close()
    }

    @Test("A line that is too long is refused, not cut")
    func longLine() throws {
        try Store(path: path).close()
        let note = String(repeating: "x", count: 70_000)
        let outcome = try importing([Self.payment("a", #""status":"approved","note":"\#(note)""#)])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("line 1 of"))
    }

    @Test("An id that stands for something else is told with its line, and stays")
    func conflict() throws {
        try Store(path: path).close()
        _ = try importing([Self.payment("a")])
        let outcome = try importing([Self.payment("b"), Self.payment("a", amount: 1)])
        #expect(outcome.status == 1)
        #expect(outcome.output == "1 imported, 0 known already, 1 conflicting\n")
        #expect(outcome.errors.contains("line 2: "))
    }

    @Test("Of two lines with one id and different amounts the first is imported; as JSON, the result names the other")
    func conflictInFile() throws {
        try Store(path: path).close()
        try fixture.write("import.jsonl", [Self.payment("a"), Self.payment("a", amount: 1)].joined(separator: "\n"))
        let outcome = try run("import", "\(fixture.folder)/import.jsonl", "--format", "json")
        #expect(outcome.status == 1)
        let result = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(result["imported"] as? Int == 1)
        #expect(result["known"] as? Int == 0)
        #expect(result["conflictingLines"] as? [Int] == [2])
        let help = try run("import", "--help").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(help.contains("or in a line before it, is left out and named, the others are imported"))
    }

    @Test("A backup is whole, is never written over another file, and can be checked")
    func backup() throws {
        let store = try Store(path: path)
        _ = try importing([Self.payment("a")])
        let outcome = try run("backup", "\(fixture.folder)/copy.db")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try run("check", "--file", "\(fixture.folder)/copy.db").output.hasSuffix("copy.db: sound\n"))
        #expect(try run("backup", "\(fixture.folder)/copy.db").errors.contains("it exists already"))
        store.close()
        let copy = try Store(path: "\(fixture.folder)/copy.db")
        #expect(try copy.payment(pluginTransactionId: "theirs-a") != nil)
        copy.close()
    }

    @Test("check ends with 1 and names the rule that is broken")
    func broken() throws {
        try Store(path: path).close()
        _ = try importing([Self.payment("a", #""status":"approved","refundedAmount":50"#)])
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE payments SET refunded = 9999") }
        let outcome = try run("check")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("NOT sound"))
        let json = try run("check", "--format", "json")
        #expect(json.status == 1)
        let report = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(report["sound"] as? Bool == false)
        #expect((report["findings"] as? [Any])?.isEmpty == false)
    }

    @Test("Without a store each command says so, and makes none", arguments: ["check", "stats", "backup", "import"])
    func noStore(_ command: String) throws {
        try fixture.write("import.jsonl", Self.payment("a"))
        let arguments: [String: [String]] = [
            "backup": ["\(fixture.folder)/copy.db"], "import": ["\(fixture.folder)/import.jsonl"],
        ]
        let file = fixture.file(ConfigurationFixture.minimal)
        let outcome = try BuiltProgram(["store", command] + arguments[command, default: []] + ["--config", file])
            .outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("there is no store at \(path)"))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("An empty file is said to be empty, and stays so", arguments: ["check", "stats", "backup", "import"])
    func emptyStore(_ command: String) throws {
        try fixture.write("pspd.db", "")
        try fixture.write("import.jsonl", Self.payment("a"))
        let arguments: [String: [String]] = [
            "backup": ["\(fixture.folder)/copy.db"], "import": ["\(fixture.folder)/import.jsonl"],
        ]
        let file = fixture.file(ConfigurationFixture.minimal)
        let outcome = try BuiltProgram(["store", command] + arguments[command, default: []] + ["--config", file])
            .outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("\(path) is empty"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: fixture.folder).filter { $0.hasPrefix("pspd.db") }
                == ["pspd.db"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
    }
}
