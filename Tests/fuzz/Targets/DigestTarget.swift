// The Digest header. An input is header values, a zero byte behind each, and then the body; the body is read as claims
// too. Nobody but the vector's signer can sign, so only the vector itself may ever be genuine.

import Foundation

@testable import RequestDigest
@testable import WixPayments

struct DigestTarget: FuzzTarget {
    private let vector: Vector
    private let verifier: DigestVerifier

    private struct Vector: Decodable {
        let header_value: String
        let public_key_pem: String
        let raw_body_utf8: String
        let valid_at_epoch_seconds: Int64
    }

    init() {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let file = tests.appendingPathComponent("Fixtures/examples/digest.test-vector.json")
        do {
            vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: file))
            verifier = DigestVerifier(keys: [try PublicKey(pem: vector.public_key_pem)], clockSkewSeconds: 0)
        } catch {
            fatalError("the vector can't be read: \(error)")
        }
    }

    func check(_ input: [UInt8]) {
        var parts = input.split(separator: 0, omittingEmptySubsequences: false)
        let body = Array(parts.removeLast())
        let values = parts.map { String(decoding: $0, as: UTF8.self) }
        checkVerdict(values, body)
        checkToken(values)
        checkMembers(body)
        checkClaims(body)
    }

    private func checkVerdict(_ values: [String], _ body: [UInt8]) {
        let isVector =
            values.count == 1 && values[0].isSame(as: vector.header_value) && body == Array(vector.raw_body_utf8.utf8)
        switch verifier.verify(values, body: body, now: vector.valid_at_epoch_seconds) {
        case .genuine: rule("nothing but the vector is genuine", isVector)
        case .refused(let refusal):
            rule("the vector is genuine", !isVector)
            rule("no header is missing, and nothing else is", (refusal == .missing) == values.isEmpty)
            if values.count > 1 { rule("several headers are refused as such", refusal == .several) }
            if values.count == 1, values[0].utf8.count > DigestVerifier.headerBytesMax {
                rule("a long header is not looked at", refusal == .tooLong)
            }
        }
    }

    /// A token that can be taken apart is put together again from its parts, so it has one spelling.
    private func checkToken(_ values: [String]) {
        guard let token = try? SignedToken(headerValues: values) else { return }
        let segments = token.signingInput.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let header = Base64URL.decode(segments[0]) ?? []
        let again = [header, token.payload, token.signature].map(Base64URL.encode).joined(separator: ".")
        rule("a token is what its parts encode to", values[0].isSame(as: "JWT=" + again))
        rule("a token is within the limit", values[0].utf8.count <= DigestVerifier.headerBytesMax)
        guard let document = try? JSONDocument(header), case .object(let members) = document.root.kind else {
            return rule("a token's header is a JSON object", false)
        }
        let algorithms = members.filter { document.isNamed($0, "alg") }
        rule("a token names one algorithm", algorithms.count == 1)
        rule("the algorithm is RS256", algorithms.allSatisfy { header[$0.value.range].elementsEqual("RS256".utf8) })
        rule("a token demands no extension", !members.contains { document.isNamed($0, "crit") })
    }

    // MARK: The reader of tokens against the reader of requests

    /// Nesting and members that the reader of tokens takes.
    private static let depthMax = 8
    private static let membersMax = 64

    private func checkMembers(_ json: [UInt8]) {
        let members = JSONMembers(object: json)
        guard let document = try? JSONDocument(json), case .object = document.root.kind else {
            return rule("what one reader refuses, the other refuses", members == nil)
        }
        rule("both readers take the same objects", (members != nil) == isPlain(document.root, document, depth: 1))
        if let members { checkSame(members, document.root, document) }
    }

    /// Within the limits, all names different and without escapes.
    private func isPlain(_ node: JSONNode, _ document: JSONDocument, depth: Int) -> Bool {
        switch node.kind {
        case .array(let elements):
            return depth <= Self.depthMax && elements.allSatisfy { isPlain($0, document, depth: depth + 1) }
        case .object(let members):
            let names = Set(members.map { document.bytes[$0.name] })
            return depth <= Self.depthMax && members.count <= Self.membersMax && names.count == members.count
                && members.allSatisfy { !$0.nameHasEscapes && isPlain($0.value, document, depth: depth + 1) }
        default: return true
        }
    }

    private func checkSame(_ members: JSONMembers, _ node: JSONNode, _ document: JSONDocument) {
        guard case .object(let expected) = node.kind, expected.count == members.members.count else {
            return rule("both readers see the same members", false)
        }
        for (member, expected) in zip(members.members, expected) {
            rule("both readers see the same names", member.name.elementsEqual(document.bytes[expected.name]))
            let text = document.bytes[expected.value.range]
            switch (member.value, expected.value.kind) {
            case (.string(let string), .string): rule("strings are the same", string.elementsEqual(text))
            case (.object(let inner), .object): checkSame(inner, expected.value, document)
            case (.integer(let integer), .number(isInteger: true)):
                rule("integers are the same", Int64(String(decoding: text, as: UTF8.self)) == integer)
            case (.other, .number(isInteger: true)):
                // The smallest integer has no positive counterpart; no time is near either.
                let integer = Int64(String(decoding: text, as: UTF8.self))
                rule("an integer that fits is read", integer == nil || integer == .min)
            case (.other, .array), (.other, .bool), (.other, .null), (.other, .number(isInteger: false)): break
            default: rule("values are of the same kind", false)
            }
        }
    }

    private func checkClaims(_ json: [UInt8]) {
        guard let claims = try? Claims(json: json) else { return }
        guard let reader = try? ObjectReader(body: json), let data = try? reader.object("data"),
            let hash = try? data.text("SHA256")
        else { return rule("claims are all there", false) }
        rule("the hash is the one written", hash.lowercased() == Hex.encode(claims.bodyHash))
        rule("the hash is one of SHA-256", claims.bodyHash.count == SHA256.byteCount)
        for (name, seconds) in [("iat", claims.issuedAt), ("exp", claims.expiresAt)] as [(StaticString, Int64)] {
            rule(
                "a time is the one written", (try? reader.integer(name, in: 0...Int(Claims.secondsMax))) == Int(seconds)
            )
        }
    }
}
