// One genuine request, and the tools to bend it.

@testable import RequestDigest

enum Sample {
    static let body = Array(#"{"amount":1000}"#.utf8)
    static let bodyHash = "612612d208fb618eb2b007d2a7f8d7a1cfb511532389298f1cc33322c3094bcc"
    static let issuedAt: Int64 = 1_795_860_000
    static let expiresAt: Int64 = 1_795_860_120
    static let now: Int64 = 1_795_860_060

    static let jwtHeader = #"{"alg":"RS256"}"#
    static let claims = claims(data: #"{"SHA256":"\#(bodyHash)"}"#)

    static func claims(data: String = #"{"SHA256":"\#(bodyHash)"}"#, iat: String = "1795860000") -> String {
        #"{"data":\#(data),"iat":\#(iat),"exp":1795860120}"#
    }

    static func claims(exp: String) -> String {
        #"{"data":{"SHA256":"\#(bodyHash)"},"iat":1795860000,"exp":\#(exp)}"#
    }

    static func signer(_ privateKey: String = ThrowAwayKeys.privateA) throws -> DigestSigner {
        try DigestSigner(privateKeyPEM: privateKey)
    }

    static func verifier(_ publicKeys: [String] = [ThrowAwayKeys.publicA], skew: Int = 0) throws -> DigestVerifier {
        DigestVerifier(keys: try publicKeys.map { try PublicKey(pem: $0) }, clockSkewSeconds: skew)
    }

    /// A header value signed with key A over these texts.
    static func signed(jwtHeader: String = jwtHeader, claims: String = claims) throws -> String {
        try signer().header(jwtHeader: jwtHeader, claims: claims)
    }

    /// What key A's verifier says about one header value, the sample's body and the sample's time.
    static func verdict(on value: String, body: [UInt8] = body, now: Int64 = now) throws -> DigestVerdict {
        try verifier().verify([value], body: body, now: now)
    }
}
