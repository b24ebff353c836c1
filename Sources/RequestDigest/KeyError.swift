// Why a key file was refused. For whoever reads configuration: the text says what the operator should do, and holds
// nothing of the key.

/// A PEM text that can't be used as an RSA key.
public enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// More than `PublicKey.pemBytesMax` bytes.
    case tooLong
    /// No `-----BEGIN …-----` block.
    case notPEM
    /// More than one block. One file holds one key: the second would be silently unused.
    case severalBlocks
    /// A private key where the public one belongs.
    case privateKey
    /// A block of another kind.
    case wrongBlock(label: String, expected: String)
    /// The block is damaged.
    case undecodable(reason: String)
    /// A key of another algorithm (EC, Ed25519, RSA-PSS).
    case notRSA
    /// An RSA modulus outside `PublicKey.bitsMin ... PublicKey.bitsMax`.
    case modulusBits(Int)
    /// OpenSSL took the key and then would not work with it.
    case unusable(reason: String)

    /// One sentence for the operator.
    public var description: String {
        switch self {
        case .tooLong: "The key is longer than \(PublicKey.pemBytesMax) bytes."
        case .notPEM: "This is not a PEM key: there is no -----BEGIN line."
        case .severalBlocks: "There is more than one PEM block; use one file for each key."
        case .privateKey: "This is a private key; the app's public key is needed here (-----BEGIN PUBLIC KEY-----)."
        case .wrongBlock(let label, let expected): "The PEM block is \(label); \(expected) is needed."
        case .undecodable(let reason): "The PEM block is damaged (\(reason))."
        case .notRSA: "The key is not an RSA key."
        case .modulusBits(let bits):
            "The RSA key has \(bits) bits; \(PublicKey.bitsMin) to \(PublicKey.bitsMax) are allowed."
        case .unusable(let reason): "OpenSSL can't work with this key (\(reason))."
        }
    }
}
