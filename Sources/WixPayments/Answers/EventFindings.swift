// The single checks of the event linter (design rule 10).
// Used by `EventLinter` alone. Promises to name the member that is wrong, never its value.

/// Goes through the members of one event and collects what is wrong.
struct EventFindings {
    let reader: ObjectReader
    private(set) var breaches: [String] = []
    private var known: Set<String> = []

    init(reader: ObjectReader) {
        self.reader = reader
    }

    /// The member's value after noting that the event may have it. A value that can't be read is a breach.
    private mutating func read<Value>(_ name: StaticString, _ value: (ObjectReader) throws(FieldError) -> Value?)
        -> Value?
    {
        known.insert("\(name)")
        do throws(FieldError) {
            return try value(reader)
        } catch {
            breaches.append(error.message)
            return nil
        }
    }

    private mutating func require(_ isKept: Bool, _ breach: String) {
        if !isKept { breaches.append(breach) }
    }

    mutating func id(_ name: StaticString, isRequired: Bool) {
        _ = read(name) { (reader) throws(FieldError) in
            let id = try reader.id(name)
            return isRequired ? try reader.required(name, id) : id
        }
    }

    mutating func amount() {
        let amount = read("amount") { (reader) throws(FieldError) in
            try reader.required("amount", reader.text("amount"))
        }
        guard let amount else { return }
        require(
            isDigits(amount) && String(Int64(amount) ?? -1) == amount,
            "amount is not a plain number of minor units")
    }

    /// The reason code with its texts; they stand only where a reason code does.
    mutating func failure(_ fits: (Int) -> Bool) -> Int? {
        let code = read("reasonCode") { (reader) throws(FieldError) in
            try reader.integer("reasonCode", in: 1000...9999)
        }
        if let code { require(fits(code), "reasonCode does not fit this event") }
        text("errorCode", charactersMax: Limits.errorCodeCharactersMax, isAllowed: code != nil)
        text("errorMessage", charactersMax: Limits.errorMessageCharactersMax, isAllowed: code != nil)
        return code
    }

    private mutating func text(_ name: StaticString, charactersMax: Int, isAllowed: Bool) {
        guard let text = read(name, { (reader) throws(FieldError) in try reader.text(name) }) else { return }
        require(isAllowed, "\(name) stands without a reasonCode")
        require(1...charactersMax ~= text.utf16.count, "\(name) is empty or too long")
        require(CardScrubber.scrub(text) == text, "\(name) has a card number in it")
    }

    mutating func credentialsOnFile() {
        let object = read("credentialsOnFile") { (reader) throws(FieldError) in try reader.object("credentialsOnFile") }
        guard let object else { return }
        var isWellFormed = false
        if object.names == ["cardReference"], let card = try? object.object("cardReference") {
            isWellFormed =
                Self.isToken("networkTransactionId", in: card)
                && (card.names.count == 1 || card.names.count == 2 && Self.isToken("dsTransactionId", in: card))
        } else if object.names == ["paymentMethodReference"],
            let method = try? object.object("paymentMethodReference")
        {
            isWellFormed = method.names == ["token"] && Self.isToken("token", in: method)
        }
        require(isWellFormed, "credentialsOnFile is malformed")
    }

    private static func isToken(_ name: StaticString, in reader: ObjectReader) -> Bool {
        guard let token = try? reader.text(name, bytesMax: Limits.tokenBytesMax) else { return false }
        return !token.isEmpty
    }

    mutating func cardDetails() {
        let object = read("cardDetails") { (reader) throws(FieldError) in try reader.object("cardDetails") }
        guard let object else { return }
        let bin = try? object.text("bin")
        let lastFour = try? object.text("lastFour")
        require(
            object.names.count == 2 && CardDetails(bin: bin ?? "", lastFour: lastFour ?? "") != nil,
            "cardDetails is malformed")
    }

    /// Absent is left out, not null; nothing that Wix does not know; nothing twice.
    mutating func noOtherMembers() {
        let names = reader.names
        require(!reader.hasNulls, "a member is null")
        require(Set(names).isSubset(of: known), "a member is unknown")
        require(Set(names).count == names.count, "a member stands twice")
    }
}
