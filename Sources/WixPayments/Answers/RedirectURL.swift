// A page of the PSP that a buyer is sent to (spec §4, `redirectUrl`).
// Made from a gateway's or the sandbox's answer; the type of Create's `redirectUrl`.

/// An absolute http or https URL of at most `Limits.redirectUrlCharactersMax` characters.
public struct RedirectURL: Sendable, Hashable {
    /// As it was given, byte for byte.
    public let text: String

    /// Nil when a browser could take `text` for anything else than a page on some host: another scheme, no host, or
    /// characters that don't belong in a URL.
    public init?(_ text: String) {
        guard text.utf8.count <= Limits.redirectUrlCharactersMax,
            text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !Self.forbidden.contains($0) }),
            let separator = text.firstRange(of: "://"),
            ["http", "https"].contains(text[..<separator.lowerBound].lowercased())
        else { return nil }
        let authority = text[separator.upperBound...].prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        guard let first = host.first, first != ":" else { return nil }
        self.text = text
    }

    /// `"`, `<`, `>`, `\`, `^`, backtick, `{`, `|`, `}`.
    private static let forbidden = Set("\"<>\\^`{|}".utf8)
}
