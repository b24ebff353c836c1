// A PSP's HTTP answer as it came. Read by Conclusion.

/// What a PSP answered to one call.
public struct PSPAnswer: Sendable, Equatable {
    /// HTTP status.
    public var status: Int
    /// The `Content-Type` header, if there was one.
    public var contentType: String?
    /// The `Location` header, if there was one.
    public var location: String?
    /// The body, exactly as received.
    public var body: [UInt8]

    /// An answer as it came.
    public init(status: Int, contentType: String?, location: String? = nil, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.location = location
        self.body = body
    }
}
