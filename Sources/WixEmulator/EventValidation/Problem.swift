// What is wrong with a message, in one line: field and rule, never the value (which may be a
// secret). And the limits that Wix publishes.

/// One breach of Wix's rules.
public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field, header or state that breaks the rule, for example `event.refund.amount`.
    public var field: String
    /// The rule, as a sentence without a subject.
    public var rule: String

    /// The rule of a field that is not there.
    static let missing = "missing"
    /// The rule of a field that Wix does not have.
    static let stranger = "is not a field of Wix's"
    /// The rule of a `reasonCode` that is a string.
    static let codeIsText = "is a string; Wix's schema has an integer"

    /// A breach.
    public init(_ field: String, _ rule: String) {
        self.field = field
        self.rule = rule
    }

    /// `field: rule`.
    public var description: String { "\(field): \(rule)" }
}

/// Wix's published lengths (spec §1), counted in UTF-16 units: the strictest reading of "characters".
enum Limit {
    static let errorCodeCharactersMax = 50
    static let errorMessageCharactersMax = 300
    static let pluginIdCharactersMax = 200
}
