// Who may tell pspd of payments: the signature of a notification, as Standard Webhooks defines it
// (github.com/standard-webhooks). Pure; called by the endpoint of `POST /v1/notifications` before the body is parsed.

import Foundation
import RequestDigest
public import WixPayments

/// The three headers of a notification, each with every value as received: two of one name are refused.
public struct NotificationHeaders: Sendable, Hashable {
    /// `webhook-id`: the same for each delivery of one notification.
    public var id: [String]
    /// `webhook-timestamp`: seconds since 1970 of this delivery.
    public var timestamp: [String]
    /// `webhook-signature`: `v1,<base64>`, several with spaces between them.
    public var signature: [String]

    /// Creates the headers.
    public init(id: [String], timestamp: [String], signature: [String]) {
        self.id = id
        self.timestamp = timestamp
        self.signature = signature
    }
}

/// What became of a check.
public enum NotificationVerdict: Sendable, Hashable {
    /// Signed with one of the secrets, in time. `id` is the `webhook-id`, 1...`Limits.idCharactersMax` printable ASCII
    /// characters without a full stop: the key to recognise a repeat by.
    case genuine(id: String)
    /// Not to be listened to.
    case refused(NotificationRefusal)
}

/// Why a notification is refused; the raw value is a stable word for log and metrics, never for the answer.
public enum NotificationRefusal: String, Sendable, Hashable, CaseIterable {
    /// One of the three headers is absent.
    case headerMissing = "header-missing"
    /// One of them came twice.
    case headerRepeated = "header-repeated"
    /// `webhook-id` is empty, too long, not printable, or has a full stop in it.
    case idMalformed = "id-malformed"
    /// `webhook-timestamp` is not a whole number of seconds.
    case timestampMalformed = "timestamp-malformed"
    /// Signed longer ago than the tolerance.
    case tooOld = "too-old"
    /// Signed further ahead than the tolerance.
    case tooNew = "too-new"
    /// No `v1` signature among those sent, or too many.
    case signatureMalformed = "signature-malformed"
    /// No signature matches a secret.
    case signatureWrong = "signature-wrong"
}

/// Checks signatures against one secret, or several while one is being replaced.
public struct NotificationVerifier: Sendable {
    /// How far a notification's timestamp may be from now, either way, in seconds.
    public static let toleranceSeconds: Int64 = 300
    /// Signatures of one notification that are looked at.
    static let signaturesMax = 16
    static let secretsMax = 8
    /// A secret's length: Standard Webhooks advises 24 to 64; below 16 it could be guessed.
    static let secretBytes = 16...512

    private let secrets: [Secret<[UInt8]>]

    /// Takes the text of a secret file: `whsec_<base64>`, several with white space between them.
    public init(secrets text: Secret<String>) throws(NotificationSecretError) {
        let words = text.reveal().split(whereSeparator: \.isWhitespace)
        guard 1...Self.secretsMax ~= words.count else { throw words.isEmpty ? .missing : .tooMany }
        var secrets: [Secret<[UInt8]>] = []
        for word in words {
            guard word.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(word.dropFirst(6))) else {
                throw .malformed
            }
            guard Self.secretBytes.contains(bytes.count) else { throw .length }
            secrets.append(Secret(Array(bytes)))
        }
        self.secrets = secrets
    }

    /// Checks a notification. `now`: seconds since 1970.
    public func verify(_ headers: NotificationHeaders, body: [UInt8], now: Int64) -> NotificationVerdict {
        do throws(NotificationRefusal) {
            let id = try Self.only(headers.id)
            let timestamp = try Self.only(headers.timestamp)
            let signatures = try Self.signatures(try Self.only(headers.signature))
            // A full stop would let the signed text be divided in another place: id, time and body would be others.
            guard 1...Limits.idCharactersMax ~= id.utf8.count,
                id.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ".") })
            else { throw .idMalformed }
            guard !timestamp.isEmpty, timestamp.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let signed = Int64(timestamp)
            else { throw .timestampMalformed }
            // Both are whole positive numbers, so no difference overflows.
            guard now - signed <= Self.toleranceSeconds else { throw .tooOld }
            guard signed - now <= Self.toleranceSeconds else { throw .tooNew }
            let content = Array("\(id).\(timestamp).".utf8) + body
            let expected = secrets.map { Self.signature(of: content, with: $0) }
            // Every pair is compared, so that the time taken tells nothing.
            let matches = expected.reduce(false) { found, expected in
                signatures.reduce(found) { found, sent in constantTimeEqual(expected, sent) || found }
            }
            guard matches else { throw .signatureWrong }
            return .genuine(id: id)
        } catch {
            return .refused(error)
        }
    }

    private static func only(_ values: [String]) throws(NotificationRefusal) -> String {
        guard let value = values.first else { throw .headerMissing }
        guard values.count == 1 else { throw .headerRepeated }
        return value
    }

    /// The base64 text of each `v1` signature; other versions are left alone.
    private static func signatures(_ header: String) throws(NotificationRefusal) -> [[UInt8]] {
        let all = header.split(separator: " ")
        let known = all.filter { $0.hasPrefix("v1,") }.map { Array($0.dropFirst(3).utf8) }
        guard all.count <= signaturesMax, !known.isEmpty else { throw .signatureMalformed }
        return known
    }

    /// Compared as text, so that one signature has one spelling.
    private static func signature(of content: [UInt8], with secret: Secret<[UInt8]>) -> [UInt8] {
        let code = HMACSHA256.authenticate(content, key: secret.reveal())
        return Array(Data(code).base64EncodedString().utf8)
    }
}

extension NotificationRefusal: Error {}

/// A secret file that no signature could be checked with.
public enum NotificationSecretError: Error, Sendable, Hashable {
    /// Nothing in it.
    case missing
    /// More secrets than a rotation needs.
    case tooMany
    /// Not `whsec_` and base64.
    case malformed
    /// Fewer than 16 or more than 512 bytes.
    case length
}

extension NotificationSecretError: CustomStringConvertible {
    /// Says what a secret must be, never what it is.
    public var description: String {
        let bytes = NotificationVerifier.secretBytes
        return switch self {
        case .missing: "there is no notification secret"
        case .tooMany: "there are more than \(NotificationVerifier.secretsMax) notification secrets"
        case .malformed: "a notification secret must be written whsec_ and base64, padded with ="
        case .length: "a notification secret must be \(bytes.lowerBound) to \(bytes.upperBound) bytes long"
        }
    }
}
