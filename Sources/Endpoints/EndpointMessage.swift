// A call and its answer as the endpoints see them. They know nothing of FastCGI, so that they run in tests without it.

/// An HTTP request.
public struct EndpointRequest: Sendable {
    /// What is known of the body.
    public enum Body: Sendable {
        /// All of it.
        case complete([UInt8])
        /// Over the limit; not read.
        case tooLarge
        /// Less than was announced.
        case truncated
    }

    /// The method, in upper case.
    public var method: String
    /// The path, normalised by the web server, without query.
    public var path: String
    /// `Content-Type` as sent.
    public var contentType: String?
    /// The value of every `Digest` header, in order: two are refused (design rule 1).
    public var digests: [String]
    /// The body's raw bytes.
    public var body: Body
    /// Names the call in logs, from nginx to the event's delivery.
    public var requestID: String
    /// The caller's address, as the web server saw it; nil where it is not known.
    public var address: String?
    /// Every value of another request header, by its name in lower case.
    public var header: @Sendable (String) -> [String]

    /// Creates a request.
    public init(
        method: String, path: String, contentType: String?, digests: [String], body: Body, requestID: String,
        address: String? = nil, header: @escaping @Sendable (String) -> [String] = { _ in [] }
    ) {
        self.method = method
        self.path = path
        self.contentType = contentType
        self.digests = digests
        self.body = body
        self.requestID = requestID
        self.address = address
        self.header = header
    }
}

/// An HTTP answer.
public struct EndpointResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Headers, `Content-Type` among them.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]
    /// Events that may leave as soon as this answer has been flushed (design rule 11).
    public var released: [Int64] = []
    /// What happened, for the log and metrics: a word such as `approved` or `unauthorized`.
    public var outcome: String
    /// Wix's id of what it happened to, for the log: the payment's, else the merchant's.
    public var subject: String?

    /// An answer with a body of any type.
    public init(_ status: Int = 200, contentType: String, body: [UInt8], outcome: String, released: [Int64] = []) {
        self.status = status
        self.headers = [("Content-Type", contentType), ("Cache-Control", "no-store")]
        self.body = body
        self.outcome = outcome
        self.released = released
    }

    /// An answer with a JSON body.
    public init(_ status: Int = 200, json body: [UInt8], outcome: String, released: [Int64] = []) {
        self.init(
            status, contentType: "application/json; charset=utf-8", body: body, outcome: outcome, released: released)
    }

    /// The answer with the id that the log names it by.
    func about(_ subject: String?) -> EndpointResponse {
        var response = self
        response.subject = subject
        return response
    }

    /// A refusal: one generic code, whatever the reason; the reason is for the log alone.
    static func refusal(_ status: Int, _ code: String, _ message: String) -> EndpointResponse {
        let body = #"{"errorCode":"\#(code)","errorMessage":"\#(message)"}"#
        return EndpointResponse(status, json: Array(body.utf8), outcome: code.lowercased())
    }

    /// Come again: nothing was done, or it is still being done.
    static func tryAgain(_ code: String, _ message: String) -> EndpointResponse {
        var response = refusal(503, code, message)
        response.headers.append(("Retry-After", "1"))
        return response
    }

    static let notForEverybody = refusal(403, "FORBIDDEN", "This path is not for everybody")
    static let notFound = refusal(404, "NOT_FOUND", "There is nothing at this path")
    static let notPost = {
        var response = refusal(405, "METHOD_NOT_ALLOWED", "Only POST is answered here")
        response.headers.append(("Allow", "POST"))
        return response
    }()
    static let tooLarge = refusal(413, "TOO_LARGE", "The body is over the limit")
    static let notJSONType = refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The body has to be application/json")
    static let unauthorized = refusal(401, "UNAUTHORIZED", "The request could not be verified")
    /// In nginx's words: which of the two limits it was is for the log alone.
    static let tooManyRefusals = {
        var response = refusal(429, "TOO_MANY_REQUESTS", "Too many requests; call again later")
        response.headers.append(("Retry-After", "1"))
        return response
    }()
    static let notJSON = refusal(400, "NOT_JSON", "The body is not a JSON object")
    static let truncated = refusal(400, "TRUNCATED", "The body is shorter than announced")
    static let mismatch = refusal(
        409, "IDEMPOTENCY_MISMATCH", "This id was used before with another amount, currency or merchant")
    static let busy = tryAgain("BUSY", "An earlier call is still running; call again")
    static let overloaded = tryAgain("OVERLOADED", "Too many requests are waiting; call again")
    static let storeUnavailable = tryAgain("STORE_UNAVAILABLE", "Nothing can be stored at the moment; call again")
}
