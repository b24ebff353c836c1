// Lines of the log: always one line, always valid, never longer than the limit.

import Foundation
import Glibc
import Logging
import Testing

@testable import pspd

@Suite("Log lines")
struct LogLineTests {
    private func line(_ message: String = "hello", _ metadata: Logger.Metadata = [:]) -> LogLine {
        LogLine(
            time: WallTime(millisecondsSince1970: 1_795_251_900_042), level: .warning, message: message,
            origin: .init(label: "pspd.test", role: "worker", pid: 42), metadata: metadata
        )
    }

    private func object(_ line: LogLine) throws -> [String: Any] {
        let bytes = line.json()
        #expect(bytes.count <= LogLine.lineBytesMax)
        #expect(bytes.lastIndex(of: UInt8(ascii: "\n")) == bytes.count - 1)
        #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("A JSON line has the fixed members first and then the metadata by name")
    func json() {
        let line = line("hello", ["b": "2", "a": .stringConvertible(1)])
        #expect(
            String(decoding: line.json(), as: UTF8.self) == """
                {"time":"2026-11-21T09:05:00.042Z","level":"warning","message":"hello","label":"pspd.test",\
                "role":"worker","pid":42,"a":1,"b":"2"}

                """
        )
    }

    @Test("A plain line is one line")
    func plain() {
        let text = String(decoding: line("a\nb\u{1B}[0m", ["k": "x\ty"]).plain(), as: UTF8.self)
        #expect(text == "2026-11-21T09:05:00.042Z warning worker[42] pspd.test: a b [0m k=x y\n")
    }

    static let texts = ["", "\"", "\\", "\n\r\t", "\u{0}\u{1F}\u{7F}", "ä€😀", "\u{2028}", "</script>", "e\u{301}"]

    @Test("Any text comes back as it was", arguments: texts)
    func escaping(_ text: String) throws {
        let object = try object(line(text, ["key \(text)": .string(text)]))
        #expect(object["message"] as? String == text)
        #expect(object["key \(text)"] as? String == text)
    }

    @Test("Nested metadata becomes nested JSON")
    func nested() throws {
        let metadata: Logger.Metadata = ["d": ["list": ["x", .stringConvertible(2), ["y": .stringConvertible(true)]]]]
        let object = try object(line("m", metadata))
        let list = try #require((object["d"] as? [String: Any])?["list"] as? [Any])
        #expect(list[0] as? String == "x")
        #expect(list[1] as? Int == 2)
        #expect((list[2] as? [String: Bool]) == ["y": true])
    }

    @Test("Metadata can't take the place of a fixed member")
    func reserved() throws {
        let object = try object(line("m", ["level": "trace", "time": "now", "role": "x"]))
        #expect(object["level"] as? String == "warning")
        #expect(object["role"] as? String == "worker")
    }

    static let long =
        [
            (String(repeating: "x", count: 100_000), [:]),
            (String(repeating: "\u{1}", count: 100_000), [:]),
            (String(repeating: "😀", count: 100_000), ["a": .string(String(repeating: "😀", count: 100_000))]),
            (
                "m",
                Dictionary(uniqueKeysWithValues: (0..<1000).map { ("key\($0)", Logger.MetadataValue.string("value")) })
            ),
            ("m", ["list": .array(Array(repeating: "value", count: 5000))]),
            ("m", [String(repeating: "k", count: 5000): "v", "z": "kept"]),
        ] as [(String, Logger.Metadata)]

    @Test("A line over the limit is cut and still valid", arguments: long.indices)
    func limit(_ index: Int) throws {
        let (message, metadata) = Self.long[index]
        let object = try object(line(message, metadata))
        #expect((object["message"] as? String)?.isEmpty == false)
        let plain = line(message, metadata).plain()
        #expect(plain.count <= LogLine.lineBytesMax)
        #expect(String(validating: plain, as: UTF8.self) != nil)
    }

    @Test("Members that were left out are told of, and short ones after them stay")
    func cut() throws {
        let object = try object(line("m", ["a": .array(Array(repeating: "value", count: 5000)), "b": "kept"]))
        #expect(object["cut"] as? Bool == true)
        #expect(object["a"] == nil)
        #expect(object["b"] as? String == "kept")
    }

    static let times: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (1_795_251_900_042, "2026-11-21T09:05:00.042Z"),
    ]

    @Test("Times are RFC 3339 in UTC", arguments: times)
    func time(_ milliseconds: Int64, _ text: String) {
        #expect(WallTime(millisecondsSince1970: milliseconds).rfc3339 == text)
    }

    @Test("A record is one write of its logger's, its provider's and its own metadata")
    func handler() throws {
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let handler = LineLogHandler(
            label: "l", role: "r", settings: .init(level: .info, format: .json),
            metadataProvider: .init { ["b": "provider", "c": "provider"] }, descriptor: ends[1]
        )
        var logger = Logger(label: "l") { _ in handler }
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger.debug("below the level")
        logger.info("m", metadata: ["c": "own"])
        var buffer = [UInt8](repeating: 0, count: LogLine.lineBytesMax)
        let count = read(ends[0], &buffer, buffer.count)
        let data = Data(buffer.prefix(count))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["message"] as? String == "m")
        #expect(["a", "b", "c"].map { object[$0] as? String } == ["logger", "provider", "own"])
        #expect(object["pid"] as? Int == Int(getpid()))
    }

    static let levels: [(Logger.Level, String)] = [
        (.critical, "<2>"), (.error, "<3>"), (.warning, "<4>"), (.notice, "<5>"), (.info, "<6>"), (.debug, "<7>"),
    ]

    @Test("For the journal a line starts with its level's number", arguments: levels)
    func journal(_ level: Logger.Level, _ prefix: String) throws {
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let handler = LineLogHandler(
            label: "l", role: "r", settings: .init(level: .debug, format: .json), descriptor: ends[1],
            isForJournal: true)
        Logger(label: "l") { _ in handler }.log(level: level, "m")
        var buffer = [UInt8](repeating: 0, count: LogLine.lineBytesMax)
        let count = read(ends[0], &buffer, buffer.count)
        let line = String(decoding: buffer.prefix(count), as: UTF8.self)
        #expect(line.hasPrefix(prefix + "{"))
    }

    @Test("The journal is told from other readers by device and inode")
    func journalStream() throws {
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        var status = stat()
        #expect(fstat(ends[1], &status) == 0)
        let stream = "\(status.st_dev):\(status.st_ino)"
        #expect(Journal.reads(ends[1], environment: ["JOURNAL_STREAM": stream]))
        #expect(!Journal.reads(ends[1], environment: ["JOURNAL_STREAM": stream + "0"]))
        #expect(!Journal.reads(ends[1], environment: [:]))
        #expect(!Journal.reads(-1, environment: ["JOURNAL_STREAM": stream]))
    }

    @Test("A log that can't be written is no reason to stop")
    func closed() {
        let handler = LineLogHandler(
            label: "l", role: "r", settings: .init(level: .info, format: .json), descriptor: -1
        )
        Logger(label: "l") { _ in handler }.info("nobody reads this")
    }
}
