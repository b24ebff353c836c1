// The three claims of a Digest token (spec §2). For DigestVerifier, once the signature has held.

struct Claims {
    /// Above any time a token can mean (year 9999), and far from where sums of seconds overflow.
    static let secondsMax: Int64 = 253_402_300_799

    /// `data.SHA256`, decoded: case does not matter.
    let bodyHash: [UInt8]
    /// `iat`, seconds since 1970.
    let issuedAt: Int64
    /// `exp`, seconds since 1970.
    let expiresAt: Int64

    init(json: [UInt8]) throws(DigestRefusal) {
        guard let members = JSONMembers(object: json) else { throw .claimsInvalid }
        issuedAt = try Self.seconds(members["iat"])
        expiresAt = try Self.seconds(members["exp"])
        guard let data = members["data"] else { throw .claimsMissing }
        guard case .object(let digests) = data else { throw .claimsInvalid }
        guard let digest = digests["SHA256"] else { throw .claimsMissing }
        guard case .string(let text) = digest, let hash = Hex.decode(text), hash.count == SHA256.byteCount else {
            throw .claimsInvalid
        }
        bodyHash = hash
    }

    private static func seconds(_ value: JSONMembers.Value?) throws(DigestRefusal) -> Int64 {
        guard let value else { throw .claimsMissing }
        guard case .integer(let seconds) = value, (0...secondsMax).contains(seconds) else { throw .claimsInvalid }
        return seconds
    }
}
