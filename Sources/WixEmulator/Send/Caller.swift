// Posts JSON over verified TLS, as Wix does. The tool of SendRun and CheckRun; lent, so that it is always shut down.

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// An HTTP client towards one PSP.
struct Caller: Sendable {
    /// Makes one call: method, URL, headers, body.
    typealias Perform =
        @Sendable (String, String, [(String, String)], [UInt8]?) async throws(CallError) -> PSPAnswer

    private let perform: Perform

    /// The largest answer of a PSP that is read.
    static let answerBytesMax = 1_048_576

    /// A caller without a network, for tests.
    init(_ perform: @escaping Perform) {
        self.perform = perform
    }

    /// Lends a client and closes its connections afterwards.
    ///
    /// - Parameters:
    ///   - caFile: a PEM file with roots to trust besides the system's; must be readable.
    ///   - concurrent: calls at once.
    ///   - timeoutSeconds: for one call, head and body together.
    ///   - answerBytesMax: the largest answer that is read.
    static func lend<Value>(
        caFile: String?, concurrent: Int, timeoutSeconds: Int64, answerBytesMax: Int = Caller.answerBytesMax,
        to use: (Caller) async throws -> Value
    ) async throws -> Value {
        let client = PSPClient(
            caFile: caFile, concurrent: concurrent, timeoutSeconds: timeoutSeconds, answerBytesMax: answerBytesMax)
        let used: Result<Value, any Error>
        do {
            used = .success(
                try await use(
                    Caller { (method, url, headers, body) async throws(CallError) in
                        try await client.send(method, url, headers, body)
                    }))
        } catch {
            used = .failure(error)
        }
        await client.shutDown()
        return try used.get()
    }

    /// Posts JSON and waits for the whole answer.
    ///
    /// - Throws: `CallError` when there is no answer.
    func post(_ url: String, body: [UInt8], headers: [(String, String)] = []) async throws(CallError) -> PSPAnswer {
        try await send("POST", url, headers: [("Content-Type", Self.json)] + headers, body: body)
    }

    /// What Wix sends (spec §1).
    static let json = "application/json; charset=utf-8"

    /// Makes any call and waits for the whole answer; redirects are not followed.
    ///
    /// - Parameter body: nil: none.
    /// - Throws: `CallError` when there is no answer.
    func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws(CallError) -> PSPAnswer {
        try await perform(method, url, headers, body)
    }
}

/// The network behind a caller.
private struct PSPClient: Sendable {
    private static let connectTimeoutSeconds: Int64 = 10

    private let client: HTTPClient
    private let timeoutSeconds: Int64
    private let answerBytesMax: Int

    init(caFile: String?, concurrent: Int, timeoutSeconds: Int64, answerBytesMax: Int) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caFile { tls.additionalTrustRoots = [.file(caFile)] }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Self.connectTimeoutSeconds)))
        configuration.httpVersion = .http1Only
        // A refused connection is an answer of its own kind; the client would try until its timeout.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = concurrent
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.timeoutSeconds = timeoutSeconds
        self.answerBytesMax = answerBytesMax
    }

    func shutDown() async {
        // It fails only when it was shut down before; then there is nothing to close.
        try? await client.shutdown()
    }

    func send(
        _ method: String, _ url: String, _ headers: [(String, String)], _ body: [UInt8]?
    ) async throws(CallError) -> PSPAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        do {
            return try await answer(to: request)
        } catch {
            throw CallError(url: url, reason: plain(error))
        }
    }

    /// The client's words for the faults that everybody meets are hard to read.
    private func plain(_ error: any Error) -> String {
        if error is NIOTooManyBytesError { return "the answer is larger than \(answerBytesMax) bytes" }
        if error is HTTPParserError { return "what came is no HTTP/1.1" }
        let reason = "\(error)"
        let words = [
            ("CERTIFICATE_VERIFY_FAILED", "the certificate is not trusted (see --ca)"),
            ("WRONG_VERSION_NUMBER", "the server does not speak TLS (http instead of https?)"),
            ("handshakeFailed", "no TLS connection could be made"),
            ("uncleanShutdown", "the connection was closed without an entire answer"),
            ("Connection refused", "connection refused"),
            ("Connection reset", "the connection was closed without an entire answer"),
            ("remoteConnectionClosed", "the connection was closed without an entire answer"),
            ("connectTimeout", "no connection within \(Self.connectTimeoutSeconds) s"),
            ("deadlineExceeded", "no answer within \(timeoutSeconds) s"),
            ("unsupportedScheme", Self.noURL), ("emptyScheme", Self.noURL), ("invalidURL", Self.noURL),
            ("emptyHost", Self.noURL), ("SocketAddressError", "the host's name is unknown"),
            ("dNSAError", "the host's name is unknown"), ("dnsAError", "the host's name is unknown"),
        ]
        return words.first { reason.contains($0.0) }?.1 ?? reason
    }

    private static let noURL = "is no URL that begins with http:// or https://"

    /// The client's own timeout ends with the head; this one is around head and body.
    private func answer(to request: HTTPClientRequest) async throws -> PSPAnswer {
        try await withThrowingTaskGroup(of: PSPAnswer?.self) { group in
            group.addTask {
                let response = try await client.execute(request, timeout: .seconds(timeoutSeconds))
                let buffer = try await response.body.collect(upTo: answerBytesMax)
                return PSPAnswer(
                    status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type"),
                    location: response.headers.first(name: "Location"), body: Array(buffer.readableBytesView))
            }
            group.addTask {
                try await Task.sleep(for: .seconds(timeoutSeconds))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else { throw HTTPClientError.deadlineExceeded }
            return answer
        }
    }
}

/// A call that got no answer.
public struct CallError: Error, CustomStringConvertible {
    /// Where it went.
    public let url: String
    /// The client's words.
    public let reason: String

    /// One line for people.
    public var description: String { "\(url): \(reason)" }
}
