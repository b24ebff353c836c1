// The attacks on JSON Web Tokens that RFC 8725 names, each under its section, as far as they can meet a token that is
// only ever signed. What DigestRefusalTests holds is not repeated: alg none and HS256 as such, RS384 and PS256, crit,
// an empty or changed signature, replaced claims, duplicate members, padding, another body.

import Foundation
@testable import RequestDigest
import Testing

@Suite("Attacks on JSON Web Tokens (RFC 8725)")
struct JWTAttackTests {
    // MARK: §2.1, §3.1: the algorithm

    /// Every other algorithm of RFC 7518 and 8037 that could stand there, and spellings of the two that matter.
    static let algorithms = [
        "None", "NONE", "nOnE", "none ", "", "HS384", "HS512", "RS512", "ES256", "ES384", "ES512", "ES256K", "PS384",
        "PS512", "EdDSA", "Ed25519", "RSA1_5", "RSA-OAEP", "dir", "Rs256", "rS256", " RS256", "RS256,none", "RS2560",
        "RS25", "ＲＳ256", #"\u0052S256"#, #"RS256\u0000"#, #"none\nRS256"#,
    ]

    @Test("Any alg but the four letters and digits is refused, whoever signed", arguments: algorithms)
    func algorithm(_ algorithm: String) throws {
        let signed = try Sample.signed(jwtHeader: #"{"alg":"\#(algorithm)"}"#)
        #expect(try Sample.verdict(on: signed) == .refused(.algorithm))
        #expect(try Sample.verdict(on: withoutSignature(signed)) == .refused(.algorithm))
    }

    @Test("alg is read from the header's own members alone", arguments: [#"{"jwk":{"alg":"RS256"}}"#, #"["alg"]"#])
    func nestedAlgorithm(_ header: String) throws {
        let verdict = try Sample.verdict(on: Sample.signed(jwtHeader: header))
        #expect(verdict == .refused(header.hasPrefix("{") ? .algorithm : .malformed))
    }

    /// What an attacker could take for the secret that verifier and attacker share.
    static let secrets: [BadSecret] = [
        BadSecret("the PEM text with its line end", Array((ThrowAwayKeys.publicA + "\n").utf8)),
        BadSecret(
            "the PEM text with line ends of Windows", Array(ThrowAwayKeys.publicA.replacing("\n", with: "\r\n").utf8)),
        BadSecret("the key's base64 text", Array(base64Lines.joined().utf8)),
        BadSecret("the key's DER", der),
        BadSecret("the modulus", modulus),
        BadSecret("nothing", []),
    ]

    @Test("HMAC with anything public as its secret is refused", arguments: secrets)
    func publicKeyAsSecret(_ secret: BadSecret) throws {
        for (header, expected) in [(#"{"alg":"HS256"}"#, DigestRefusal.algorithm), (Sample.jwtHeader, .signature)] {
            let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(Sample.claims.utf8))
            let code = HMACSHA256.authenticate(Array(input.utf8), key: secret.bytes)
            let token = "JWT=\(input).\(Base64URL.encode(code))"
            #expect(try Sample.verdict(on: token) == .refused(expected))
        }
    }

    // MARK: §2.1, §3.2, §3.3: the signature itself

    static let emptySignatures: [(name: String, bytes: [UInt8])] = [
        ("zeros", [UInt8](repeating: 0, count: 256)),
        ("one", [UInt8](repeating: 0, count: 255) + [1]),
        ("ones", [UInt8](repeating: 0xFF, count: 256)),
        ("the modulus", modulus),
        ("a byte", [0]),
        ("longer than any key", [UInt8](repeating: 7, count: 4_000)),
    ]

    @Test("A number that is no signature is refused", arguments: emptySignatures)
    func noSignature(_ name: String, _ bytes: [UInt8]) throws {
        let value = withoutSignature(try Sample.signed()) + Base64URL.encode(bytes)
        #expect(try Sample.verdict(on: value) == .refused(.signature))
    }

    @Test("A genuine signature with the modulus added, the same number to RSA, is refused")
    func signaturePlusModulus() throws {
        // Not every signature leaves room for it in 256 bytes; one of these does.
        var larger: (value: String, signature: [UInt8])?
        for later in Int64(0)..<40 where larger == nil {
            let value = try Sample.signed(claims: Sample.claims(exp: "\(Sample.expiresAt + later)"))
            let signature = try #require(Base64URL.decode(Array(value.split(separator: ".")[2].utf8)[...]))
            larger = sum(signature, Self.modulus).map { (value, $0) }
        }
        let (value, signature) = try #require(larger)
        #expect(try Sample.verdict(on: value) == .genuine(issuedSecondsAgo: 60))
        #expect(try Sample.verdict(on: withoutSignature(value) + Base64URL.encode(signature)) == .refused(.signature))
    }

    @Test("A signature whose padding ends early, forged for an exponent of 3, is refused (CVE-2006-4339)")
    func forgedForExponent3() throws {
        let verifier = try Sample.verifier([ThrowAwayKeys.publicExponent3])
        let verdict = verifier.verify(
            ["JWT=" + OutsideTokens.forgedForExponent3], body: Sample.body, now: Sample.now)
        #expect(verdict == .refused(.signature))
    }

    // MARK: §2.9, §3.10: what a header says of keys

    /// Each names or carries a key of the sender's choice.
    static let keyHeaders = [
        #""jwk":{"kty":"RSA","n":"\#(Base64URL.encode(modulus))","e":"AQAB"}"#,
        #""jku":"https://attacker.example/keys.json""#,
        #""x5u":"file:///etc/pspd/keys/wix.pem""#,
        #""x5c":["\#(base64Lines.joined())"]"#,
        #""x5t#S256":"\#(Base64URL.encode(SHA256.hash(der)))""#,
        #""kid":"../../../../dev/null""#,
        #""kid":"' OR 1=1 --""#,
    ]

    @Test("A key named or carried by the header changes nothing", arguments: keyHeaders)
    func keyHeader(_ member: String) throws {
        let header = #"{"alg":"RS256",\#(member)}"#
        let stranger = try Sample.signer(ThrowAwayKeys.privateB).header(jwtHeader: header, claims: Sample.claims)
        #expect(try Sample.verdict(on: stranger) == .refused(.signature))
        // Wix's own tokens carry a kid, and may one day carry more.
        #expect(try Sample.verdict(on: Sample.signed(jwtHeader: header)) == .genuine(issuedSecondsAgo: 60))
    }

    // MARK: §2.7, §2.8, §3.8–§3.12: tokens for something else

    /// What Wix signs with the same app's key, and what others sign.
    static let otherTokens: [(claims: String, expected: DigestRefusal)] = [
        // A webhook: the event is text inside `data`.
        (#"{"data":"{\"SHA256\":\"\#(Sample.bodyHash)\"}","iat":1795860000,"exp":1795860120}"#, .claimsInvalid),
        // A service plugin's call: the whole body is the token.
        (
            #"{"iss":"wix.com","aud":"app","iat":1795860000,"exp":1795860120,"request":{},"metadata":{}}"#,
            .claimsMissing
        ),
        // An ID token.
        (#"{"iss":"https://id.example","sub":"u","aud":"app","iat":1795860000,"exp":1795860120}"#, .claimsMissing),
        // A digest of another kind.
        (Sample.claims(data: #"{"SHA512":"\#(Sample.bodyHash)"}"#), .claimsMissing),
        // Its claims stand where a certificate's would.
        (#"{"claims":\#(Sample.claims)}"#, .claimsMissing),
    ]

    @Test("A token that was signed for something else is refused", arguments: otherTokens)
    func crossUse(_ claims: String, _ expected: DigestRefusal) throws {
        #expect(try Sample.verdict(on: Sample.signed(claims: claims)) == .refused(expected))
    }

    @Test("A token of one request is refused with the body of another that is as genuine")
    func exchangedBodies() throws {
        let other = Array(#"{"amount":9000}"#.utf8)
        let signer = try Sample.signer()
        let values = try [Sample.body, other].map {
            try signer.header(for: $0, issuedAt: Sample.issuedAt, expiresAt: Sample.expiresAt)
        }
        #expect(try Sample.verdict(on: values[1], body: other) == .genuine(issuedSecondsAgo: 60))
        #expect(try Sample.verdict(on: values[0], body: other) == .refused(.bodyMismatch))
        #expect(try Sample.verdict(on: values[1], body: Sample.body) == .refused(.bodyMismatch))
    }

    /// Times that no signer means. `nbf` is none of Wix's claims (spec §2): `iat` says from when a token counts.
    static let times: [(claims: String, expected: DigestVerdict)] = [
        (Sample.claims(exp: "1e400"), .refused(.claimsInvalid)),
        (Sample.claims(exp: "-0"), .refused(.expired)),
        (Sample.claims(exp: "0"), .refused(.expired)),
        (Sample.claims(exp: "253402300800"), .refused(.claimsInvalid)),
        (Sample.claims(exp: "1795860120000"), .refused(.claimsInvalid)),
        (Sample.claims(exp: "[1795860120]"), .refused(.claimsInvalid)),
        (Sample.claims(iat: "1795860061"), .refused(.notYetValid)),
        (Sample.claims(iat: "1795860000,\"nbf\":1795869999"), .genuine(issuedSecondsAgo: 60)),
    ]

    @Test("Times that cannot be meant are refused, and nbf is not looked at", arguments: times)
    func time(_ claims: String, _ expected: DigestVerdict) throws {
        #expect(try Sample.verdict(on: Sample.signed(claims: claims)) == expected)
    }

    // MARK: Tokens that cost

    @Test("Depth and numbers of members within the longest token are refused, not followed")
    func costlyJSON() throws {
        let deep = String(repeating: "[", count: 1_500) + String(repeating: "]", count: 1_500)
        let wide = (0..<500).map { #""\#($0)":0"# }.joined(separator: ",")
        for json in [deep, #"{"alg":"RS256","a":\#(deep)}"#, #"{"alg":"RS256",\#(wide)}"#] {
            #expect(try Sample.verdict(on: Sample.signed(jwtHeader: json)) == .refused(.malformed))
            #expect(try Sample.verdict(on: Sample.signed(claims: json)) == .refused(.claimsInvalid))
        }
    }

    @Test("A value over the limit is refused unread", arguments: [8_193, 1_000_000])
    func huge(_ length: Int) throws {
        let value = try Sample.signed()
        #expect(
            try Sample.verdict(on: value + String(repeating: "A", count: length - value.utf8.count))
                == .refused(.tooLong))
    }

    // MARK: Tools

    private func withoutSignature(_ value: String) -> String {
        value.split(separator: ".", omittingEmptySubsequences: false).prefix(2).joined(separator: ".") + "."
    }

    /// The sum of two numbers of the same length, or nil when it needs a byte more.
    private func sum(_ a: [UInt8], _ b: [UInt8]) -> [UInt8]? {
        var carry = 0
        var sum: [UInt8] = []
        for (x, y) in zip(a.reversed(), b.reversed()) {
            let digit = Int(x) + Int(y) + carry
            sum.append(UInt8(digit & 0xFF))
            carry = digit >> 8
        }
        return carry == 0 ? sum.reversed() : nil
    }

    private static let base64Lines = ThrowAwayKeys.publicA.split(separator: "\n").dropFirst().dropLast()
    private static let der = Data(base64Encoded: base64Lines.joined()).map(Array.init) ?? []
    /// Key A's: the 256 bytes before the exponent, which ends the key in five.
    private static let modulus = Array(der.dropLast(5).suffix(256))
}

/// A secret under a name, so that test logs show the name.
struct BadSecret: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]

    init(_ name: String, _ bytes: [UInt8]) {
        self.testDescription = name
        self.bytes = bytes
    }
}
