// The compact JWS inside a Digest header, taken apart (RFC 7515 §3.1). For DigestVerifier. Its header has been checked;
// its payload is unverified bytes until the signature holds.

struct SignedToken {
    /// What the signature covers: the first two segments as received, with the dot between them.
    let signingInput: ArraySlice<UInt8>
    let payload: [UInt8]
    let signature: [UInt8]

    init(headerValues: [String]) throws(DigestRefusal) {
        guard let value = headerValues.first else { throw .missing }
        guard headerValues.count == 1 else { throw .several }
        guard value.utf8.count <= DigestVerifier.headerBytesMax else { throw .tooLong }
        let bytes = Array(value.utf8)
        // A comma belongs to no token; it is how a proxy joins two headers into one.
        guard !bytes.contains(UInt8(ascii: ",")) else { throw .several }
        guard bytes.starts(with: "JWT=".utf8) else { throw .prefix }
        try self.init(compact: bytes.dropFirst(4))
    }

    init(compact token: ArraySlice<UInt8>) throws(DigestRefusal) {
        let segments = token.split(maxSplits: 3, omittingEmptySubsequences: false) { $0 == UInt8(ascii: ".") }
        guard segments.count == 3, let header = Base64URL.decode(segments[0]) else { throw .malformed }
        try Self.check(header: header)
        guard let payload = Base64URL.decode(segments[1]), let signature = Base64URL.decode(segments[2]) else {
            throw .malformed
        }
        self.signingInput = token[..<segments[1].endIndex]
        self.payload = payload
        self.signature = signature
    }

    private static func check(header: [UInt8]) throws(DigestRefusal) {
        guard let members = JSONMembers(object: header) else { throw .malformed }
        guard case .string(let algorithm) = members["alg"], algorithm.elementsEqual("RS256".utf8) else {
            throw .algorithm
        }
        guard members["crit"] == nil else { throw .criticalExtension }
    }
}
