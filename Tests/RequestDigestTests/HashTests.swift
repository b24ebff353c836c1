// SHA-256 (FIPS 180-4 examples), HMAC-SHA256 (RFC 4231), comparison, random tokens.

import RequestDigest
import Testing

@Suite("Hashes")
struct HashTests {
    @Test(
        "SHA-256 of the published examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func sha256(_ text: String, _ expected: String) {
        #expect(SHA256.hex(Array(text.utf8)) == expected)
        #expect(SHA256.hash(Array(text.utf8)) == bytes(expected))
    }

    static let codes: [(key: [UInt8], message: [UInt8], expected: String)] = [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test("HMAC-SHA256 of RFC 4231's cases 1, 2 and 6, and of nothing", arguments: codes)
    func hmac(_ key: [UInt8], _ message: [UInt8], _ expected: String) {
        #expect(HMACSHA256.authenticate(message, key: key) == bytes(expected))
    }

    @Test("Comparison sees a difference in any byte and in length")
    func comparison() {
        let bytes = Array("0123456789".utf8)
        #expect(constantTimeEqual(bytes, bytes))
        #expect(constantTimeEqual([], []))
        #expect(!constantTimeEqual(bytes, bytes.dropLast()))
        #expect(!constantTimeEqual([], [0]))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!constantTimeEqual(bytes, other))
        }
    }

    @Test("Random tokens have their length in hex, and differ")
    func random() {
        let tokens = Set((0..<1000).map { _ in RandomBytes.hex(count: 16) })
        #expect(tokens.count == 1000)
        #expect(tokens.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
        #expect(RandomBytes.hex(count: 0).isEmpty)
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
