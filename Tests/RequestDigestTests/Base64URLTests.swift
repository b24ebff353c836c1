// Strict base64url, with the vectors of RFC 4648 §10 less their padding.

@testable import RequestDigest
import Testing

@Suite("Base64url")
struct Base64URLTests {
    @Test(
        "The vectors of RFC 4648 hold both ways",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(_ plain: String, _ text: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == text)
        #expect(Base64URL.decode(Array(text.utf8)[...]) == Array(plain.utf8))
    }

    @Test("The two characters of the URL alphabet are used")
    func alphabet() {
        #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Base64URL.decode(Array("--__".utf8)[...]) == [0xFB, 0xEF, 0xFF])
    }

    @Test("Every length comes back")
    func roundTrip() {
        for length in 0..<300 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ length) }
            #expect(Base64URL.decode(Array(Base64URL.encode(bytes).utf8)[...]) == bytes)
        }
    }

    @Test(
        "Anything but the one spelling is refused",
        arguments: [
            "A", "Z", "Zm9vA", "Zm9vY", "Zg==", "Zm8=", "=", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm9v\n", " Zm9v", "Zm 9v",
            "Zm9v.", "Zm9é",
            "Zm9v\u{0}",
        ])
    func refused(_ text: String) {
        #expect(Base64URL.decode(Array(text.utf8)[...]) == nil)
    }
}
