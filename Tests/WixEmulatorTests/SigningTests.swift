// Every way to spoil a call is refused for its own reason; what is printed holds no card data.

import RequestDigest
import Testing

@testable import WixEmulator

@Suite("Signed and spoiled calls")
struct SigningTests {
    private static let now: Int64 = 1_795_860_000

    @Test(
        "A spoiled call is refused for the reason that was asked for",
        arguments: [
            (Tamper.body, DigestRefusal.bodyMismatch), (.signature, .signature), (.expired, .expired),
            (.algNone, .algorithm), (.key, .signature),
        ])
    func spoiled(tamper: Tamper, refusal: DigestRefusal) throws {
        #expect(try verdict(tamper) == .refused(refusal))
    }

    @Test("An unspoiled call is genuine, and its body goes out as it came")
    func genuine() throws {
        let body = Array("{ \"a\": 1 }".utf8)
        let call = try SignedCall(body, signer: signer(), now: Self.now, tamper: nil)
        #expect(call.body == body)
        #expect(try verdict(nil) == .genuine(issuedSecondsAgo: 0))
    }

    @Test("A body without digits is spoiled too")
    func noDigits() throws {
        let call = try SignedCall(Array("{}".utf8), signer: signer(), now: Self.now, tamper: .body)
        #expect(call.body == Array("{} ".utf8))
    }

    @Test("Card data and credentials are masked wherever they stand")
    func masked() throws {
        let text = [
            try Example.json("create-transaction.request.card"),
            try Example.json("create-transaction.request.google-pay.cryptogram-3ds"),
            try Example.json("connect-account.request"),
        ].map { $0.masked().line() }.joined()
        for secret in [
            "4111111111111111", "4761349999000039", "\"123\"", "AgAAAAAABk4DWZ4C28yUQAAAAAA=", "ms_live_c91f0e",
        ] {
            #expect(!text.contains(secret))
        }
        #expect(text.contains("411111••••••1111"))
    }

    private func signer() throws -> DigestSigner { try DigestSigner(privateKeyPEM: TestKey.privatePEM) }

    private func verdict(_ tamper: Tamper?) throws -> DigestVerdict {
        let body = try Example.bytes("create-transaction.request.card")
        let call = try SignedCall(body, signer: signer(), now: Self.now, tamper: tamper)
        let verifier = DigestVerifier(keys: [try PublicKey(pem: TestKey.publicPEM)], clockSkewSeconds: 30)
        return verifier.verify([call.digest], body: call.body, now: Self.now)
    }
}
