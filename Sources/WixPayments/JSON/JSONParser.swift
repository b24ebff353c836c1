// The grammar of JSON (RFC 8259), strictly: no comments, no trailing commas, no byte order mark.
// Used by `JSONDocument` alone. Promises that every range of the tree lies in the document, that escapes are whole, and
// that recursion ends at `Limits.jsonDepthMax`.

/// One pass over the bytes.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var isASCII = true

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The only value of the document.
    mutating func parse() throws(JSONSyntaxError) -> JSONNode {
        skipSpace()
        let root = try value()
        skipSpace()
        guard position == bytes.count, isASCII || String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONSyntaxError()
        }
        return root
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONNode {
        let start = position
        switch try peek() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""):
            let (range, hasEscapes) = try string()
            return JSONNode(kind: .string(hasEscapes: hasEscapes), range: range)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default:
            let isInteger = try number()
            return JSONNode(kind: .number(isInteger: isInteger), range: start..<position)
        }
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONNode {
        let start = position
        var members: [JSONMember] = []
        members.reserveCapacity(8)
        try open()
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                let (name, hasEscapes) = try string()
                skipSpace()
                try expect(UInt8(ascii: ":"))
                skipSpace()
                let value = try value()
                members.append(JSONMember(name: name, nameHasEscapes: hasEscapes, value: value))
                skipSpace()
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"))
        }
        depth -= 1
        return JSONNode(kind: .object(members), range: start..<position)
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONNode {
        let start = position
        var elements: [JSONNode] = []
        try open()
        if !take(UInt8(ascii: "]")) {
            repeat {
                skipSpace()
                elements.append(try value())
                skipSpace()
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
        }
        depth -= 1
        return JSONNode(kind: .array(elements), range: start..<position)
    }

    /// Past the bracket, one level down.
    private mutating func open() throws(JSONSyntaxError) {
        depth += 1
        guard depth <= Limits.jsonDepthMax else { throw JSONSyntaxError() }
        position += 1
        skipSpace()
    }

    private mutating func string() throws(JSONSyntaxError) -> (Range<Int>, hasEscapes: Bool) {
        try expect(UInt8(ascii: "\""))
        let start = position
        var hasEscapes = false
        while true {
            skipPlainText()
            switch try peek() {
            case UInt8(ascii: "\""):
                position += 1
                return (start..<position - 1, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position += 1
                try escape()
            default: throw JSONSyntaxError()
            }
        }
    }

    /// To the next quote, backslash or control character. Most bytes pass here, so it works on a local index.
    private mutating func skipPlainText() {
        var index = position
        var union: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            union |= byte
            index += 1
        }
        position = index
        if union >= 0x80 { isASCII = false }
    }

    /// Past what follows a backslash.
    private mutating func escape() throws(JSONSyntaxError) {
        let byte = try peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard hexDigit(try peek()) != nil else { throw JSONSyntaxError() }
                position += 1
            }
        default: throw JSONSyntaxError()
        }
    }

    /// Past a number; true when it is an integer.
    private mutating func number() throws(JSONSyntaxError) -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return isInteger
    }

    /// Past one digit or more.
    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] { position += 1 }
        guard position > start else { throw JSONSyntaxError() }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONSyntaxError) -> JSONNode {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, word.withUTF8Buffer({ bytes[position..<end].elementsEqual($0) }) else {
            throw JSONSyntaxError()
        }
        defer { position = end }
        return JSONNode(kind: kind, range: position..<end)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONSyntaxError) -> UInt8 {
        guard position < bytes.count else { throw JSONSyntaxError() }
        return bytes[position]
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
        guard take(byte) else { throw JSONSyntaxError() }
    }
}
