// Reads the one block of a PEM text. For PublicKey and DigestSigner. Never asks for a pass phrase on the terminal, as
// OpenSSL's higher-level readers do by default.

import COpenSSL

enum PEM {
    /// The label and the DER content of the only block in `text`. Call inside `OpenSSL.call`.
    static func onlyBlock(of text: String) throws(KeyError) -> (label: String, der: [UInt8]) {
        let bytes = Array(text.utf8)
        guard bytes.count <= PublicKey.pemBytesMax else { throw .tooLong }
        guard let input = BIO_new(BIO_s_mem()) else { throw .unusable(reason: OpenSSL.lastReason()) }
        defer { BIO_free(input) }
        // Nothing written reads as the end at once, which is right for an empty text.
        BIO_write(input, bytes, CInt(bytes.count))
        guard let block = try nextBlock(of: input) else { throw .notPEM }
        guard try nextBlock(of: input) == nil else { throw .severalBlocks }
        return block
    }

    private static func nextBlock(of input: OpaquePointer) throws(KeyError) -> (label: String, der: [UInt8])? {
        var label: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var content: UnsafeMutablePointer<UInt8>?
        var contentBytes = 0
        guard PEM_read_bio(input, &label, &header, &content, &contentBytes) == 1, let label, let content else {
            if ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE { return nil }
            throw .undecodable(reason: OpenSSL.lastReason())
        }
        defer {
            CRYPTO_free(label, #fileID, #line)
            CRYPTO_free(header, #fileID, #line)
            CRYPTO_clear_free(content, contentBytes, #fileID, #line)
        }
        return (String(cString: label), Array(UnsafeBufferPointer(start: content, count: contentBytes)))
    }

    /// Refuses what is not an RSA key of an accepted size.
    static func requireRSA(_ key: KeyHandle) throws(KeyError) -> Int {
        guard EVP_PKEY_is_a(key.pointer, "RSA") == 1 else { throw .notRSA }
        let bits = Int(EVP_PKEY_get_bits(key.pointer))
        guard (PublicKey.bitsMin...PublicKey.bitsMax).contains(bits) else { throw .modulusBits(bits) }
        return bits
    }
}
