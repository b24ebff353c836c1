// The body of `POST /oauth/access` against spec §6.1. Pure; tells which field is wrong, never its value.

import RequestDigest

/// The PSP's app at Wix, as its owner set the emulator up.
public struct AppCredentials: Sendable {
    /// The app's id.
    public let appId: String
    private let secret: [UInt8]

    /// The app that may ask for tokens.
    public init(appId: String, appSecret: String) {
        self.appId = appId
        self.secret = Array(appSecret.utf8)
    }

    /// What is wrong with a request for a token; empty when it gets one. A wrong id or secret is 401, the rest 400.
    func check(contentType: String?, body: [UInt8]) -> (status: Int, problems: [Problem]) {
        var problems: [Problem] = []
        if !isJSON(contentType) { problems.append(Problem("Content-Type", "must be application/json")) }
        guard let request = JSON(parsing: body), case .object = request else {
            return (400, problems + [Problem("body", "must be a JSON object")])
        }
        for (name, value) in [("grant_type", "client_credentials"), ("scope", "CASHIER.GET_ACCESS")]
        where request[name] != .string(value) {
            problems.append(Problem(name, "must be \(value)"))
        }
        for name in ["client_id", "client_secret"] where request[name]?.text == nil {
            problems.append(Problem(name, "must be a string"))
        }
        guard problems.isEmpty else { return (400, problems) }
        let id = request["client_id"]?.text ?? ""
        let given = Array((request["client_secret"]?.text ?? "").utf8)
        if id != appId { problems.append(Problem("client_id", "is not the app's")) }
        if !constantTimeEqual(given, secret) { problems.append(Problem("client_secret", "is not the app's")) }
        return (401, problems)
    }
}

/// Whether a `Content-Type` says JSON, with or without parameters.
func isJSON(_ contentType: String?) -> Bool {
    let type = (contentType ?? "").split(separator: ";", omittingEmptySubsequences: false).first ?? ""
    return type.lowercased().filter { !$0.isWhitespace } == "application/json"
}
