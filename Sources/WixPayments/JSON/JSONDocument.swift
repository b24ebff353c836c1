// Reads JSON text into a tree of byte ranges (RFC 8259).
// Used by the request readers and the event linter. Own code, because every payment passes here: it takes a third
// of the time of JSONDecoder, tells 4250 from 4250.0, bounds the depth while reading, and keeps where each value stands,
// so that a gateway can be sent exactly what Wix sent. Promises never to trap, whatever the bytes.

/// The bytes are not one JSON value, not UTF-8, or nested deeper than allowed.
struct JSONSyntaxError: Error {}

/// One value and where its text stands in the document.
struct JSONNode: Sendable {
    enum Kind: Sendable {
        case null
        case bool(Bool)
        /// An integer has neither fraction nor exponent.
        case number(isInteger: Bool)
        case string(hasEscapes: Bool)
        case array([JSONNode])
        case object([JSONMember])
    }
    var kind: Kind
    /// The value's text; for a string without its quotes.
    var range: Range<Int>
}

/// A name with its value.
struct JSONMember: Sendable {
    /// The name's text without quotes.
    var name: Range<Int>
    var nameHasEscapes: Bool
    var value: JSONNode
}

/// The text with its tree.
struct JSONDocument: Sendable {
    let bytes: [UInt8]
    let root: JSONNode

    /// Parses the whole of `bytes`.
    init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes)
        root = try parser.parse()
        self.bytes = bytes
    }

    /// A string's text with its escapes resolved. Half a surrogate pair, which JavaScript writes when it cuts an emoji
    /// in two, becomes U+FFFD.
    func text(_ range: Range<Int>, hasEscapes: Bool) -> String {
        guard hasEscapes else { return String(decoding: bytes[range], as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "u") {
                let units = unicodeEscapes(at: &index, before: range.upperBound)
                text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
            } else {
                text.append(unescaped(bytes[index + 1]))
                index += 2
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The `\uXXXX` at `index` and those that follow it without a gap, because a pair of surrogates is two of them.
    private func unicodeEscapes(at index: inout Int, before end: Int) -> [UInt16] {
        var units: [UInt16] = []
        while index < end, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") {
            units.append(bytes[index + 2..<index + 6].reduce(0) { $0 << 4 | UInt16(hexDigit($1) ?? 0) })
            index += 6
        }
        return units
    }

    /// What a backslash and `byte` stand for. The parser let only these through.
    private func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: byte  // quote, backslash, slash
        }
    }

    /// Whether a member has this name.
    func isNamed(_ member: JSONMember, _ name: StaticString) -> Bool {
        if member.nameHasEscapes { return text(member.name, hasEscapes: true) == "\(name)" }
        guard member.name.count == name.utf8CodeUnitCount else { return false }
        let start = member.name.lowerBound
        return name.withUTF8Buffer { name in
            name.indices.allSatisfy { bytes[start + $0] == name[$0] }
        }
    }
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
