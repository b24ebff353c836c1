// Reads the members of one JSON object as typed values.
// Used by the requests. Promises to name the field in every error and to leave unknown members alone; null counts as
// absent; of members with one name the last counts, as in JavaScript.

/// One object with its place in the request.
struct ObjectReader: Sendable {
    let document: JSONDocument
    private let members: [JSONMember]
    /// Empty at the top, else with a final dot.
    private let prefix: String

    /// The top-level object. Anything else than an object is no request.
    init(body: [UInt8]) throws(RequestError) {
        guard let document = try? JSONDocument(body), case .object(let members) = document.root.kind else {
            throw .notJSON
        }
        self.init(document: document, members: members, prefix: "")
    }

    private init(document: JSONDocument, members: [JSONMember], prefix: String) {
        self.document = document
        self.members = members
        self.prefix = prefix
    }

    /// The value of a member; nil when absent or null.
    func node(_ name: StaticString) -> JSONNode? {
        guard let member = members.last(where: { document.isNamed($0, name) }) else { return nil }
        if case .null = member.value.kind { return nil }
        return member.value
    }

    /// The members' names in their order.
    var names: [String] {
        members.map { document.text($0.name, hasEscapes: $0.nameHasEscapes) }
    }

    /// Whether a member is null.
    var hasNulls: Bool {
        members.contains { if case .null = $0.value.kind { true } else { false } }
    }

    /// A fault in one of the object's members.
    func error(_ name: StaticString, _ problem: FieldError.Problem) -> FieldError {
        FieldError("\(prefix)\(name)", problem)
    }

    /// A fault of the object as a whole.
    func selfError(_ problem: FieldError.Problem) -> FieldError {
        FieldError(String(prefix.dropLast()), problem)
    }

    /// Turns nothing into an error, for required members.
    func required<Value>(_ name: StaticString, _ value: Value?) throws(FieldError) -> Value {
        guard let value else { throw error(name, .missing) }
        return value
    }

    // MARK: Nested values

    /// A nested object.
    func object(_ name: StaticString) throws(FieldError) -> ObjectReader? {
        guard let node = node(name) else { return nil }
        guard case .object(let members) = node.kind else { throw error(name, .format) }
        return ObjectReader(document: document, members: members, prefix: "\(prefix)\(name).")
    }

    /// An array of objects.
    func objects(_ name: StaticString, countMax: Int) throws(FieldError) -> [ObjectReader] {
        guard let node = node(name) else { return [] }
        guard case .array(let elements) = node.kind else { throw error(name, .format) }
        guard elements.count <= countMax else { throw error(name, .value) }
        var readers: [ObjectReader] = []
        readers.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let path = "\(prefix)\(name)[\(index)]"
            guard case .object(let members) = element.kind else { throw FieldError(path, .format) }
            readers.append(ObjectReader(document: document, members: members, prefix: "\(path)."))
        }
        return readers
    }

    // MARK: Text

    /// A string of at most `bytesMax` UTF-8 bytes.
    func text(_ name: StaticString, bytesMax: Int = Limits.textBytesMax) throws(FieldError) -> String? {
        guard let node = node(name) else { return nil }
        guard case .string(let hasEscapes) = node.kind else { throw error(name, .format) }
        let text = document.text(node.range, hasEscapes: hasEscapes)
        guard text.utf8.count <= bytesMax else { throw error(name, .value) }
        return text
    }

    /// Text that must not be empty where it is required.
    func requiredText(_ name: StaticString, bytesMax: Int) throws(FieldError) -> String {
        let text = try required(name, try text(name, bytesMax: bytesMax))
        guard !text.isEmpty else { throw error(name, .format) }
        return text
    }

    /// Optional text to be kept secret; empty text counts as absent.
    func secret(_ name: StaticString, bytesMax: Int = Limits.textBytesMax) throws(FieldError) -> Secret<String>? {
        guard let text = try text(name, bytesMax: bytesMax), !text.isEmpty else { return nil }
        return Secret(text)
    }

    /// An id: 1...`Limits.idCharactersMax` printable ASCII characters. Spec §1 gives Wix's ids the form of a GUID;
    /// any other id would be as good a key, so the form is not checked.
    func id(_ name: StaticString) throws(FieldError) -> String? {
        guard let text = try text(name, bytesMax: Limits.idCharactersMax) else { return nil }
        guard isWellFormedId(text) else { throw error(name, .format) }
        return text
    }

    /// A word of one of Wix's enums, known or not.
    func word<Word: WixEnum>(_ name: StaticString, as type: Word.Type = Word.self) throws(FieldError) -> Word? {
        try text(name, bytesMax: Limits.idCharactersMax).map { Word(rawValue: $0) }
    }

    /// A listed currency.
    func currency(_ name: StaticString) throws(FieldError) -> Currency? {
        guard let code = try text(name) else { return nil }
        guard let currency = Currency(code) else { throw error(name, .value) }
        return currency
    }

    /// Live or sandbox; nothing and unknown words are live.
    func mode(_ name: StaticString) throws(FieldError) -> Mode {
        Mode(wix: try text(name))
    }

    /// A map of strings to strings.
    func credentials(_ name: StaticString) throws(FieldError) -> Secret<[String: String]>? {
        guard let node = node(name) else { return nil }
        guard case .object(let entries) = node.kind else { throw error(name, .format) }
        guard entries.count <= Limits.credentialsEntriesMax else { throw error(name, .value) }
        var map: [String: String] = [:]
        map.reserveCapacity(entries.count)
        for entry in entries {
            guard case .string(let hasEscapes) = entry.value.kind else { throw error(name, .format) }
            let key = document.text(entry.name, hasEscapes: entry.nameHasEscapes)
            let value = document.text(entry.value.range, hasEscapes: hasEscapes)
            guard key.utf8.count <= Limits.credentialKeyBytesMax,
                value.utf8.count <= Limits.credentialValueBytesMax
            else { throw error(name, .value) }
            map[key] = value
        }
        return Secret(map)
    }

    // MARK: Numbers and booleans

    /// An amount in minor units, as a JSON integer or a string of digits (spec §11).
    func amount(_ name: StaticString) throws(FieldError) -> Int64? {
        guard let node = node(name) else { return nil }
        switch node.kind {
        case .number(isInteger: true): break
        case .string(hasEscapes: false):
            let text = document.bytes[node.range]
            let isNegative = text.first == UInt8(ascii: "-")
            let digits = isNegative ? text.dropFirst() : text
            guard !digits.isEmpty, digits.allSatisfy(isDigit) else { throw error(name, .format) }
            if isNegative { throw error(name, .value) }
        default: throw error(name, .format)
        }
        return try integer(node, in: 0...Limits.amountMinorUnitsMax, name)
    }

    /// A JSON integer.
    func integer(_ name: StaticString, in range: ClosedRange<Int>) throws(FieldError) -> Int? {
        guard let node = node(name) else { return nil }
        guard case .number(isInteger: true) = node.kind else { throw error(name, .format) }
        return Int(try integer(node, in: Int64(range.lowerBound)...Int64(range.upperBound), name))
    }

    /// The integer that stands at `node`; one that does not fit 64 bits is out of any range too.
    private func integer(
        _ node: JSONNode, in range: ClosedRange<Int64>, _ name: StaticString
    ) throws(FieldError) -> Int64 {
        guard let number = Int64(document.text(node.range, hasEscapes: false)), range.contains(number) else {
            throw error(name, .value)
        }
        return number
    }

    /// Any JSON number, for what is no money.
    func number(_ name: StaticString) throws(FieldError) -> Double? {
        guard let node = node(name) else { return nil }
        guard case .number = node.kind else { throw error(name, .format) }
        guard let number = Double(document.text(node.range, hasEscapes: false)), number.isFinite else {
            throw error(name, .value)
        }
        return number
    }

    /// True or false.
    func bool(_ name: StaticString) throws(FieldError) -> Bool? {
        guard let node = node(name) else { return nil }
        guard case .bool(let value) = node.kind else { throw error(name, .format) }
        return value
    }
}

/// 0x30...0x39.
func isDigit(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
}

/// One ASCII digit or more.
func isDigits(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy(isDigit)
}

/// 1...`Limits.idCharactersMax` visible ASCII characters.
package func isWellFormedId(_ text: String) -> Bool {
    text.utf8.count <= Limits.idCharactersMax && isVisibleASCII(text)
}

/// One character or more, none of which is a space, a control character or beyond ASCII: what ids and tokens are made
/// of, and what a header can carry.
package func isVisibleASCII(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { 0x21...0x7E ~= $0 }
}
