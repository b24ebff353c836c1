// One POST over TLS with every limit set: connections reused, HTTP/2 where the server offers it, no redirects, no
// silent retries, a deadline around head and body together, and a body that is cut (design rules 11 and 14). After a
// request without an answer new connections are made.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Processors
import Synchronization

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

    private struct Clients {
        /// For new requests.
        var current: HTTPClient
        /// Those before, with requests that are under way.
        var leaving: [HTTPClient] = []
    }

    private let clients: Mutex<Clients>
    private let configuration: HTTPClient.Configuration
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
        self.configuration = configuration
        // Its certificate store is read for every client, so there is one at a time.
        clients = Mutex(Clients(current: Self.client(configuration)))
    }

    private static func client(_ configuration: HTTPClient.Configuration) -> HTTPClient {
        HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends the connections. No request may be made after it.
    func shutdown() async throws {
        let all = clients.withLock { clients in
            defer { clients.leaving = [] }
            return clients.leaving + [clients.current]
        }
        try await withThrowingDiscardingTaskGroup { group in
            for client in all { group.addTask { try await client.shutdown() } }
        }
    }

    /// Makes new connections for the requests to come; those that are under way on `stale` end as they would.
    ///
    /// A connection that was dropped on the way without a word is not told from a slow server. With HTTP/2 all requests
    /// share one, so all would go on to fail on it until TCP gives up, after a quarter of an hour.
    private func replace(_ stale: HTTPClient) {
        let isReplaced = clients.withLock { clients in
            // Of many requests that meet the same, the first does it.
            guard clients.current === stale else { return false }
            clients.leaving.append(stale)
            clients.current = Self.client(configuration)
            return true
        }
        guard isReplaced else { return }
        Task {
            try? await Task.sleep(for: timeout + Self.leavingSlack)
            let isLeaving = clients.withLock { clients in
                defer { clients.leaving.removeAll { $0 === stale } }
                return clients.leaving.contains { $0 === stale }
            }
            if isLeaving { try? await stale.shutdown() }
        }
    }

    /// Beyond the time limit of a request, until then the last one on an old connection has ended.
    private static let leavingSlack = Duration.seconds(5)

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
        let http = clients.withLock(\.current)
        do {
            return try await exchange(request, http)
        } catch {
            let failure = DeliveryError(error)
            if failure == .timeout { replace(http) }
            throw failure
        }
    }

    private func exchange(_ request: HTTPClientRequest, _ http: HTTPClient) async throws -> Answer {
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
