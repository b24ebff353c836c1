// The JSON value: what must stay apart when a PSP's types are judged, and edits by path.

import Testing

@testable import WixEmulator

@Suite("JSON values")
struct JSONTests {
    @Test(
        "Types stay apart",
        arguments: [
            ("1", JSON.integer(1)), ("\"1\"", .string("1")), ("true", .bool(true)), ("1.5", .number(1.5)),
            ("null", .null), ("[1]", .array([.integer(1)])), ("{}", .object([:])),
            ("9223372036854775807", .integer(.max)),
        ])
    func types(text: String, value: JSON) {
        #expect(JSON(parsing: Array(text.utf8)) == value)
    }

    @Test("What is not one document is refused", arguments: ["", "{", "{} {}", "{'a':1}", "nul"])
    func refused(text: String) {
        #expect(JSON(parsing: Array(text.utf8)) == nil)
    }

    @Test("A member is set and removed by its path, missing objects on the way are made")
    func edits() {
        var json: JSON = ["a": ["b": 1, "c": 2]]
        json.set("a.b", to: "x")
        json.set("a.c", to: nil)
        json.set("d.e", to: 3)
        json.set("f.g", to: nil)
        #expect(json == ["a": ["b": "x"], "d": ["e": 3]])
    }
}
