// Bodies made to cost more than they should (issue 7, Limits and abuse): too large, endless, nested, wide, with numbers
// and strings of any length. Signed, so that they reach the parser. Good calls are answered meanwhile.

import Foundation
import Testing
import TestStack

@Suite("Hostile bodies", .timeLimit(.minutes(15)), .inTurn, .keepingLogs)
struct HostileBodyTests {
    /// What becomes of a signed body.
    enum Fate: Sendable, Equatable {
        /// No JSON object that is read here: 400.
        case notJSON
        /// A payment all the same: 200 without a reason code.
        case approved
        /// A bad value: 200 with one of these reason codes, and no effect.
        case refused(Set<Int64>)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fate: Fate
        /// A body for a payment of this id.
        let body: @Sendable (String) throws -> [UInt8]

        init(_ name: String, _ fate: Fate, _ body: @escaping @Sendable (String) throws -> [UInt8]) {
            testDescription = name
            self.fate = fate
            self.body = body
        }
    }

    /// A good payment with JSON text as one more member, or in the place of one.
    private static func payment(_ id: String, _ text: String, at path: String = "unknown") throws -> [UInt8] {
        let mark = "the-mark-of-this-test"
        let whole = String(
            decoding: try Sample.payment(id: id).setting(path, .string(mark)).bytes, as: UTF8.self)
        return Array(whole.replacingOccurrences(of: "\"\(mark)\"", with: text).utf8)
    }

    private static func nested(_ open: String, _ close: String, levels: Int) -> String {
        String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
    }

    private static func row(
        _ name: String, _ fate: Fate, at path: String = "unknown", _ text: @escaping @Sendable () -> String
    ) -> Row {
        Row(name, fate) { try payment($0, text(), at: path) }
    }

    private static let badValue: Fate = .refused([1004, 1007, 1009])
    private static let amount = "order.description.totalAmount"

    static let rows = [
        row("arrays, 10,000 deep", .notJSON) { nested("[", "]", levels: 10_000) },
        row("objects, 10,000 deep", .notJSON) { nested(#"{"a":"#, "}", levels: 10_000) },
        row("arrays and objects by turns, 10,000 deep", .notJSON) { nested(#"[{"a":"#, "}]", levels: 5_000) },
        row("arrays that never end", .notJSON) { String(repeating: "[", count: 200_000) },
        row("a wide object", .approved) { "{" + (0..<20_000).map { #""k\#($0)":1"# }.joined(separator: ",") + "}" },
        row("a long array", .approved) { "[" + String(repeating: "1,", count: 100_000) + "1]" },
        row("an array of empty objects", .approved) { "[" + String(repeating: "{},", count: 70_000) + "{}]" },
        row("a number of 200,000 digits, unread", .approved) { String(repeating: "9", count: 200_000) },
        row("an amount of 200,000 digits", badValue, at: amount) { String(repeating: "9", count: 200_000) },
        row("an amount of 200,000 digits as text", badValue, at: amount) {
            "\"" + String(repeating: "9", count: 200_000) + "\""
        },
        row("an amount with a huge exponent", badValue, at: amount) { "1e999999999" },
        row("an amount with a tiny exponent", badValue, at: amount) { "1e-999999999" },
        row("an amount of zeros behind a point", badValue, at: amount) {
            "1." + String(repeating: "0", count: 200_000)
        },
        row("a string of 200,000 characters, unread", .approved) {
            "\"" + String(repeating: "s", count: 200_000) + "\""
        },
        row("a string of escapes, unread", .approved) { "\"" + String(repeating: #"\u0000"#, count: 30_000) + "\"" },
        row("a name of 200,000 characters", .approved) { #"{"\#(String(repeating: "n", count: 200_000))":1}"# },
        row("a currency of 200,000 characters", badValue, at: "order.description.currency") {
            "\"" + String(repeating: "E", count: 200_000) + "\""
        },
        Row("an id of 200,000 characters", badValue) { _ in
            try payment(newID(), "\"" + String(repeating: "i", count: 200_000) + "\"", at: "wixTransactionId")
        },
        row("the same name 20,000 times", .approved) {
            "{" + String(repeating: #""a":1,"#, count: 20_000) + #""a":1}"#
        },
        // As in every JSON parser that Wix may use, the last one counts.
        Row("an id twice", .approved) { id in
            Array(#"{"wixTransactionId":"\#(newID())","#.utf8) + (try Sample.payment(id: id).bytes.dropFirst())
        },
    ]

    @Test("Signed bodies that are hard to read are answered like others, or as no JSON, and leave the stack as it was")
    func signed() async throws {
        try await Stack.with(Stack.Options(config: ["log.level": "info"])) { stack in
            try await stack.enduring {
                for row in Self.rows {
                    for _ in 0..<2 {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<8 { group.addTask { try await self.check(row, stack) } }
                            try await group.waitForAll()
                        }
                    }
                }
            }
        }
    }

    private func check(_ row: Row, _ stack: Stack) async throws {
        let id = newID()
        let answer = try await stack.call(.create, bytes: try row.body(id))
        let fate: Fate =
            switch (answer.status, answer.reason) {
            case (400, _): .notJSON
            case (200, nil): .approved
            case (200, .some(let reason)): .refused([reason])
            default: .refused([])
            }
        switch (row.fate, fate) {
        case (.refused(let some), .refused(let one)):
            #expect(!one.isEmpty && one.isSubset(of: some), "\(row) \(answer)")
        default: #expect(row.fate == fate, "\(row.testDescription): \(answer.description.prefix(300))")
        }
        #expect(answer.body.count < 1_000)
        if fate != .approved {
            #expect(try stack.effects(answer.pluginID).isEmpty)
        }
    }

    @Test("Bodies over the limit, told or endless, are refused before they are read, and good calls go on")
    func oversized() async throws {
        try await Stack.with(Stack.Options(config: ["log.level": "info"])) { stack in
            try await stack.enduring {
                let megabyte = [UInt8](repeating: UInt8(ascii: " "), count: 1_048_576)
                let type = [("Content-Type", "application/json")]
                let path = Endpoint.create.rawValue
                let told = stack.request("POST", path, headers: type + [("Content-Length", "999999999999")])
                let beyond = stack.request("POST", path, headers: type + [("Content-Length", "99999999999999999999")])
                let endless = stack.request("POST", path, headers: type + [("Transfer-Encoding", "chunked")])
                let chunk = Array("100000\r\n".utf8) + megabyte + Array("\r\n".utf8)
                let cases = [
                    (told, 413), (told + megabyte, 413), (beyond, 400), (endless + chunk + chunk, 413),
                    (endless + Array("ffffffffffffffffff\r\n".utf8), 400),
                ]
                for _ in 0..<4 {
                    for (bytes, status) in cases {
                        let crowd = try await RawConnection.open(10, stack, from: "127.0.0.2")
                        for connection in crowd { connection.send(bytes) }
                        for connection in crowd {
                            let statuses = try await connection.exchange([], answers: 1)
                            #expect(statuses == [status], "\(connection.text)")
                            #expect(connection.text.contains(#"{"errorCode":""#))
                            await connection.close()
                        }
                    }
                }
            }
        }
    }
}
