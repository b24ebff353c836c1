// The vectors of Fixtures/examples/digest.test-vector.json: one signed by others, one hash published by Wix.

import Foundation
import RequestDigest
import Testing

private struct VectorFile: Decodable {
    struct Published: Decodable {
        let raw_body_utf8: String
        let sha256_hex: String
        let iat: Int64
        let exp: Int64
    }

    let header_value: String
    let public_key_pem: String
    let raw_body_utf8: String
    let raw_body_sha256_hex: String
    let valid_at_epoch_seconds: Int64
    let expired_at_epoch_seconds: Int64
    let same_json_reserialised_utf8: String
    let same_json_reserialised_sha256_hex: String
    let wix_published_vector: Published

    static func load(_ file: String = #filePath) throws -> VectorFile {
        let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        let path = tests.appendingPathComponent("Fixtures/examples/digest.test-vector.json")
        return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: path))
    }

    func verdict(body: String, now: Int64) throws -> DigestVerdict {
        let verifier = DigestVerifier(keys: [try PublicKey(pem: public_key_pem)], clockSkewSeconds: 0)
        return verifier.verify([header_value], body: Array(body.utf8), now: now)
    }
}

@Suite("The published Digest vectors")
struct DigestVectorTests {
    private let vector: VectorFile

    init() throws {
        vector = try VectorFile.load()
    }

    @Test("The signed vector is genuine at its time")
    func signedVector() throws {
        #expect(
            try vector.verdict(body: vector.raw_body_utf8, now: vector.valid_at_epoch_seconds)
                == .genuine(issuedSecondsAgo: 60))
    }

    @Test("The signed vector is refused after its time")
    func expiredVector() throws {
        #expect(
            try vector.verdict(body: vector.raw_body_utf8, now: vector.expired_at_epoch_seconds) == .refused(.expired))
    }

    @Test("The same JSON written differently is refused")
    func reserialisedBody() throws {
        #expect(
            try vector.verdict(body: vector.same_json_reserialised_utf8, now: vector.valid_at_epoch_seconds)
                == .refused(.bodyMismatch))
    }

    @Test("The bodies hash to the printed values")
    func hashes() {
        let wix = vector.wix_published_vector
        #expect(SHA256.hex(Array(vector.raw_body_utf8.utf8)) == vector.raw_body_sha256_hex)
        #expect(SHA256.hex(Array(vector.same_json_reserialised_utf8.utf8)) == vector.same_json_reserialised_sha256_hex)
        #expect(SHA256.hex(Array(wix.raw_body_utf8.utf8)) == wix.sha256_hex)
    }

    @Test("Wix's published body, hash and times make a genuine token")
    func wixPublishedVector() throws {
        let wix = vector.wix_published_vector
        let claims = #"{"data":{"SHA256":"\#(wix.sha256_hex)"},"iat":\#(wix.iat),"exp":\#(wix.exp)}"#
        let value = try Sample.signed(claims: claims)
        #expect(
            try Sample.verdict(on: value, body: Array(wix.raw_body_utf8.utf8), now: wix.iat)
                == .genuine(issuedSecondsAgo: 0))
    }
}
