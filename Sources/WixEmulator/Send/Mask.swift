// What of a message may be printed. Pure.

extension JSON {
    /// The document with card numbers cut to their first 6 and last 4 digits, and CVVs, cryptograms and
    /// merchant credentials hidden, wherever they stand.
    public func masked() -> JSON {
        switch self {
        case .object(let members):
            .object(Dictionary(uniqueKeysWithValues: members.map { ($0, Self.masked($1, named: $0)) }))
        case .array(let values): .array(values.map { $0.masked() })
        default: self
        }
    }

    private static let hidden: JSON = "•••"

    private static func masked(_ value: JSON, named name: String) -> JSON {
        switch (name, value) {
        case (_, .null): value
        case ("number", .string(let text)), ("pan", .string(let text)): .string(cut(text))
        case ("number", .integer(let number)), ("pan", .integer(let number)): .string(cut(String(number)))
        case ("cvv", _), ("cryptogram", _): hidden
        case ("credentials", .object(let members)), ("merchantCredentials", .object(let members)):
            .object(members.mapValues { _ in hidden })
        default: value.masked()
        }
    }

    private static func cut(_ number: String) -> String {
        number.count < 13 ? "•••" : "\(number.prefix(6))••••••\(number.suffix(4))"
    }
}
