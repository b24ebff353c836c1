// Signs a call as Wix does, or spoils it in one chosen way, so that a PSP's refusals can be seen
// (spec §2). Pure but for the key.

public import RequestDigest

/// A way to spoil a signed call. Each must be answered with anything but 200.
public enum Tamper: String, Sendable, CaseIterable {
    /// One digit of the body changes after signing.
    case body
    /// One character of the signature changes.
    case signature
    /// The token's two minutes have passed long ago.
    case expired
    /// The token says that it needs no signature.
    case algNone = "alg-none"
    /// A valid signature by a key that is not Wix's.
    case key
}

/// A body and the value of its `Digest` header.
public struct SignedCall: Sendable {
    /// What goes over the wire.
    public var body: [UInt8]
    /// `JWT=…`
    public var digest: String

    /// What Wix's tokens live (spec §2).
    public static let lifeSeconds: Int64 = 120
    private static let expiredSecondsAgo: Int64 = 3600

    /// Signs a body.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - tamper: nil: as Wix does it.
    public init(_ body: [UInt8], signer: DigestSigner, now: Int64, tamper: Tamper?) throws(KeyError) {
        self.body = body
        let issued = tamper == .expired ? now - Self.expiredSecondsAgo : now
        let signer = tamper == .key ? try DigestSigner(privateKeyPEM: strangersKeyPEM) : signer
        digest = try signer.header(for: body, issuedAt: issued, expiresAt: issued + Self.lifeSeconds)
        switch tamper {
        case .body: self.body = Self.changed(body)
        case .signature: digest = Self.spoiledSignature(digest)
        case .algNone: digest = Self.unsigned(digest)
        case nil, .expired, .key: break
        }
    }

    /// The last digit, or else a space at the end: still the same kind of JSON.
    private static func changed(_ body: [UInt8]) -> [UInt8] {
        guard let index = body.lastIndex(where: { (0x30...0x39).contains($0) }) else { return body + [0x20] }
        var body = body
        body[index] = body[index] == 0x39 ? 0x38 : body[index] + 1
        return body
    }

    private static func spoiledSignature(_ digest: String) -> String {
        guard let dot = digest.lastIndex(of: ".") else { return digest }
        // Not the last character, some of whose bits say nothing.
        let first = digest.index(after: dot)
        let other: Character = digest[first] == "A" ? "B" : "A"
        return digest[...dot] + String(other) + digest[digest.index(after: first)...]
    }

    private static func unsigned(_ digest: String) -> String {
        let parts = digest.split(separator: ".", omittingEmptySubsequences: false)
        // {"alg":"none"}
        return "JWT=eyJhbGciOiJub25lIn0.\(parts[1])."
    }
}
