// A request as a handler sees it: a value without ties to its connection.

/// One request from nginx.
public struct Request: Sendable {
    /// What is known of the body.
    public enum Body: Sendable, Equatable {
        /// Exactly the bytes that CONTENT_LENGTH announced.
        case complete([UInt8])
        /// CONTENT_LENGTH is above `Limits.bodyBytesMax`; the body was not read in.
        case tooLarge
        /// What came is not what CONTENT_LENGTH announced: fewer bytes, more bytes, or too slowly; or CONTENT_LENGTH
        /// is not a number.
        case truncated
    }

    /// The CGI parameters.
    public var parameters: Parameters
    /// The body.
    public var body: Body

    /// A request made by hand, e.g. in a test.
    public init(parameters: Parameters, body: Body) {
        self.parameters = parameters
        self.body = body
    }

    /// REQUEST_METHOD, or "" when nginx sent none.
    public var method: String { parameters["REQUEST_METHOD"] ?? "" }

    /// DOCUMENT_URI, else SCRIPT_NAME, else "". Without query, as nginx normalised it.
    public var path: String { parameters["DOCUMENT_URI"] ?? parameters["SCRIPT_NAME"] ?? "" }

    /// Bytes announced by a CONTENT_LENGTH; nil when it is not a number. Absent or empty (what nginx sends with a GET)
    /// is 0. A number too large for `Int` is `Int.max`: above any limit.
    static func announcedBytes(_ contentLength: String?) -> Int? {
        guard let digits = contentLength?.utf8, !digits.isEmpty else { return 0 }
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return contentLength.flatMap { Int($0) } ?? .max
    }
}
