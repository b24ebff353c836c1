// Masks card numbers in text that comes from elsewhere (design rule 13).
// Called by `Failure`, and by whoever keeps or logs a gateway's text. Promises that no Luhn-valid number of 12 to 19
// digits is left, however its digits are grouped.

/// Masks Luhn-valid runs of 12 to 19 digits.
public enum CardScrubber {
    /// Digits that a card number has.
    static let cardDigits = 12...19
    /// Characters between two digits that still count as one grouping, as in `4111 - 1111` or a column of numbers.
    static let separatorsMax = 8

    /// `text` with each digit of a card number replaced by `*`. A number is sought from the start of any group of
    /// digits to the end of the same or a later one, so that a neighbouring number ("item 2 4111…") does not hide it;
    /// groups longer than any card are searched at every place.
    public static func scrub(_ text: String) -> String {
        // Most text has too few digits; bytes of other scripts may be some.
        guard text.utf8.count(where: { isDigit($0) || $0 >= 0x80 }) >= cardDigits.lowerBound else { return text }
        var scalars = Array(text.unicodeScalars)
        guard mask(&scalars) else { return text }
        // What is left of a long group may make a card number with the group behind it.
        while mask(&scalars) {}
        var scrubbed = String.UnicodeScalarView()
        scrubbed.append(contentsOf: scalars)
        return String(scrubbed)
    }

    /// Masks what stands there now; false when that is nothing.
    private static func mask(_ scalars: inout [Unicode.Scalar]) -> Bool {
        var isMasked = false
        for run in digitRuns(in: scalars) {
            let values = run.map(\.value)
            for window in cardWindows(in: run) where Luhn.isValid(values[window]) {
                isMasked = true
                for digit in run[window] { scalars[digit.index] = "*" }
            }
        }
        return isMasked
    }

    private struct Digit {
        var index: Int
        var value: Int
        /// No separator before it.
        var continuesGroup: Bool
    }

    /// Digits with at most `separatorsMax` separators between each two, long enough for a card.
    private static func digitRuns(in scalars: [Unicode.Scalar]) -> [[Digit]] {
        var runs: [[Digit]] = []
        var run: [Digit] = []
        var separators = 0
        func close() {
            if run.count >= cardDigits.lowerBound { runs.append(run) }
            run = []
        }
        for (index, scalar) in scalars.enumerated() {
            if let value = decimalValue(scalar) {
                if separators > separatorsMax { close() }
                run.append(Digit(index: index, value: value, continuesGroup: separators == 0 && !run.isEmpty))
                separators = 0
            } else if scalar.properties.isAlphabetic {
                close()
                separators = 0
            } else {
                separators += 1
            }
        }
        close()
        return runs
    }

    /// Where in a run a card number may stand.
    private static func cardWindows(in run: [Digit]) -> [Range<Int>] {
        let starts = run.indices.filter { !run[$0].continuesGroup } + [run.count]
        var windows: [Range<Int>] = []
        for (position, start) in starts.dropLast().enumerated() {
            for end in starts[(position + 1)...] {
                if end - start > cardDigits.upperBound { break }
                if cardDigits.contains(end - start) { windows.append(start..<end) }
            }
            let end = starts[position + 1]
            guard end - start > cardDigits.upperBound else { continue }
            for count in cardDigits {
                for first in start...(end - count) { windows.append(first..<(first + count)) }
            }
        }
        return windows
    }

    /// 0...9 for the digits of any script.
    private static func decimalValue(_ scalar: Unicode.Scalar) -> Int? {
        if scalar.isASCII { return (0x30...0x39).contains(scalar.value) ? Int(scalar.value) - 0x30 : nil }
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
        return Int(value)
    }
}
