// A currency that Wix lists (spec §11).
// Used wherever an amount is; a `Currency` can only be made from a listed code.

/// An ISO 4217 code from Wix's table.
public struct Currency: Sendable, Hashable, CustomStringConvertible {
    /// Three upper-case letters.
    public let code: String
    /// Digits after the decimal point: 0, 2 or 3. A minor amount is the amount × 10^digits.
    public let minorUnitDigits: Int

    /// Nil when Wix does not list `code`; case matters, as in ISO 4217.
    public init?(_ code: String) {
        guard let digits = Self.digitsByCode[code] else { return nil }
        self.init(code: code, minorUnitDigits: digits)
    }

    private init(code: String, minorUnitDigits: Int) {
        self.code = code
        self.minorUnitDigits = minorUnitDigits
    }

    /// The code.
    public var description: String { code }

    /// Every listed currency, by code.
    public static let all: [Currency] = digitsByCode.map { Currency(code: $0.key, minorUnitDigits: $0.value) }
        .sorted { $0.code < $1.code }

    private static let digitsByCode: [String: Int] = {
        var digits: [String: Int] = [:]
        for code in CurrencyTable.withoutMinorUnits { digits[code] = 0 }
        for code in CurrencyTable.withTwoDigits { digits[code] = 2 }
        for code in CurrencyTable.withThreeDigits { digits[code] = 3 }
        return digits
    }()
}
