// All checks there are, and how to choose among them.

extension Check {
    /// Every check, in the order of the report.
    public static let all: [Check] =
        digest + rawBody + transport + schema + connect + create + answers + idempotency + refundIdempotency + refunds
        + captures + events + redirects + eventForm + retries + limits

    /// The checks that `only` names (all, when it is empty) and `skip` does not.
    ///
    /// A pattern is an id, or the beginning of ids: `digest`, `digest.raw`, `retries.token-500`.
    ///
    /// - Throws: `UnknownPattern` when a pattern names no check.
    public static func selected(only: [String], skip: [String]) throws(UnknownPattern) -> [Check] {
        for pattern in only + skip where !all.contains(where: { $0.matches(pattern) }) {
            throw UnknownPattern(pattern: pattern)
        }
        return all.filter { check in
            (only.isEmpty || only.contains(where: check.matches)) && !skip.contains(where: check.matches)
        }
    }

    private func matches(_ pattern: String) -> Bool { !pattern.isEmpty && id.hasPrefix(pattern) }

    /// A pattern that names no check.
    public struct UnknownPattern: Error, CustomStringConvertible {
        /// As given.
        public let pattern: String

        /// One line for people.
        public var description: String { "no check is called \(pattern) (see --list)" }
    }
}
