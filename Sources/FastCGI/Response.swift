// An answer, and its CGI head as bytes.

/// An answer to one request.
public struct Response: Sendable {
    /// HTTP status, 200...599.
    public var status: Int
    /// Header fields in the order sent. Control characters (CR and LF among them) in a name or value are left out when
    /// it is written, so that text from outside, a redirect URL say, can't add a field or end the head.
    /// `Content-Length` is added when it is not among them; `Status` is not for callers.
    public var headers: [(name: String, value: String)]
    /// The body's bytes, sent as they are.
    public var body: [UInt8]

    /// An answer.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Everything before the body, up to and including the empty line.
    func head() -> [UInt8] {
        precondition((200...599).contains(status), "\(status) is not the status of an answer")
        var head: [UInt8] = []
        head.reserveCapacity(256)
        func field(_ name: String, _ value: String) {
            head.append(contentsOf: name.utf8.lazy.filter(Self.isPrintable))
            head.append(contentsOf: ": ".utf8)
            head.append(contentsOf: value.utf8.lazy.filter(Self.isPrintable))
            head.append(contentsOf: "\r\n".utf8)
        }
        field("Status", "\(status) \(Self.reasonPhrases[status] ?? "Other")")
        for (name, value) in headers { field(name, value) }
        if status != 204, status != 304, !headers.contains(where: { $0.name.lowercased() == "content-length" }) {
            field("Content-Length", String(body.count))
        }
        head.append(contentsOf: "\r\n".utf8)
        return head
    }

    /// nginx sends the status on as it gets it, and a status line without a phrase is not valid HTTP/1.1.
    private static let reasonPhrases = [
        200: "OK", 204: "No Content", 302: "Found", 303: "See Other", 304: "Not Modified", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
        410: "Gone", 413: "Content Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    private static func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }
}
