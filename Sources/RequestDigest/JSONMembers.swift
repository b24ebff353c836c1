// A strict reader of the two small JSON objects in a token. For SignedToken and Claims.
//
// Foundation's decoder keeps one of several members with the same name without saying so, takes 1.0 for an integer, and
// costs a third of the RSA step. This one refuses duplicates, at every depth, and anything RFC 8259 does not allow.

/// The members of a JSON object whose names are all different.
struct JSONMembers {
    /// What the claims need of a value.
    enum Value {
        /// The characters between the quotes, escapes left as they are: no text compared here needs one.
        case string(ArraySlice<UInt8>)
        /// A number without fraction and exponent that fits.
        case integer(Int64)
        case object(JSONMembers)
        /// Arrays, other numbers, true, false, null.
        case other
    }

    fileprivate(set) var members: [(name: ArraySlice<UInt8>, value: Value)] = []

    /// nil unless `json` is one object and nothing else but white space.
    init?(object json: [UInt8]) {
        var reader = JSONReader(json)
        guard let members = try? reader.document() else { return nil }
        self = members
    }

    fileprivate init() {}

    subscript(name: String) -> Value? {
        members.first { $0.name.elementsEqual(name.utf8) }?.value
    }
}

private struct Malformed: Error {}

private struct JSONReader {
    /// Nesting of objects and arrays.
    static let depthMax = 8
    /// Members of one object. Comparing each name with all before it stays cheap.
    static let membersMax = 64

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(Malformed) -> JSONMembers {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Malformed() }
        skipWhiteSpace()
        let members = try object()
        skipWhiteSpace()
        guard position == bytes.count else { throw Malformed() }
        return members
    }

    // MARK: Values

    private mutating func value() throws(Malformed) -> JSONMembers.Value {
        switch next {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: return try number()
        }
        return .other
    }

    private mutating func object() throws(Malformed) -> JSONMembers {
        var result = JSONMembers()
        try list(from: "{", to: "}") { (reader) throws(Malformed) in
            let name = try reader.string()
            // An escape could spell a name that is there already.
            guard !name.contains(UInt8(ascii: "\\")), result.members.count < Self.membersMax,
                !result.members.contains(where: { $0.name == name })
            else { throw Malformed() }
            reader.skipWhiteSpace()
            try reader.expect(":")
            reader.skipWhiteSpace()
            result.members.append((name, try reader.value()))
        }
        return result
    }

    private mutating func array() throws(Malformed) {
        try list(from: "[", to: "]") { (reader) throws(Malformed) in _ = try reader.value() }
    }

    /// Reads `item`s with commas between them.
    private mutating func list(
        from open: Unicode.Scalar, to close: Unicode.Scalar, item: (inout Self) throws(Malformed) -> Void
    ) throws(Malformed) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw Malformed() }
        try expect(open)
        skipWhiteSpace()
        if take(close) { return }
        repeat {
            skipWhiteSpace()
            try item(&self)
            skipWhiteSpace()
        } while take(",")
        try expect(close)
    }

    private mutating func string() throws(Malformed) -> ArraySlice<UInt8> {
        try expect("\"")
        let start = position
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Malformed() }
            position += 1
            if byte == UInt8(ascii: "\\") { try escape() }
        }
        let text = bytes[start..<position]
        try expect("\"")
        return text
    }

    private mutating func escape() throws(Malformed) {
        guard let kind = next, "\"\\/bfnrtu".utf8.contains(kind) else { throw Malformed() }
        position += 1
        guard kind == UInt8(ascii: "u") else { return }
        guard position + 4 <= bytes.count, Hex.decode(bytes[position..<position + 4]) != nil else { throw Malformed() }
        position += 4
    }

    private mutating func number() throws(Malformed) -> JSONMembers.Value {
        let negative = take("-")
        let firstDigit = position
        var magnitude: Int64? = 0
        while let digit = next, isDigit(digit) {
            magnitude = magnitude.flatMap { $0.appending(digit: Int64(digit - UInt8(ascii: "0"))) }
            position += 1
        }
        let digits = position - firstDigit
        guard digits == 1 || digits > 1 && bytes[firstDigit] != UInt8(ascii: "0") else { throw Malformed() }
        let integerEnd = position
        if take(".") { try skipDigits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try skipDigits()
        }
        guard position == integerEnd, let magnitude else { return .other }
        return .integer(negative ? -magnitude : magnitude)
    }

    // MARK: Characters

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func skipDigits() throws(Malformed) {
        let start = position
        while let byte = next, isDigit(byte) { position += 1 }
        guard position > start else { throw Malformed() }
    }

    private mutating func skipWhiteSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
        guard take(character) else { throw Malformed() }
    }

    private mutating func literal(_ word: String) throws(Malformed) {
        guard bytes[position...].starts(with: word.utf8) else { throw Malformed() }
        position += word.utf8.count
    }
}

extension Int64 {
    /// `self * 10 + digit`, or nil when that does not fit.
    fileprivate func appending(digit: Int64) -> Int64? {
        let (tenfold, overflow) = multipliedReportingOverflow(by: 10)
        let (sum, overflow2) = tenfold.addingReportingOverflow(digit)
        return overflow || overflow2 ? nil : sum
    }
}
