// What is remembered of one call of Submit Event, taken in or refused. Written to the record file
// and shown by `GET /emulator/events`. The access token is not part of it.

import FoundationEssentials
import RequestDigest

/// One call of Submit Event.
struct EventRecord: Sendable {
    /// When it came.
    var time: Date
    var path: String
    /// The HTTP status that was answered.
    var status: Int
    var userAgent: String?
    /// Tells tokens apart without telling them: the first characters of the hash of `Authorization`.
    var token: String?
    var requestId: String?
    /// The body exactly as received; bytes that are not UTF-8 become U+FFFD.
    var body: String
    /// Why it was refused; empty when it was taken in.
    var problems: [String]
    /// The fault that was played instead of, or after, Wix's own answer.
    var fault: String?
    /// The payment, if the event named one.
    var wixTransactionId: String?

    /// One object; absent values are left out, except `userAgent`, which is null.
    var json: JSON {
        var members: [String: JSON] = [
            "time": .string(Self.stamp(time)), "path": .string(path), "status": .integer(Int64(status)),
            "userAgent": userAgent.map(JSON.string) ?? .null, "body": .string(body),
            "problems": .array(problems.map(JSON.string)),
        ]
        members["token"] = token.map(JSON.string)
        members["requestId"] = requestId.map(JSON.string)
        members["fault"] = fault.map(JSON.string)
        return .object(members)
    }

    /// What `token` is made of.
    static func fingerprint(_ authorization: String?) -> String? {
        authorization.map { String(SHA256.hex(Array($0.utf8)).prefix(tokenCharacters)) }
    }

    private static let tokenCharacters = 12

    /// UTC with milliseconds.
    static func stamp(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
