// The strict JSON reader.

@testable import RequestDigest
import Testing

@Suite("The JSON reader")
struct JSONMembersTests {
    @Test("Strings, integers and objects come out as written")
    func values() throws {
        let json = #" { "s" : "a\"\u00e9" , "i":-12,"z":0, "o":{"in":1} } "#
        let members = try #require(JSONMembers(object: Array(json.utf8)))
        guard case .string(let text) = members["s"], case .integer(-12) = members["i"],
            case .integer(0) = members["z"], case .object(let inner) = members["o"], case .integer(1) = inner["in"]
        else {
            Issue.record("\(members)")
            return
        }
        #expect(text.elementsEqual(#"a\"\u00e9"#.utf8))
        #expect(members["in"] == nil)
    }

    @Test("The largest integer is exact, and one more is not an integer")
    func integerRange() throws {
        let json = #"{"max":9223372036854775807,"more":9223372036854775808,"fraction":1.0,"exponent":1e0}"#
        let members = try #require(JSONMembers(object: Array(json.utf8)))
        guard case .integer(.max) = members["max"], case .other = members["more"],
            case .other = members["fraction"], case .other = members["exponent"]
        else {
            Issue.record("\(members)")
            return
        }
    }

    @Test(
        "JSON is read",
        arguments: [
            "{}", "\t\r\n {} ", #"{"":0}"#, #"{"a":[]}"#, #"{"a":[1,[2],{"a":3}]}"#, #"{"a":true,"b":false,"c":null}"#,
            #"{"a":-0.5E+10,"b":0e-1,"c":10}"#, #"{"a":"\\\/\b\f\n\r\t\u00FF"}"#, #"{"a":"é😀"}"#,
            #"{"a":{"a":{"a":1}}}"#,
            #"{"a":\#(nested(7))}"#, "{\(names(64))}",
        ])
    func accepted(_ json: String) {
        #expect(JSONMembers(object: Array(json.utf8)) != nil)
    }

    @Test(
        "What is not JSON, or not one object with distinct names, is refused",
        arguments: [
            "", " ", "1", "[]", "null", #""a""#, "{", "}", "{}{}", "{},", "{,}", "\u{FEFF}{}", "{}\u{0}", "{}\u{A0}",
            #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#, #"{a:1}"#, #"{'a':1}"#, #"{1:1}"#,
            #"{"a":01}"#, #"{"a":-}"#, #"{"a":+1}"#, #"{"a":1.}"#, #"{"a":.5}"#, #"{"a":1e}"#, #"{"a":1e+}"#,
            #"{"a":0x1}"#,
            #"{"a":-01}"#, #"{"a":NaN}"#, #"{"a":tru}"#, #"{"a":True}"#, #"{"a":nulll}"#, #"{"a":"}"#, #"{"a":"\x"}"#,
            #"{"a":"\u12g4"}"#, #"{"a":"\u12"#, "{\"a\":\"\n\"}", "{\"a\":\"\u{0}\"}", #"{"a":[1,]}"#, #"{"a":[1 2]}"#,
            #"{"a":[}"#, #"{"a":1}//"#, #"{"a":1,"a":1}"#, #"{"b":{"a":1,"a":1}}"#, #"{"b":[{"a":1,"a":1}]}"#,
            #"{"\u0061":1}"#, #"{"a":\#(nested(8))}"#, "{\(names(65))}",
        ])
    func refused(_ json: String) {
        #expect(JSONMembers(object: Array(json.utf8)) == nil)
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] as [[UInt8]])
    func notUTF8(_ bytes: [UInt8]) {
        #expect(JSONMembers(object: Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)) == nil)
    }

    @Test("A text cut at any byte is refused")
    func cut() {
        let json = Array(#"{"a":[true,{"b":-1.5e3}],"c":"\u0041","d":null}"#.utf8)
        #expect(JSONMembers(object: json) != nil)
        for length in json.indices {
            #expect(JSONMembers(object: Array(json[..<length])) == nil)
        }
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    private static func names(_ count: Int) -> String {
        (0..<count).map { #""\#($0)":0"# }.joined(separator: ",")
    }
}
