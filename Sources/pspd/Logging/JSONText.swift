// Writes JSON for log lines. A writer of its own because a line keeps the order of its members, and a worker writes one
// a request: JSONEncoder sorts or shuffles, and costs many times the line.

import Logging

/// JSON text that grows member by member.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init() { bytes.reserveCapacity(Self.usualBytes) }

    /// What most lines need.
    private static let usualBytes = 512

    mutating func open(_ bracket: Unicode.Scalar) {
        comma()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// A place between two members to go back to.
    struct Mark {
        fileprivate let bytes: Int
        fileprivate let needsComma: Bool
    }

    var mark: Mark { Mark(bytes: bytes.count, needsComma: needsComma) }

    /// Takes back what was written since.
    mutating func rewind(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.bytes)
        needsComma = mark.needsComma
    }

    mutating func member(_ name: String, text: String) {
        self.name(name)
        self.text(text)
    }

    mutating func member(_ name: String, number: Int) {
        self.name(name)
        comma()
        bytes.append(contentsOf: String(number).utf8)
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
        bytes.append(contentsOf: literal.utf8)
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// A quoted text, escaped as RFC 8259 §7 asks, and cut at `LogLine.valueBytesMax` bytes as written.
    private mutating func text(_ text: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.count <= LogLine.valueBytesMax, !text.utf8.contains(where: Self.needsEscape) {
            bytes.append(contentsOf: text.utf8)
        } else {
            escape(text)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ text: String) {
        let end = bytes.count + LogLine.valueBytesMax
        for scalar in text.unicodeScalars {
            let escaped = Self.escaped(scalar)
            guard bytes.count + escaped.utf8.count <= end else {
                bytes.append(contentsOf: LogLine.ellipsis.utf8)
                break
            }
            bytes.append(contentsOf: escaped.utf8)
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
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
