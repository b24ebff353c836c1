// Access tokens as Wix hands them out: one each event, short-lived (spec §6.1). A value; the
// emulator guards it.

import RequestDigest

/// Issues tokens and takes each back once.
struct TokenDesk: Sendable {
    /// What Wix's own tokens live (spec §6.1).
    static let lifeSeconds: Int64 = 300
    /// Tokens remembered; a fifth more may stand until the next clean-up.
    static let tokensKept = 50_000

    private struct Token {
        var issuedAt: Int64
        var spent = false
    }

    private var tokens: [String: Token] = [:]
    private var order: [String] = []

    init() {}

    /// A new token. `now` is in seconds since 1970.
    mutating func issue(now: Int64) -> String {
        if order.count >= Self.tokensKept * 6 / 5 {
            let surplus = order.count - Self.tokensKept
            for token in order.prefix(surplus) { tokens[token] = nil }
            order.removeFirst(surplus)
        }
        let token = "OAUTH2.\(RandomBytes.hex(count: 32))"
        tokens[token] = Token(issuedAt: now)
        order.append(token)
        return token
    }

    /// Takes the `Authorization` header of an event. A token is spent even when the event is then refused, because
    /// every attempt takes a new one (spec §6.3).
    mutating func spend(_ authorization: String?, now: Int64) -> Problem? {
        guard let value = authorization, !value.isEmpty else { return Problem("Authorization", "missing") }
        guard let token = tokens[value] else {
            return Problem(
                "Authorization",
                value.contains(" ")
                    ? "must be the access token alone, without a prefix" : "is not a token given out here"
            )
        }
        guard !token.spent else {
            return Problem("Authorization", "the token was used before; take one for every event")
        }
        tokens[value]?.spent = true
        guard now - token.issuedAt <= Self.lifeSeconds else { return Problem("Authorization", "the token has expired") }
        return nil
    }
}
