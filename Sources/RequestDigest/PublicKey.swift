// A Wix app's public key, loaded once at start and shared by all threads.

import COpenSSL

/// An RSA public key that Digest headers are verified with (spec §2).
public struct PublicKey: Sendable {
    /// The shortest accepted modulus, in bits.
    public static let bitsMin = 1024
    /// Shorter keys are used, but operators are told (NIST SP 800-131A).
    public static let bitsAdvised = 2_048
    /// The longest modulus that OpenSSL verifies with, in bits.
    public static let bitsMax = 16_384
    /// The longest PEM text read, in bytes.
    public static let pemBytesMax = 65_536

    /// Lower-case hex SHA-256 of the DER SubjectPublicKeyInfo: names the key in logs and configuration checks.
    public let fingerprint: String
    /// Length of the modulus.
    public let bits: Int

    let verifier: RS256Verifier

    /// Reads the `PUBLIC KEY` block, as Wix's app dashboard shows it.
    ///
    /// - Throws: `KeyError` when the text holds anything else: a private key, a certificate, two keys, another
    ///   algorithm, a modulus outside `bitsMin ... bitsMax`.
    public init(pem: String) throws(KeyError) {
        (self.fingerprint, self.bits, self.verifier) = try OpenSSL.call {
            () throws(KeyError) -> (String, Int, RS256Verifier) in
            let (label, der) = try PEM.onlyBlock(of: pem)
            if label.hasSuffix("PRIVATE KEY") { throw .privateKey }
            guard label == "PUBLIC KEY" else { throw .wrongBlock(label: label, expected: "PUBLIC KEY") }
            let key = try Self.decode(der)
            let bits = try PEM.requireRSA(key)
            return (SHA256.hex(der), bits, try RS256Verifier(key: key))
        }
    }

    private static func decode(_ der: [UInt8]) throws(KeyError) -> KeyHandle {
        let (key, bytesRead) = der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            let key = d2i_PUBKEY(nil, &cursor, buffer.count)
            return (key.map(KeyHandle.init(adopting:)), cursor.map { $0 - (buffer.baseAddress ?? $0) })
        }
        guard let key else { throw .undecodable(reason: OpenSSL.lastReason()) }
        guard bytesRead == der.count else { throw .undecodable(reason: "bytes after the key") }
        return key
    }
}
