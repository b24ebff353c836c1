// Writes JSON for log lines. A writer of its own because a line keeps the order of its members, and a worker writes one
// a request: JSONEncoder sorts or shuffles, and costs many times the line.

import Logging

/// JSON text that grows member by member.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func open(_ bracket: Character) {
        comma()
        bytes += Array(String(bracket).utf8)
        needsComma = false
    }

    mutating func close(_ bracket: Character) {
        bytes += Array(String(bracket).utf8)
        needsComma = true
    }

    mutating func member(_ name: String, text: String) {
        self.name(name)
        self.text(text)
    }

    mutating func member(_ name: String, number: Int) {
        self.name(name)
        comma()
        bytes += Array(String(number).utf8)
    }

    /// A member with a metadata value; what is nested deeper than `depth` is written as text.
    mutating func member(_ name: String, _ value: Logger.MetadataValue, depth: Int) {
        self.name(name)
        self.value(value, depth: depth)
    }

    private mutating func value(_ value: Logger.MetadataValue, depth: Int) {
        switch value {
        case .string(let text): self.text(text)
        case .dictionary(let members) where depth > 0:
            open("{")
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                member(name, value, depth: depth - 1)
            }
            close("}")
        case .array(let values) where depth > 0:
            open("[")
            for value in values { self.value(value, depth: depth - 1) }
            close("]")
        case .stringConvertible(let number as any BinaryInteger): self.literal("\(number)")
        case .stringConvertible(let flag as Bool): self.literal("\(flag)")
        default: self.text("\(value)")
        }
    }

    private mutating func name(_ name: String) {
        text(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func literal(_ literal: String) {
        comma()
        bytes += Array(literal.utf8)
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// A quoted text, escaped as RFC 8259 §7 asks, and cut at `LogLine.valueBytesMax` bytes as written.
    private mutating func text(_ text: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        let end = bytes.count + LogLine.valueBytesMax
        for scalar in text.unicodeScalars {
            let escaped = Self.escaped(scalar)
            guard bytes.count + escaped.utf8.count <= end else {
                bytes += Array(LogLine.ellipsis.utf8)
                break
            }
            bytes += escaped.utf8
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": #"\""#
        case "\\": #"\\"#
        case "\n": #"\n"#
        case "\u{0}"..<" ": #"\u00"# + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: String(scalar)
        }
    }
}
