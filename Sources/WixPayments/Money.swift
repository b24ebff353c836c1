// An amount with its currency (design rule 12).
// Used by every layer above; never a float.

/// An amount in integer minor units: 4250 EUR is 42.50 euro, 4250 JPY is 4250 yen.
public struct Money: Sendable, Hashable, CustomStringConvertible {
    /// 0...`Limits.amountMinorUnitsMax` when it came from Wix; never negative.
    public let minorUnits: Int64
    /// The currency that `minorUnits` are of.
    public let currency: Currency

    /// A negative amount is a bug of the caller: what comes from outside is checked before.
    public init(minorUnits: Int64, currency: Currency) {
        precondition(minorUnits >= 0, "an amount is never negative")
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// For people: `42.50`, `4250` for a currency without minor units, `0.005` for three digits.
    public var decimalText: String {
        let digits = currency.minorUnitDigits
        guard digits > 0 else { return String(minorUnits) }
        let text = String(minorUnits)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return "\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }

    /// For people: `42.50 EUR`.
    public var description: String { "\(decimalText) \(currency.code)" }
}
