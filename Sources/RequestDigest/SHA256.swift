// Hashes, and what goes with them: hex, HMAC, comparison, random tokens. For every target that needs them; pure
// functions, callable from any thread.

import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// Length of a hash.
    public static let byteCount = 32

    /// The 32-byte hash of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes(hash)
    }

    /// The hash of `bytes` as 64 lower-case hex characters.
    public static func hex(_ bytes: [UInt8]) -> String {
        Hex.encode(hash(bytes))
    }

    static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { output, written in
            let done = EVP_Digest(bytes.baseAddress, bytes.count, output.baseAddress, nil, OpenSSL.sha256, nil)
            precondition(done == 1, "hashing memory with a fetched algorithm fails only without memory")
            written = byteCount
        }
    }
}

/// HMAC-SHA256 (RFC 2104).
public enum HMACSHA256 {
    /// The 32-byte authentication code of `bytes`. Compare codes with `constantTimeEqual`.
    public static func authenticate(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        OpenSSL.call {
            [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { output, written in
                let code = EVP_Q_mac(
                    nil, "HMAC", nil, "SHA256", nil, key, key.count, bytes, bytes.count,
                    output.baseAddress, output.count, &written)
                precondition(code != nil && written == SHA256.byteCount, "HMAC-SHA256 fails only without memory")
            }
        }
    }
}

/// Whether `a` and `b` hold the same bytes, in a time that depends on their length alone.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}

/// Bytes nobody can guess, from OpenSSL's generator.
public enum RandomBytes {
    /// `count` random bytes as `2 * count` lower-case hex characters.
    ///
    /// Stops the process when the system gives no randomness: a token that can be guessed is worse.
    public static func hex(count: Int) -> String {
        OpenSSL.call {
            var bytes = [UInt8](repeating: 0, count: count)
            let filled = RAND_bytes(&bytes, CInt(count))
            precondition(filled == 1, "the system gives no random bytes")
            return Hex.encode(bytes)
        }
    }
}
