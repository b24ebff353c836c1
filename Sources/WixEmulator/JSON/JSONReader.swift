// Reads JSON text (RFC 8259) into a JSON value, strictly. Own code, because JSONDecoder finds out what a value is by
// failing at what it is not: with a PSP's every call and event passing here, that was most of the emulator's time.

import FoundationEssentials
import Glibc

/// One pass over a document. Never traps, whatever the bytes.
struct JSONReader {
    /// How deep objects and arrays may nest.
    static let depthMax = 200

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value that is all of the document; nil when there is none.
    static func read(_ bytes: [UInt8]) -> JSON? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var reader = JSONReader(bytes)
        reader.skipSpace()
        guard let value = reader.value() else { return nil }
        reader.skipSpace()
        return reader.position == bytes.count ? value : nil
    }

    private mutating func value() -> JSON? {
        switch peek {
        case UInt8(ascii: "{"): return nested { $0.object() }
        case UInt8(ascii: "["): return nested { $0.array() }
        case UInt8(ascii: "\""): return string().map(JSON.string)
        case UInt8(ascii: "t"): return word("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return word("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return word("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func nested(_ read: (inout JSONReader) -> JSON?) -> JSON? {
        guard depth < Self.depthMax else { return nil }
        depth += 1
        position += 1
        skipSpace()
        defer { depth -= 1 }
        return read(&self)
    }

    /// The last of several equal names wins.
    private mutating func object() -> JSON? {
        var members: [String: JSON] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard let name = string() else { return nil }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { return nil }
            skipSpace()
            guard let value = value() else { return nil }
            members[name] = value
            skipSpace()
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func array() -> JSON? {
        var values: [JSON] = []
        if take(UInt8(ascii: "]")) { return .array(values) }
        repeat {
            skipSpace()
            guard let value = value() else { return nil }
            values.append(value)
            skipSpace()
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .array(values) : nil
    }

    // MARK: Strings

    private mutating func string() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var text = ""
        while true {
            guard let end = next(UInt8(ascii: "\"")) else { return nil }
            let escape = next(UInt8(ascii: "\\")) ?? bytes.count
            let stop = min(end, escape)
            let piece = bytes[position..<stop]
            // Control characters stand in strings as escapes only.
            guard !piece.contains(where: { $0 < 0x20 }) else { return nil }
            text += String(decoding: piece, as: UTF8.self)
            position = stop + 1
            if end < escape { return text }
            guard let character = escaped() else { return nil }
            text += character
        }
    }

    /// What follows a backslash.
    private mutating func escaped() -> String? {
        let byte = peek
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return unicode()
        default: return nil
        }
    }

    /// `\uXXXX`, with its second half where it is the first of a pair.
    private mutating func unicode() -> String? {
        guard let first = codeUnit() else { return nil }
        var units = [first]
        if UTF16.isLeadSurrogate(first), peek == UInt8(ascii: "\\") {
            let before = position
            position += 1
            if take(UInt8(ascii: "u")), let second = codeUnit(), UTF16.isTrailSurrogate(second) {
                units.append(second)
            } else {
                position = before
            }
        }
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func codeUnit() -> UInt16? {
        guard position + 4 <= bytes.count else { return nil }
        let text = String(decoding: bytes[position..<position + 4], as: UTF8.self)
        guard text.allSatisfy(\.isHexDigit) else { return nil }
        position += 4
        return UInt16(text, radix: 16)
    }

    // MARK: Numbers and words

    private mutating func number() -> JSON? {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let digits = skipDigits()
        guard digits == 1 || (digits > 1 && bytes[position - digits] != UInt8(ascii: "0")) else { return nil }
        if take(UInt8(ascii: ".")), skipDigits() == 0 { return nil }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            if skipDigits() == 0 { return nil }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let whole = Int64(text) { return .integer(whole) }
        guard let number = Double(text) else { return nil }
        return Int64(exactly: number).map(JSON.integer) ?? .number(number)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while (0x30...0x39).contains(peek) { position += 1 }
        return position - start
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, String(decoding: bytes[position..<end], as: UTF8.self) == "\(word)" else {
            return false
        }
        position = end
        return true
    }

    // MARK: Bytes

    /// 0, which no document has outside strings, at the end.
    private var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte, position < bytes.count else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Where this byte stands next.
    private func next(_ byte: UInt8) -> Int? {
        bytes.withUnsafeBytes { bytes in
            guard position < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + position, CInt(byte), bytes.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }
}
