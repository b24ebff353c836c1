// Makes Digest headers as Wix does. For wix-emulator and tests; pspd itself never signs.

import COpenSSL

/// Signs requests with an RSA private key (spec §2).
public struct DigestSigner: Sendable {
    private let key: KeyHandle

    /// Reads an unencrypted `PRIVATE KEY` or `RSA PRIVATE KEY` block.
    ///
    /// - Throws: `KeyError` when the text holds anything else.
    public init(privateKeyPEM: String) throws(KeyError) {
        key = try OpenSSL.call { () throws(KeyError) -> KeyHandle in
            let (label, der) = try PEM.onlyBlock(of: privateKeyPEM)
            guard label == "PRIVATE KEY" || label == "RSA PRIVATE KEY" else {
                throw .wrongBlock(label: label, expected: "PRIVATE KEY")
            }
            let key = der.withUnsafeBufferPointer { buffer in
                var cursor = buffer.baseAddress
                return d2i_AutoPrivateKey(nil, &cursor, buffer.count)
            }
            guard let key else { throw .undecodable(reason: OpenSSL.lastReason()) }
            let handle = KeyHandle(adopting: key)
            _ = try PEM.requireRSA(handle)
            return handle
        }
    }

    /// The header value `JWT=…` for `body`. Times are seconds since 1970.
    public func header(for body: [UInt8], issuedAt: Int64, expiresAt: Int64) throws(KeyError) -> String {
        try header(
            jwtHeader: #"{"kid":"wix-emulator","alg":"RS256"}"#,
            claims: #"{"data":{"SHA256":"\#(SHA256.hex(body))"},"iat":\#(issuedAt),"exp":\#(expiresAt)}"#)
    }

    /// The header value over any header and claims, which are taken as they are: for tokens that must be refused. The
    /// signature is RS256 whatever the header says.
    public func header(jwtHeader: String, claims: String) throws(KeyError) -> String {
        let input = Base64URL.encode(Array(jwtHeader.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        return "JWT=\(input).\(Base64URL.encode(try signature(of: Array(input.utf8))))"
    }

    private func signature(of input: [UInt8]) throws(KeyError) -> [UInt8] {
        try OpenSSL.call { () throws(KeyError) -> [UInt8] in
            guard let context = EVP_MD_CTX_new() else { throw .unusable(reason: OpenSSL.lastReason()) }
            defer { EVP_MD_CTX_free(context) }
            var length = Int(EVP_PKEY_get_size(key.pointer))
            var signature = [UInt8](repeating: 0, count: length)
            guard EVP_DigestSignInit(context, nil, OpenSSL.sha256, nil, key.pointer) == 1,
                EVP_DigestSign(context, &signature, &length, input, input.count) == 1
            else { throw .unusable(reason: OpenSSL.lastReason()) }
            return Array(signature.prefix(length))
        }
    }
}
