// Calls as Wix makes them: signed over the exact bytes, over HTTP/1.1 with kept connections. Nothing is checked or
// corrected, so that a test can send whatever it likes.

import AsyncHTTPClient
package import Foundation
import NIOCore
package import NIOHTTP1
import RequestDigest

/// Wix's endpoints at the PSP.
package enum Endpoint: String, Sendable, CaseIterable {
    case connect = "/v1/connect-account"
    case create = "/v1/create-transaction"
    case refund = "/v1/refund-transaction"
    case capture = "/v1/capture-transaction"
    case void = "/v1/void-transaction"
}

/// An HTTP answer.
package struct Answer: Sendable {
    package let status: Int
    private let headers: HTTPHeaders
    package let body: [UInt8]
    /// When its body was whole.
    package let receivedAt: Date

    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8], receivedAt: Date) {
        self.status = status
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }

    /// All values of a header.
    package func header(_ name: String) -> [String] { headers[name] }

    /// The body as JSON; null when it is none.
    package var json: JSON { (try? JSON(parsing: body)) ?? .null }
    package var text: String { String(decoding: body, as: UTF8.self) }
    /// The id that nginx gave to the call.
    package var requestID: String? { headers.first(name: "X-Request-ID") }
    package var reason: Int64? { json["reasonCode"]?.int }
    package var pluginID: String? { json["pluginTransactionId"]?.text }
}

extension Answer: CustomStringConvertible {
    package var description: String { "\(status) \(text)" }
}

extension Stack {
    /// How long a test waits for an answer, in seconds: longer than nginx waits for pspd.
    static let answerSeconds: Int64 = 60

    /// Signs a body and posts it.
    package func call(_ endpoint: Endpoint, _ body: JSON) async throws -> Answer {
        try await call(endpoint, bytes: body.bytes)
    }

    /// Signs bytes and posts them.
    package func call(_ endpoint: Endpoint, bytes: [UInt8]) async throws -> Answer {
        try await send(
            "POST", baseURL + endpoint.rawValue,
            headers: [
                ("Content-Type", "application/json; charset=utf-8"), ("Digest", try digest(bytes)),
                ("User-Agent", "wix"),
            ],
            body: bytes)
    }

    /// The same call several times at once.
    package func calls(_ count: Int, _ endpoint: Endpoint, _ body: JSON) async throws -> [Answer] {
        try await calls(endpoint, Array(repeating: body, count: count))
    }

    /// Several calls at once; their answers in the order of the calls.
    package func calls(_ endpoint: Endpoint, _ bodies: [JSON]) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (index, body) in bodies.enumerated() {
                group.addTask { (index, try await self.call(endpoint, body)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The Digest header that Wix would send with a body.
    package func digest(_ body: [UInt8], issuedSecondsAgo: Int64 = 0, livesSeconds: Int64 = 120) throws -> String {
        let issued = Int64(Date().timeIntervalSince1970) - issuedSecondsAgo
        return try keys.wix.header(for: body, issuedAt: issued, expiresAt: issued + livesSeconds)
    }

    /// Sends anything.
    ///
    /// - Parameter isChunked: the length is not told.
    package func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
        isChunked: Bool = false
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        request.headers = HTTPHeaders(headers)
        if let body {
            request.body = .bytes(body, length: isChunked ? .unknown : .known(Int64(body.count)))
        }
        let response = try await http.execute(request, timeout: .seconds(Self.answerSeconds))
        let buffer = try await response.body.collect(upTo: 16 * 1024 * 1024)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: Array(buffer.readableBytesView),
            receivedAt: Date())
    }
}
