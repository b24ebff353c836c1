// Signatures of notifications, as Standard Webhooks makes them.

import Foundation
import RequestDigest
import Testing
import WixPayments

@testable import Notifications

@Suite("Notification signatures")
struct NotificationVerifierTests {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let body = Array(#"{"test": 2432232314}"#.utf8)
    static let time: Int64 = 1_614_265_330
    static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    /// From the documentation of Standard Webhooks' first implementation (docs.svix.com, Verifying manually).
    static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    private func verify(
        _ secrets: String = secret, id: [String] = [id], timestamp: [String] = ["\(time)"],
        signature: [String] = [signature], body: [UInt8] = body, now: Int64 = time
    ) throws -> NotificationVerdict {
        try NotificationVerifier(secrets: Secret(secrets)).verify(
            NotificationHeaders(id: id, timestamp: timestamp, signature: signature), body: body, now: now)
    }

    /// Signs as another implementation would.
    private func sign(_ id: String, _ timestamp: String, _ body: [UInt8], secret: String = secret) throws -> String {
        let key = try #require(Data(base64Encoded: String(secret.dropFirst(6))))
        let code = HMACSHA256.authenticate(Array("\(id).\(timestamp).".utf8) + body, key: Array(key))
        return "v1,\(Data(code).base64EncodedString())"
    }

    @Test("The published example is genuine")
    func published() throws {
        #expect(try verify() == .genuine(id: Self.id))
    }

    @Test("Any change of id, time, body or secret is refused")
    func tampered() throws {
        #expect(try verify(id: ["msg_other"]) == .refused(.signatureWrong))
        #expect(try verify(timestamp: ["\(Self.time + 1)"]) == .refused(.signatureWrong))
        #expect(try verify(body: Self.body + [0x20]) == .refused(.signatureWrong))
        #expect(try verify(body: []) == .refused(.signatureWrong))
        #expect(try verify("whsec_" + Data(repeating: 7, count: 24).base64EncodedString()) == .refused(.signatureWrong))
    }

    @Test("While a secret is replaced, either of two signs, and a sender may sign with both")
    func rotation() throws {
        let new = "whsec_" + Data(repeating: 9, count: 32).base64EncodedString()
        let signed = try sign(Self.id, "\(Self.time)", Self.body, secret: new)
        #expect(try verify("\(new)\n\(Self.secret)\n") == .genuine(id: Self.id))
        #expect(try verify("\(new)\n\(Self.secret)\n", signature: [signed]) == .genuine(id: Self.id))
        #expect(try verify(signature: ["\(signed) \(Self.signature)"]) == .genuine(id: Self.id))
        #expect(try verify(signature: ["v1a,abc \(Self.signature) v2,def"]) == .genuine(id: Self.id))
        #expect(try verify(signature: [signed]) == .refused(.signatureWrong))
    }

    @Test(
        "A timestamp more than five minutes off is refused",
        arguments: [
            (300, nil), (301, .tooOld), (-300, nil), (-301, .tooNew), (1_614_265_330, .tooOld),
        ] as [(Int64, NotificationRefusal?)])
    func tolerance(_ age: Int64, _ refusal: NotificationRefusal?) throws {
        let timestamp = "\(Self.time - age)"
        let verdict = try verify(
            timestamp: [timestamp], signature: [try sign(Self.id, timestamp, Self.body)])
        #expect(verdict == refusal.map(NotificationVerdict.refused) ?? .genuine(id: Self.id))
    }

    @Test("Headers that are missing or came twice are refused")
    func headers() throws {
        #expect(try verify(id: []) == .refused(.headerMissing))
        #expect(try verify(timestamp: []) == .refused(.headerMissing))
        #expect(try verify(signature: []) == .refused(.headerMissing))
        #expect(try verify(id: [Self.id, Self.id]) == .refused(.headerRepeated))
        #expect(try verify(timestamp: ["\(Self.time)", "1"]) == .refused(.headerRepeated))
        #expect(try verify(signature: [Self.signature, Self.signature]) == .refused(.headerRepeated))
    }

    @Test(
        "A malformed id is refused", arguments: ["", "a b", "é", "a\u{7F}", "a.b", String(repeating: "i", count: 201)])
    func ids(_ id: String) throws {
        let signature = try sign(id, "\(Self.time)", Self.body)
        #expect(try verify(id: [id], signature: [signature]) == .refused(.idMalformed))
    }

    @Test("The signed text divided in another place is refused")
    func divided() throws {
        let body = Array("\(Self.time).{}".utf8)
        let signature = try sign("a", "\(Self.time)", body)
        #expect(try verify(id: ["a"], signature: [signature], body: body) == .genuine(id: "a"))
        #expect(
            try verify(id: ["a.\(Self.time)"], signature: [signature], body: Array("{}".utf8))
                == .refused(.idMalformed))
    }

    @Test(
        "A timestamp that is no whole number of seconds is refused",
        arguments: [
            "", "now", "-1614265330", "+1614265330", "1614265330.5", " 1614265330", "1614265330000000000000",
        ])
    func timestamps(_ timestamp: String) throws {
        let signature = try sign(Self.id, timestamp, Self.body)
        #expect(try verify(timestamp: [timestamp], signature: [signature]) == .refused(.timestampMalformed))
    }

    @Test("A header without a v1 signature, or with too many, is refused")
    func signatures() throws {
        for header in ["", "v1", "v2,abc", String(Self.signature.dropFirst(3))] {
            #expect(try verify(signature: [header]) == .refused(.signatureMalformed))
        }
        let many = Array(repeating: Self.signature, count: 17).joined(separator: " ")
        #expect(try verify(signature: [many]) == .refused(.signatureMalformed))
        #expect(try verify(signature: ["v1,"]) == .refused(.signatureWrong))
        #expect(try verify(signature: [String(Self.signature.dropLast())]) == .refused(.signatureWrong))
    }

    @Test(
        "A secret file that no signature could be checked with is refused",
        arguments: [
            ("", NotificationSecretError.missing), (" \n", .missing), ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .malformed),
            ("whsec_***", .malformed), ("whsec_", .length), ("whsec_c2hvcnQ=", .length),
            (Array(repeating: secret, count: 9).joined(separator: "\n"), .tooMany),
        ])
    func secrets(_ text: String, _ expected: NotificationSecretError) {
        #expect(throws: expected) { try NotificationVerifier(secrets: Secret(text)) }
    }

    @Test("A verifier shows no secret")
    func discretion() throws {
        let verifier = try NotificationVerifier(secrets: Secret(Self.secret))
        var shown = ""
        dump(verifier, to: &shown)
        #expect(!"\(verifier)\(shown)".contains("49"))  // the secret's first byte, 0x31
        #expect(shown.contains("•••"))
    }

    @Test("Refusals have one stable word each")
    func words() {
        #expect(
            NotificationRefusal.allCases.map(\.rawValue) == [
                "header-missing", "header-repeated", "id-malformed", "timestamp-malformed", "too-old", "too-new",
                "signature-malformed", "signature-wrong",
            ])
    }
}
