// Hashes, for every target that needs them. Pure functions, callable from any thread.

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
