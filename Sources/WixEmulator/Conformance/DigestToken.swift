// Tokens that are signed properly and say something else than Wix's, for the checks of what a verifier looks at.

import FoundationEssentials
import RequestDigest

/// The parts of a `Digest` header's value, to be changed before it is signed.
struct DigestToken: Sendable {
    var prefix = "JWT="
    var header = #"{"kid":"wix-emulator","alg":"RS256"}"#
    /// The `data` claim, JSON.
    var data: String
    /// Seconds since 1970; nil: left out.
    var issued: Int64?
    /// Seconds since 1970; nil: left out.
    var expires: Int64?
    /// Further claims, JSON, beginning with a comma.
    var more = ""

    /// A token as Wix makes it.
    init(_ body: [UInt8]) {
        data = Self.data(SHA256.hex(body))
        let now = Int64(Date().timeIntervalSince1970)
        issued = now
        expires = now + SignedCall.lifeSeconds
    }

    static func data(_ hash: String) -> String { #"{"SHA256":"\#(hash)"}"# }

    private var claims: String {
        #"{"data":"# + data + (issued.map { #","iat":\#($0)"# } ?? "") + (expires.map { #","exp":\#($0)"# } ?? "")
            + more + "}"
    }

    func value(_ signer: DigestSigner) throws(KeyError) -> String {
        let value = try signer.header(jwtHeader: header, claims: claims)
        return prefix + value.dropFirst("JWT=".count)
    }

    /// As Wix makes it, but signed with HMAC-SHA256.
    static func hmac(_ body: [UInt8], secret: String) -> String {
        let input = base64URL(Array(#"{"alg":"HS256"}"#.utf8)) + "." + base64URL(Array(DigestToken(body).claims.utf8))
        return "JWT=\(input)." + base64URL(HMACSHA256.authenticate(Array(input.utf8), key: Array(secret.utf8)))
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }
}
