// RS256 alone, against the example of RFC 7515.

@testable import RequestDigest
import Testing

@Suite("The RS256 layer")
struct SignatureLayerTests {
    private let token: SignedToken
    private let verifier: RS256Verifier

    init() throws {
        token = try SignedToken(compact: Array(OutsideTokens.rfc7515.utf8)[...])
        verifier = try PublicKey(pem: ThrowAwayKeys.rfc7515).verifier
    }

    @Test("RFC 7515 A.2's signature holds")
    func holds() {
        let hash = SHA256.hash(Array(token.signingInput))
        #expect(OpenSSL.call { verifier.verifies(token.signature, ofHash: hash) })
    }

    @Test("RFC 7515 A.2's signature does not hold for other bytes")
    func otherBytes() {
        let hash = SHA256.hash(token.signingInput.dropLast())
        #expect(!OpenSSL.call { verifier.verifies(token.signature, ofHash: hash) })
    }

    @Test("RFC 7515 A.2's token is taken apart as printed there")
    func segments() {
        let payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        #expect(token.payload == Array(payload.utf8))
        #expect(token.signature.prefix(4) == [112, 46, 33, 137])
        #expect(token.signature.count == 256)
    }
}
