// Authentication codes, and how they are compared. Pure functions, callable from any thread.

import COpenSSL

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
