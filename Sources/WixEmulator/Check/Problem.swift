// What is wrong with a message, in one line: field and rule, never the value (which may be a
// secret). And the limits that Wix publishes.

/// One breach of Wix's rules.
public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field, header or state that breaks the rule, for example `event.refund.amount`.
    public var field: String
    /// The rule, as a sentence without a subject.
    public var rule: String

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
