// What is remembered of one request for an access token. Neither the app's secret nor the token is part of it.

import FoundationEssentials

/// One request for a token.
struct TokenRecord: Sendable {
    static let kept = 2_000

    /// When it came.
    var time: Date
    /// The HTTP status that was answered.
    var status: Int
    /// Why it was refused; empty when a token was given out.
    var problems: [String]
    /// The fault that was played.
    var fault: String?

    var json: JSON {
        var members: [String: JSON] = [
            "time": .string(EventRecord.stamp(time)), "status": .integer(Int64(status)),
            "problems": .array(problems.map(JSON.string)),
        ]
        members["fault"] = fault.map(JSON.string)
        return .object(members)
    }
}
