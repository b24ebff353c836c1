// Everything that must be refused, and with which word.

@testable import RequestDigest
import Testing

/// A header value that is wrong in one way.
struct BadValue: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: DigestRefusal
    let make: @Sendable () throws -> String

    init(_ name: String, _ expected: DigestRefusal, _ make: @escaping @Sendable () throws -> String) {
        self.testDescription = name
        self.expected = expected
        self.make = make
    }
}

/// The three segments of a genuine value.
private func segments() throws -> [String] {
    try Sample.signed().dropFirst(4).split(separator: ".").map(String.init)
}

private func joined(_ segments: [String]) -> String { "JWT=" + segments.joined(separator: ".") }

@Suite("A Digest header is refused")
struct DigestRefusalTests {
    static let badForms: [BadValue] = [
        BadValue("empty", .prefix) { "" },
        BadValue("without JWT=", .prefix) { String(try Sample.signed().dropFirst(4)) },
        BadValue("with jwt= in small letters", .prefix) { "jwt=" + (try Sample.signed().dropFirst(4)) },
        BadValue("with a space before", .prefix) { " " + (try Sample.signed()) },
        BadValue("with a space behind", .malformed) { try Sample.signed() + " " },
        BadValue("with nothing behind JWT=", .malformed) { "JWT=" },
        BadValue("of one segment", .malformed) { joined([try segments()[0]]) },
        BadValue("of two segments", .malformed) { joined(Array(try segments()[..<2])) },
        BadValue("of four segments", .malformed) { joined(try segments() + ["AAAA"]) },
        BadValue("of four segments, the last one empty", .malformed) { joined(try segments() + [""]) },
        BadValue("of five segments", .malformed) { joined(try segments() + ["AAAA", "AAAA"]) },
        BadValue("joined from two by a proxy", .several) { try Sample.signed() + ", " + Sample.signed() },
        BadValue("longer than the limit", .tooLong) {
            "JWT=" + String(repeating: "A", count: DigestVerifier.headerBytesMax - 3)
        },
        BadValue("with padding", .malformed) {
            let parts = try segments()
            return joined([parts[0], parts[1], parts[2] + "=="])
        },
        BadValue("in the standard base64 alphabet", .malformed) {
            let signature = try segments()[2]
            return joined([try segments()[0], try segments()[1], "+" + signature.dropFirst()])
        },
        BadValue("with a line end inside", .malformed) {
            let parts = try segments()
            return joined([parts[0], parts[1] + "\n", parts[2]])
        },
        BadValue("with stray bits at a segment's end", .malformed) {
            // 256 bytes leave two meaningful bits in the last character; the next letter sets a stray one.
            let parts = try segments()
            let last = try #require(parts[2].unicodeScalars.last)
            let stray = try #require(Unicode.Scalar(last.value + 1))
            return joined([parts[0], parts[1], parts[2].dropLast() + String(Character(stray))])
        },
        BadValue("with a character outside ASCII", .malformed) { try Sample.signed() + "\u{FFFD}" },
    ]

    @Test("when its form is wrong", arguments: badForms)
    func form(_ bad: BadValue) throws {
        #expect(try Sample.verdict(on: bad.make()) == .refused(bad.expected))
    }

    /// JWT headers over otherwise genuine tokens, signed with the right key and RS256.
    static let badHeaders: [(header: String, expected: DigestRefusal)] = [
        ("", .malformed),
        ("{", .malformed),
        ("[]", .malformed),
        (#""RS256""#, .malformed),
        (#"{"alg":"RS256"}x"#, .malformed),
        (#"{"alg":"RS256","alg":"RS256"}"#, .malformed),
        (#"{"alg":"none","alg":"RS256"}"#, .malformed),
        (#"{"alg":"RS256","\u0061lg":"none"}"#, .malformed),
        (#"{"alg":"RS256","kid":"a","kid":"b"}"#, .malformed),
        (#"{"alg":"RS256","jwk":{"n":1,"n":2}}"#, .malformed),
        ("{}", .algorithm),
        (#"{"kid":"example","typ":"JWT"}"#, .algorithm),
        (#"{"alg":"none"}"#, .algorithm),
        (#"{"alg":"RS384"}"#, .algorithm),
        (#"{"alg":"rs256"}"#, .algorithm),
        (#"{"alg":"RS256 "}"#, .algorithm),
        (#"{"alg":["RS256"]}"#, .algorithm),
        (#"{"alg":null}"#, .algorithm),
        (#"{"ALG":"RS256"}"#, .algorithm),
        (#"{"alg":"RS256","crit":["b64"],"b64":false}"#, .criticalExtension),
        (#"{"alg":"RS256","crit":[]}"#, .criticalExtension),
        (#"{"alg":"RS256","crit":null}"#, .criticalExtension),
    ]

    @Test("when its JWT header is wrong, though the signature holds", arguments: badHeaders)
    func jwtHeader(_ header: String, _ expected: DigestRefusal) throws {
        let value = try Sample.signed(jwtHeader: header)
        #expect(try Sample.verdict(on: value) == .refused(expected))
    }

    static let badSignatures: [BadValue] = [
        BadValue("alg none without a signature", .algorithm) {
            let value = try Sample.signed(jwtHeader: #"{"alg":"none"}"#)
            return String(value.prefix(through: try #require(value.lastIndex(of: "."))))
        },
        BadValue("RS256 without a signature", .signature) { joined([try segments()[0], try segments()[1], ""]) },
        BadValue("HS256 with the public key's text as the secret", .algorithm) {
            hmacToken(jwtHeader: #"{"alg":"HS256"}"#)
        },
        BadValue("HMAC under a header that says RS256", .signature) { hmacToken(jwtHeader: Sample.jwtHeader) },
        BadValue("RS384", .algorithm) { "JWT=" + OutsideTokens.rs384 },
        BadValue("RS384 under a header that says RS256", .signature) { "JWT=" + OutsideTokens.rs384SayingRS256 },
        BadValue("PS256", .algorithm) { "JWT=" + OutsideTokens.ps256 },
        BadValue("PS256 under a header that says RS256", .signature) { "JWT=" + OutsideTokens.ps256SayingRS256 },
        BadValue("another key's", .signature) {
            try Sample.signer(ThrowAwayKeys.privateB).header(
                for: Sample.body, issuedAt: Sample.issuedAt, expiresAt: Sample.expiresAt)
        },
        BadValue("one byte of the signature changed", .signature) {
            let parts = try segments()
            let signature = (parts[2].first == "A" ? "B" : "A") + parts[2].dropFirst()
            return joined([parts[0], parts[1], signature])
        },
        BadValue("one byte cut from the signature", .signature) {
            let parts = try segments()
            let signature = try #require(Base64URL.decode(Array(parts[2].utf8)[...]))
            return joined([parts[0], parts[1], Base64URL.encode(signature.dropLast())])
        },
        BadValue("a zero put before the signature", .signature) {
            let parts = try segments()
            let signature = try #require(Base64URL.decode(Array(parts[2].utf8)[...]))
            return joined([parts[0], parts[1], Base64URL.encode([0] + signature)])
        },
        BadValue("claims exchanged under a genuine signature", .signature) {
            let other = try Sample.signed(claims: Sample.claims(exp: "1795869999")).split(separator: ".")
            return joined([try segments()[0], String(other[1]), try segments()[2]])
        },
        BadValue("the JWT header exchanged under a genuine signature", .signature) {
            let other = try Sample.signed(jwtHeader: #"{"alg":"RS256","kid":"x"}"#).dropFirst(4).split(separator: ".")
            return joined([String(other[0]), try segments()[1], try segments()[2]])
        },
    ]

    @Test("when its signature is not one of RS256 with a known key", arguments: badSignatures)
    func signature(_ bad: BadValue) throws {
        #expect(try Sample.verdict(on: bad.make()) == .refused(bad.expected))
    }

    private static func hmacToken(jwtHeader: String) -> String {
        let input = Base64URL.encode(Array(jwtHeader.utf8)) + "." + Base64URL.encode(Array(Sample.claims.utf8))
        let code = HMACSHA256.authenticate(Array(input.utf8), key: Array(ThrowAwayKeys.publicA.utf8))
        return "JWT=\(input).\(Base64URL.encode(code))"
    }

    static let badClaims: [(claims: String, expected: DigestRefusal)] = [
        ("", .claimsInvalid),
        ("null", .claimsInvalid),
        (Sample.claims + "}", .claimsInvalid),
        (#"{"data":{"SHA256":"\#(Sample.bodyHash)"},"iat":1795860000}"#, .claimsMissing),
        (#"{"data":{"SHA256":"\#(Sample.bodyHash)"},"exp":1795860120}"#, .claimsMissing),
        (#"{"iat":1795860000,"exp":1795860120}"#, .claimsMissing),
        (Sample.claims(data: "{}"), .claimsMissing),
        (Sample.claims(data: #"{"sha256":"\#(Sample.bodyHash)"}"#), .claimsMissing),
        (Sample.claims(data: "null"), .claimsInvalid),
        (Sample.claims(data: #""\#(Sample.bodyHash)""#), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":null}"#), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":""}"#), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":"\#(Sample.bodyHash.dropLast())"}"#), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":"\#(Sample.bodyHash.dropLast(2))"}"#), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":"\#(Sample.bodyHash)00"}"#), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":"\#(Sample.bodyHash.dropLast())g"}"#), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":" \#(Sample.bodyHash.dropLast())"}"#), .claimsInvalid),
        (Sample.claims(exp: #""1795860120""#), .claimsInvalid),
        (Sample.claims(exp: "1795860120.0"), .claimsInvalid),
        (Sample.claims(exp: "1.79586012e9"), .claimsInvalid),
        (Sample.claims(exp: "null"), .claimsInvalid),
        (Sample.claims(exp: "true"), .claimsInvalid),
        (Sample.claims(exp: "-1"), .claimsInvalid),
        (Sample.claims(exp: "9223372036854775807"), .claimsInvalid),
        (Sample.claims(exp: "18446744073709551616"), .claimsInvalid),
        (Sample.claims(iat: #""1795860000""#), .claimsInvalid),
        (Sample.claims(iat: "1795860000.5"), .claimsInvalid),
        (Sample.claims(iat: "-9223372036854775808"), .claimsInvalid),
        (Sample.claims(exp: "1795860120,\"exp\":1795869999"), .claimsInvalid),
        (Sample.claims(iat: "1795860000,\"jti\":1,\"jti\":2"), .claimsInvalid),
        (Sample.claims(data: #"{"SHA256":"\#(Sample.bodyHash)","SHA256":"00"}"#), .claimsInvalid),
    ]

    @Test("when its claims are wrong, though the signature holds", arguments: badClaims)
    func claims(_ claims: String, _ expected: DigestRefusal) throws {
        let value = try Sample.signed(claims: claims)
        #expect(try Sample.verdict(on: value) == .refused(expected))
    }

    @Test("when it is absent")
    func missing() throws {
        #expect(try Sample.verifier().verify([], body: Sample.body, now: Sample.now) == .refused(.missing))
    }

    @Test("when there are two, even the same genuine one twice")
    func two() throws {
        let value = try Sample.signed()
        #expect(
            try Sample.verifier().verify([value, value], body: Sample.body, now: Sample.now) == .refused(.several))
    }

    @Test("when any one byte of the body was changed, added or cut")
    func changedBody() throws {
        let value = try Sample.signed()
        var bodies = Sample.body.indices.map { index in
            var body = Sample.body
            body[index] ^= 1
            return body
        }
        bodies += [Sample.body + [0x0A], Sample.body.dropLast(), []]
        for body in bodies {
            #expect(try Sample.verdict(on: value, body: body) == .refused(.bodyMismatch))
        }
    }

    @Test("before its claims are looked at, when the signature does not hold")
    func claimsOfAForgedTokenAreNotRead() throws {
        let value = try Sample.signer(ThrowAwayKeys.privateB).header(jwtHeader: Sample.jwtHeader, claims: "not JSON")
        #expect(try Sample.verdict(on: value) == .refused(.signature))
    }

    @Test("with a distinct, stable word for each reason")
    func words() {
        let words = DigestRefusal.allCases.map(\.rawValue)
        #expect(
            words == [
                "missing", "several", "too-long", "prefix", "malformed", "algorithm", "critical-extension",
                "signature", "claims-missing", "claims-invalid", "expired", "not-yet-valid", "body-mismatch",
            ])
    }
}
