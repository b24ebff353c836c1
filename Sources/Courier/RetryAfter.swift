// The `Retry-After` header (RFC 9110 §10.2.3), as a pure rule.

import Foundation

enum RetryAfter {
    /// Longer wishes are cut, in seconds: a wrong header must not park events for days.
    static let secondsMax = 3_600.0

    /// Seconds from `now` (seconds since 1970), 0...`secondsMax`; nil when the value is neither a number nor a date.
    static func seconds(_ value: String, now: Double) -> Double? {
        let value = value.trimmingCharacters(in: .whitespaces)
        if !value.isEmpty, value.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) {
            return min(Double(value) ?? secondsMax, secondsMax)
        }
        return date(value).map { min(max(0, $0.timeIntervalSince1970 - now), secondsMax) }
    }

    /// The three forms of HTTP dates (RFC 9110 §5.6.7); a recipient has to take the obsolete ones too.
    private static let dateFormats = [
        "EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy",
    ]

    private static func date(_ value: String) -> Date? {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        for pattern in dateFormats {
            format.dateFormat = pattern
            if let date = format.date(from: value) { return date }
        }
        return nil
    }
}
