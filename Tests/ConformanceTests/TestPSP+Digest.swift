// How the test PSP looks at the Digest header: as it should, and then more or less strictly, by its defect.

import Foundation
import RequestDigest

@testable import WixEmulator

extension TestPSP {
    func isGenuine(_ call: HTTPCall, _ body: [UInt8], _ endpoint: Endpoint) -> Bool {
        if has(.refusesAll) { return false }
        let name = "digest"
        let values = call.headers.filter {
            has(.headerNameByCase) ? $0.name == "Digest" : $0.name.lowercased() == name
        }.map(\.value)
        let now = Int64(Date().timeIntervalSince1970)
        switch verifier.verify(values, body: body, now: now) {
        case .genuine(let age): return !isTooStrict(values.first ?? "", body, age)
        case .refused(let refusal): return passes(refusal, values.first ?? "", body, endpoint, now)
        }
    }

    /// What a defect refuses although it is genuine.
    private func isTooStrict(_ value: String, _ body: [UInt8], _ age: Int64) -> Bool {
        switch defect {
        case .noClockSkew: age < 0
        case .hashCaseMatters: Self.part(1, of: value).contains(SHA256.hex(body).uppercased())
        case .knownClaimsOnly: Self.part(0, of: value).contains("another")
        case .hashesReserialisedBody: JSON(parsing: body).map { $0.bytes() != body } ?? false
        case .hashesASCIIBody: body.contains { $0 >= 0x80 }
        default: false
        }
    }

    /// What a defect takes although it has to be refused.
    private func passes(
        _ refusal: DigestRefusal, _ value: String, _ body: [UInt8], _ endpoint: Endpoint, _ now: Int64
    ) -> Bool {
        let claims = Self.part(1, of: value)
        switch (defect, refusal) {
        case (.missingHeaderPasses, .missing): return endpoint == .createTransaction
        case (.missingHeaderPassesAtRefund, .missing): return endpoint == .refundTransaction
        case (.bodyHashIgnored, .bodyMismatch), (.signatureIgnored, .signature), (.expiryIgnored, .expired): return true
        case (.garbagePasses, .malformed): return !value.hasSuffix(".") || value.contains("e30")
        case (.algNonePasses, _): return Self.part(0, of: value).contains("none")
        case (.hmacPasses, .algorithm): return isSignedWithPublicKey(value)
        case (.hashMayBeMissing, .claimsMissing), (.hashMayBeMissing, .claimsInvalid):
            return !claims.contains(SHA256.hex(body)) && claims.contains("exp") && claims.contains("iat")
        case (.expiryMayBeMissing, .claimsMissing): return !claims.contains("exp")
        case (.issueTimeMayBeMissing, .claimsMissing): return !claims.contains("iat")
        case (.prefixIgnored, .prefix):
            if case .genuine = verifier.verify(["JWT=" + value], body: body, now: now) { return true }
            return false
        default: return false
        }
    }

    private func isSignedWithPublicKey(_ value: String) -> Bool {
        let parts = value.dropFirst("JWT=".count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, Self.part(0, of: value).contains("HS256") else { return false }
        let input = Array("\(parts[0]).\(parts[1])".utf8)
        let code = HMACSHA256.authenticate(input, key: Array(ConformanceKey.publicPEM.utf8))
        return Self.decoded(String(parts[2])) == code
    }

    /// The text of a token's part.
    private static func part(_ index: Int, of value: String) -> String {
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.indices.contains(index) else { return "" }
        let text = index == 0 ? parts[0].dropFirst("JWT=".count) : parts[index]
        return String(decoding: decoded(String(text)), as: UTF8.self)
    }

    private static func decoded(_ text: String) -> [UInt8] {
        var text = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        return [UInt8](Data(base64Encoded: text) ?? Data())
    }
}
