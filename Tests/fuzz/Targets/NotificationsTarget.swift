// Signatures of a gateway's notifications. An input is three lines, `webhook-id`, `webhook-timestamp` and
// `webhook-signature`, and then the body; the whole of it is read as a secret file too.

import Foundation
import RequestDigest
import WixPayments

@testable import Notifications

struct NotificationsTarget: FuzzTarget {
    /// From the documentation of Standard Webhooks' first implementation; whoever signed it signed nothing else here.
    private let published: NotificationVerifier
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private static let time: Int64 = 1_614_265_330
    private static let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    private static let body = Array(#"{"test": 2432232314}"#.utf8)

    /// Signs what the fuzzer makes up.
    private let own: NotificationVerifier
    private static let ownKey = Array("a key that signs in this file alone".utf8)

    init() {
        do {
            published = try NotificationVerifier(secrets: Secret(Self.secret))
            own = try NotificationVerifier(secrets: Secret("whsec_" + Data(Self.ownKey).base64EncodedString()))
        } catch {
            fatalError("a secret is refused: \(error)")
        }
    }

    func check(_ input: [UInt8]) {
        checkSecrets(String(decoding: input, as: UTF8.self))
        let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4 else { return }
        let (id, timestamp, signature) = (text(lines[0]), text(lines[1]), text(lines[2]))
        let body = Array(lines[3])
        checkPublished(id, timestamp, signature, body)
        checkSigned(id, timestamp, body)
        checkSplits(id, timestamp, body)
        checkChanges(id, timestamp, body)
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Rules

    /// Nothing but the published notification bears its signature.
    private func checkPublished(_ id: String, _ timestamp: String, _ signature: String, _ body: [UInt8]) {
        let isPublished = id.isSame(as: Self.id) && Int64(timestamp) == Self.time && body == Self.body
        switch verdict(of: published, id, timestamp, signature, body, now: Self.time) {
        case .genuine(let verified):
            rule("only the published notification is genuine", isPublished)
            rule("the id is the one signed", verified.isSame(as: id))
            rule("the signature is among those sent", signature.contains(Self.signature))
        case .refused:
            rule("the published one is genuine", !isPublished || !signature.isSame(as: Self.signature))
        }
    }

    /// What is signed is genuine just when its id and time have their form, and only in its time.
    private func checkSigned(_ id: String, _ timestamp: String, _ body: [UInt8]) {
        let isWellFormed =
            1...Limits.idCharactersMax ~= id.utf8.count && id.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != 0x2E }
            && !timestamp.isEmpty && timestamp.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        let signature = sign(id, timestamp, body)
        guard isWellFormed, let time = Int64(timestamp), time < .max - 1_000 else {
            return rule(
                "what has not its form is refused", !isGenuine(id, timestamp, signature, body, now: Self.time))
        }
        let tolerance = NotificationVerifier.toleranceSeconds
        for (late, expected) in [
            (0, .genuine(id: id)), (tolerance, .genuine(id: id)), (tolerance + 1, .refused(.tooOld)),
            (-tolerance, .genuine(id: id)), (-tolerance - 1, .refused(.tooNew)),
        ] as [(Int64, NotificationVerdict)] where time + late >= 0 {
            rule(
                "what is signed is genuine in its time alone",
                verdict(of: own, id, timestamp, signature, body, now: time + late) == expected)
        }
    }

    /// The signed text is `id.timestamp.body`: no other three parts of the same text may pass.
    private func checkSplits(_ id: String, _ timestamp: String, _ body: [UInt8]) {
        let content = Self.content(id, timestamp, body)
        let signature = sign(id, timestamp, body)
        let dots = content.indices.filter { content[$0] == UInt8(ascii: ".") }.prefix(8)
        for (number, first) in dots.enumerated() {
            for second in dots.dropFirst(number + 1) {
                let other = (text(content[..<first]), text(content[(first + 1)..<second]))
                let isOther = !other.0.isSame(as: id) || !other.1.isSame(as: timestamp)
                guard isOther, let time = Int64(other.1), time >= 0 else { continue }
                rule(
                    "a signature fits one id, time and body",
                    !isGenuine(other.0, other.1, signature, Array(content[(second + 1)...]), now: time)
                        || !isGenuine(id, timestamp, signature, body, now: Int64(timestamp).map { max(0, $0) } ?? 0))
            }
        }
    }

    /// One bit changed anywhere, and it is genuine no longer.
    private func checkChanges(_ id: String, _ timestamp: String, _ body: [UInt8]) {
        guard let time = Int64(timestamp), time >= 0 else { return }
        let signature = sign(id, timestamp, body)
        let place = body.reduce(id.utf8.count) { $0 &* 31 &+ Int($1) }
        let bit = UInt8(1) << (place & 7)
        func changed(_ text: String) -> String {
            var bytes = Array(text.utf8)
            guard !bytes.isEmpty else { return text + "x" }
            bytes[(place >> 3 & 0xFFFF) % bytes.count] ^= bit
            let changed = String(decoding: bytes, as: UTF8.self)
            return changed
        }
        let otherBody = body.isEmpty ? [bit] : Array(body.dropLast()) + [body[body.count - 1] ^ bit]
        rule("another body is refused", !isGenuine(id, timestamp, signature, otherBody, now: time))
        rule("another id is refused", !isGenuine(changed(id), timestamp, signature, body, now: time))
        rule("another signature is refused", !isGenuine(id, timestamp, changed(signature), body, now: time))
        rule("another time is refused", !isGenuine(id, "\(time + 1)", signature, body, now: time))
    }

    private func checkSecrets(_ text: String) {
        guard (try? NotificationVerifier(secrets: Secret(text))) != nil else { return }
        let words = text.split(whereSeparator: \.isWhitespace)
        rule("secrets are few", 1...NotificationVerifier.secretsMax ~= words.count)
        for word in words {
            let bytes = word.hasPrefix("whsec_") ? Data(base64Encoded: String(word.dropFirst(6))) : nil
            rule("a secret can't be guessed", NotificationVerifier.secretBytes.contains(bytes?.count ?? 0))
        }
    }

    // MARK: Tools

    private func verdict(
        of verifier: NotificationVerifier, _ id: String, _ timestamp: String, _ signature: String, _ body: [UInt8],
        now: Int64
    ) -> NotificationVerdict {
        verifier.verify(
            NotificationHeaders(id: [id], timestamp: [timestamp], signature: [signature]), body: body, now: now)
    }

    private func isGenuine(
        _ id: String, _ timestamp: String, _ signature: String, _ body: [UInt8], now: Int64
    ) -> Bool {
        verdict(of: own, id, timestamp, signature, body, now: now) == .genuine(id: id)
    }

    private static func content(_ id: String, _ timestamp: String, _ body: [UInt8]) -> [UInt8] {
        Array("\(id).\(timestamp).".utf8) + body
    }

    private func sign(_ id: String, _ timestamp: String, _ body: [UInt8]) -> String {
        let code = HMACSHA256.authenticate(Self.content(id, timestamp, body), key: Self.ownKey)
        return "v1,\(Data(code).base64EncodedString())"
    }
}
