// Decides whether a request is Wix's: design rule 1, spec §2. Called first for every request, from any thread, with the
// body's raw bytes. Keeps no state between calls but warm OpenSSL contexts, does no I/O, reads no clock.

/// Verifies `Digest: JWT=…` headers.
public struct DigestVerifier: Sendable {
    /// The longest header value looked at, in bytes. Wix's have about 700.
    public static let headerBytesMax = 8192

    private let keys: [RS256Verifier]
    private let clockSkewSeconds: Int64

    /// - Parameters:
    ///   - keys: any one of them may have signed; several while a key is being rotated.
    ///   - clockSkewSeconds: 0 or more; how far Wix's clock may be from ours, either way.
    public init(keys: [PublicKey], clockSkewSeconds: Int) {
        precondition(clockSkewSeconds >= 0)
        self.keys = keys.map(\.verifier)
        self.clockSkewSeconds = Int64(min(clockSkewSeconds, Int(Claims.secondsMax)))
    }

    /// Checks the cheap things first, but believes nothing of the token's payload before its signature held.
    ///
    /// - Parameters:
    ///   - values: the value of every Digest header, as received.
    ///   - body: the raw request body.
    ///   - now: seconds since 1970.
    public func verify(_ values: [String], body: [UInt8], now: Int64) -> DigestVerdict {
        do throws(DigestRefusal) {
            let token = try SignedToken(headerValues: values)
            try checkSignature(of: token)
            let claims = try Claims(json: token.payload)
            try checkTimes(of: claims, now: now)
            guard constantTimeEqual(SHA256.hash(body), claims.bodyHash) else { throw .bodyMismatch }
            return .genuine(issuedSecondsAgo: now - claims.issuedAt)
        } catch {
            return .refused(error)
        }
    }

    private func checkSignature(of token: SignedToken) throws(DigestRefusal) {
        let hash = token.signingInput.withUnsafeBytes(SHA256.hash)
        let holds = OpenSSL.call { keys.contains { $0.verifies(token.signature, ofHash: hash) } }
        guard holds else { throw .signature }
    }

    /// A token is dead *on* `exp` (RFC 7519 §4.1.4), and may be used from `iat` on.
    private func checkTimes(of claims: Claims, now: Int64) throws(DigestRefusal) {
        guard now - clockSkewSeconds < claims.expiresAt else { throw .expired }
        guard claims.issuedAt <= now + clockSkewSeconds else { throw .notYetValid }
    }
}
