// Base64url without padding, as JWS uses it (RFC 7515 §2). For SignedToken and DigestSigner.
//
// Decoding is strict: one text spells one byte string. Library decoders skip white space, take either alphabet or drop
// stray bits at the end, and then two different headers would be the same token.

import COpenSSL

enum Base64URL {
    /// The bytes that `text` spells, or nil for padding, any other character, an impossible length or stray bits.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let (quads, rest) = text.count.quotientAndRemainder(dividingBy: 4)
        guard rest != 1 else { return nil }
        let sextets = Self.sextets
        var bytes: [UInt8] = []
        bytes.reserveCapacity(quads * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for character in text {
            let value = sextets[Int(character)]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        let strayBits = bits & (1 << bitCount - 1)
        return strayBits == 0 ? bytes : nil
    }

    /// `bytes` as base64url without padding.
    static func encode(_ bytes: [UInt8]) -> String {
        // EVP_EncodeBlock writes four characters for each three bytes begun, and a zero.
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let length = Int(EVP_EncodeBlock(&text, bytes, CInt(bytes.count)))
        let characters = text.prefix(length).filter { $0 != UInt8(ascii: "=") }.map { character in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: character
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The value of each character, 255 for one outside the alphabet.
    private static let sextets: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for (value, character) in alphabet.utf8.enumerated() {
            table[Int(character)] = UInt8(value)
        }
        return table
    }()
}
