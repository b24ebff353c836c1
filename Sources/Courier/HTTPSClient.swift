// One POST over TLS with every limit set: connections reused, HTTP/2 where the server offers it, no redirects, no
// silent retries, a deadline around head and body together, and a body that is cut (design rules 11 and 14).

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Processors

final class HTTPSClient: Sendable {
    /// Bytes of an answer that are read at most; Wix's are far smaller.
    static let answerBytesMax = 64 * 1024
    /// Longest wait for a connection, in seconds.
    static let connectSecondsMax = 10.0

    /// A whole answer.
    struct Answer: Sendable {
        var status: Int
        var contentType: String?
        var retryAfterSeconds: Double?
        var body: [UInt8]

        /// Whether its type is JSON, whatever its parameters.
        var isJSON: Bool {
            guard var type = contentType?.prefix(while: { $0 != ";" }) else { return false }
            while type.last?.isWhitespace == true { type.removeLast() }
            return type.lowercased() == "application/json"
        }

        /// Whether its body is `{}`, whitespace apart (RFC 8259 §2).
        var isEmptyObject: Bool {
            body.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == Array("{}".utf8)
        }
    }

    private let http: HTTPClient
    private let baseURL: String
    private let userAgent: String
    private let timeout: Duration

    init(_ settings: CourierSettings) throws {
        baseURL = settings.apiBaseURL
        userAgent = settings.userAgent
        timeout = .seconds(settings.requestTimeoutSeconds)
        var tls = TLSConfiguration.makeClientConfiguration()
        // Read now: a file that is wrong should stop the start, not every delivery.
        if let file = settings.caFile {
            tls.additionalTrustRoots = [.certificates(try TrustRoots(file: file).certificates)]
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .automatic
        // A redirect would carry the token elsewhere.
        configuration.redirectConfiguration = .disallow
        let connectSeconds = min(settings.requestTimeoutSeconds, Self.connectSecondsMax)
        configuration.timeout = .init(connect: .milliseconds(Int64(connectSeconds * 1_000)))
        // Its own limit of 8 connections a host would hold deliveries back.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.concurrency
        // Attempts are counted and scheduled here, not silently inside the client.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Its certificate store is read for every client, so the courier has one.
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async throws { try await http.shutdown() }

    /// Sends `json` to `path` under the base URL.
    func post(
        _ path: String, json: [UInt8], headers: [(String, String)]
    ) async throws(DeliveryError) -> Answer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: userAgent)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(json)
        do {
            return try await exchange(request)
        } catch {
            throw DeliveryError(error)
        }
    }

    private func exchange(_ request: HTTPClientRequest) async throws -> Answer {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        let response = try await http.execute(request, timeout: TimeAmount(timeout))
        let body = response.body
        // The client's own deadline ends at the head; a body can trickle for ever.
        let bytes = try await withDeadline(deadline, on: http.eventLoopGroup.any()) {
            try await body.collect(upTo: Self.answerBytesMax)
        }
        return Answer(
            status: Int(response.status.code), contentType: response.headers.first(name: "content-type"),
            retryAfterSeconds: response.headers.first(name: "retry-after").flatMap {
                RetryAfter.seconds($0, now: Date().timeIntervalSince1970)
            },
            body: Array(bytes.readableBytesView))
    }
}
