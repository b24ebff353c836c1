// The JSON reader: what it takes, what it refuses, and that its texts are right.

import Foundation
import Testing

@testable import WixPayments

@Suite("JSON documents")
struct JSONDocumentTests {
    @Test(
        "JSON is taken",
        arguments: [
            "{}", "[]", " { \"a\" : [ 1 , -2.5e+3 , true , false , null , \"\" ] } \r\n\t", "0", "-0", "1E9", "\"\"",
            #"{"a":1,"a":2}"#, #""\"\\\/\b\f\n\r\t\u00e9""#, "\"é€😀\"",
        ])
    func taken(text: String) throws {
        _ = try JSONDocument([UInt8](text.utf8))
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", " ", "{", "}", "[", "[1,]", "[1 2]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
            "nul",
            "nullx", "truth", "01", "1.", ".5", "+1", "-", "1e", "1e+", "0x10", "NaN", "Infinity", "\"", "\"\\\"",
            "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "\"\u{0}\"", "{} {}", "{}]", "// x\n{}", "\u{FEFF}{}",
        ])
    func refused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONDocument([UInt8](text.utf8)) }
    }

    @Test(
        "Invalid UTF-8 is refused",
        arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSONDocument([0x22] + bytes + [0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(bytes) }
    }

    @Test("The depth is bounded, in arrays and in objects")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        func nestedObjects(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)).utf8)
        }
        _ = try JSONDocument(nested(Limits.jsonDepthMax))
        _ = try JSONDocument(nestedObjects(Limits.jsonDepthMax))
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(nested(Limits.jsonDepthMax + 1)) }
        #expect(throws: JSONSyntaxError.self) { try JSONDocument(nestedObjects(Limits.jsonDepthMax + 1)) }
        #expect(throws: JSONSyntaxError.self) {
            try JSONDocument([UInt8](repeating: UInt8(ascii: "["), count: 262_144))
        }
    }

    @Test("Siblings don't add to the depth")
    func siblings() throws {
        _ = try JSONDocument([UInt8](("[" + String(repeating: "[{}],", count: 100) + "[]]").utf8))
    }

    @Test(
        "Escapes are resolved",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u0041\u00e9\u20AC"#, "Aé€"),
            (#"x\ud83d\ude00y"#, "x😀y"),
            (#"\ud83dx"#, "\u{FFFD}x"), (#"\ude00"#, "\u{FFFD}"), (#"é\/€"#, "é/€"), (#"\u0000"#, "\u{0}"),
        ])
    func escapes(raw: String, text: String) throws {
        let document = try JSONDocument([UInt8]("\"\(raw)\"".utf8))
        #expect(document.text(document.root.range, hasEscapes: true) == text)
    }

    @Test("No prefix of an example is taken, and none traps")
    func prefixes() throws {
        let body = try Fixtures.example("create-transaction.request.google-pay.cryptogram-3ds")
        let end = try #require(body.lastIndex(of: UInt8(ascii: "}")))
        for count in 0...end {
            #expect(throws: JSONSyntaxError.self) { try JSONDocument(Array(body.prefix(count))) }
        }
    }

    @Test("Random changes of an example are taken or refused just as Foundation does")
    func randomChanges() throws {
        let body = try Fixtures.example("connect-account.request")
        var random = SeededGenerator(state: 1)
        let alphabet = Array(#"{}[]",:\/u0129-+.eE nulltrue"#.utf8) + [0x00, 0x0A, 0x1F, 0x7F]
        for _ in 0..<5_000 {
            var changed = body
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                changed[Int.random(in: changed.indices, using: &random)] = alphabet.randomElement(using: &random)!
            }
            let isTaken = (try? JSONDocument(changed)) != nil
            let isTakenByFoundation =
                (try? JSONSerialization.jsonObject(with: Data(changed), options: .fragmentsAllowed)) != nil
            let text = String(decoding: changed, as: UTF8.self)
            #expect(!isTaken || isTakenByFoundation, "\(text)")
            // Foundation lets a comma stand before a closing bracket.
            #expect(isTaken || !isTakenByFoundation || text.contains(/,\s*[}\]]/), "\(text)")
        }
    }
}
