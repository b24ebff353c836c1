// RS256 alone, against the examples of RFC 7515 (appendix A.2) and RFC 7520 (section 4.1).

@testable import RequestDigest
import Testing

@Suite("The RS256 layer")
struct SignatureLayerTests {
    /// A printed example, taken apart.
    struct Example: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let compact: String
        let publicKey: String
        let payload: String
        /// The signature's first bytes.
        let signature: [UInt8]
    }

    static let examples = [
        Example(
            testDescription: "RFC 7515 A.2", compact: OutsideTokens.rfc7515, publicKey: ThrowAwayKeys.rfc7515,
            payload: "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}",
            signature: [112, 46, 33, 137]),
        Example(
            testDescription: "RFC 7520 4.1", compact: OutsideTokens.rfc7520, publicKey: ThrowAwayKeys.rfc7520,
            payload: """
                It\u{2019}s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't \
                keep your feet, there\u{2019}s no knowing where you might be swept off to.
                """,
            signature: [0x31, 0x18, 0xDD, 0x92]),
    ]

    private func signatureHolds(_ example: Example, for bytes: ArraySlice<UInt8>? = nil, key: String? = nil) throws
        -> Bool
    {
        let token = try SignedToken(compact: Array(example.compact.utf8)[...])
        let verifier = try PublicKey(pem: key ?? example.publicKey).verifier
        let hash = SHA256.hash(Array(bytes ?? token.signingInput))
        return OpenSSL.call { verifier.verifies(token.signature, ofHash: hash) }
    }

    @Test("A printed signature holds", arguments: examples)
    func holds(_ example: Example) throws {
        #expect(try signatureHolds(example))
    }

    @Test("A printed signature does not hold for other bytes, nor with another key", arguments: examples)
    func otherBytes(_ example: Example) throws {
        let token = try SignedToken(compact: Array(example.compact.utf8)[...])
        #expect(try !signatureHolds(example, for: token.signingInput.dropLast()))
        #expect(try !signatureHolds(example, key: ThrowAwayKeys.publicA))
    }

    @Test("A printed token is taken apart as printed", arguments: examples)
    func segments(_ example: Example) throws {
        let token = try SignedToken(compact: Array(example.compact.utf8)[...])
        #expect(token.payload == Array(example.payload.utf8))
        #expect(token.signature.starts(with: example.signature))
        #expect(token.signature.count == 256)
    }

    @Test("A printed token is no Digest, though its signature holds", arguments: examples)
    func noDigest(_ example: Example) throws {
        let verifier = try Sample.verifier([example.publicKey])
        guard case .refused(let reason) = verifier.verify(["JWT=" + example.compact], body: [], now: 1_300_819_379)
        else {
            Issue.record("taken for a Digest")
            return
        }
        #expect([.claimsMissing, .claimsInvalid].contains(reason))
    }
}
