// The check digit of card numbers (ISO/IEC 7812-1, annex B).
// Used by the card scrubber and the sandbox.

/// The Luhn sum.
public enum Luhn {
    /// Whether `digits` are ASCII digits, at least two, with a right check digit.
    public static func isValid(_ digits: some StringProtocol) -> Bool {
        let values = digits.utf8.map { Int($0) - 0x30 }
        return values.count >= 2 && values.allSatisfy { 0...9 ~= $0 } && isValid(values[...])
    }

    /// The same for digits as numbers, each 0...9.
    static func isValid(_ digits: ArraySlice<Int>) -> Bool {
        var sum = 0
        for (position, digit) in digits.reversed().enumerated() {
            let weighted = position.isMultiple(of: 2) ? digit : digit * 2
            sum += weighted > 9 ? weighted - 9 : weighted
        }
        return sum.isMultiple(of: 10)
    }
}
