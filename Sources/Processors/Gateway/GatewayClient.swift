// Sends one call of the contract and returns the answer, or says why there is none. The only code that talks to the
// gateway; used by GatewayProcessor, and by whoever has to try out a gateway call by call.
//
// Every failure is an unknown outcome: a call whose connection broke may have had its effect all the same.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import WixPayments

final class GatewayClient: Sendable {
    /// Bytes of an answer that are read at most.
    static let answerBytesMax = 64 * 1024
    /// For a new connection with its TLS handshake, or for a free one, in seconds.
    static let connectSecondsMax: Int64 = 10
    /// Unused connections are closed before the 5 s after which common servers hang up: a call that meets a
    /// connection which is just being closed has an unknown outcome.
    static let idleSecondsMax: Int64 = 4
    static let userAgent = "pspd"

    private let http: HTTPClient
    private let settings: GatewaySettings
    private let base: String

    init(_ settings: GatewaySettings) throws(GatewaySettingsError) {
        self.settings = settings
        base = try Self.base(settings.baseURL)
        try GatewaySettings.check(token: settings.token)
        var configuration = HTTPClient.Configuration(tlsConfiguration: try Self.tls(caFile: settings.caFile))
        // A redirect would carry token and card elsewhere.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(Self.connectSecondsMax))
        configuration.connectionPool.idleTimeout = .seconds(Self.idleSecondsMax)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, settings.connectionsMax)
        // Whether a call is made again is decided by the rules, never silently in here.
        configuration.connectionPool.retryConnectionEstablishment = false
        // One call on a connection: a stalled one holds up no other.
        configuration.httpVersion = .http1Only
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func base(_ text: String) throws(GatewaySettingsError) -> String {
        guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme?.lowercased() ?? ""),
            !(url.host ?? "").isEmpty, url.query == nil, url.fragment == nil
        else { throw .baseURL }
        return text.hasSuffix("/") ? text : text + "/"
    }

    private static func tls(caFile: String?) throws(GatewaySettingsError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        guard let caFile else { return tls }
        // Read now: a file that is wrong should stop the start, not every call.
        guard let roots = try? TrustRoots(file: caFile) else { throw .caFile }
        tls.additionalTrustRoots = [.certificates(roots.certificates)]
        return tls
    }

    /// Ends the connections. No call may be made after it.
    func shutdown() async throws { try await http.shutdown() }

    /// Makes the call.
    func send(_ call: GatewayCall) async throws(OutcomeUnknown) -> GatewayAnswer {
        var request = HTTPClientRequest(url: base + call.path)
        request.method = call.method == .get ? .GET : .POST
        request.headers.add(name: "Authorization", value: "Bearer \(settings.token.reveal())")
        request.headers.add(name: "Idempotency-Key", value: call.idempotencyKey)
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Accept-Encoding", value: "identity")
        request.headers.add(name: "User-Agent", value: Self.userAgent)
        if let body = call.body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body.reveal())
        }
        do {
            let timeout = Duration.seconds(settings.timeoutSeconds)
            let loop = http.eventLoopGroup.any()
            return try await withDeadline(.now.advanced(by: timeout), on: loop) { [http, request] in
                let response = try await http.execute(request, timeout: TimeAmount(timeout))
                let body = try await response.body.collect(upTo: Self.answerBytesMax)
                return GatewayAnswer(
                    status: Int(response.status.code), contentType: response.headers["content-type"],
                    contentEncoding: response.headers["content-encoding"],
                    body: Array(body.readableBytesView))
            }
        } catch {
            throw OutcomeUnknown(Self.reason(error, timeoutSeconds: settings.timeoutSeconds))
        }
    }

    /// Says what broke, without anything of the call or the answer.
    private static func reason(_ error: any Error, timeoutSeconds: Double) -> String {
        switch error {
        case is DeadlineExceeded: "the gateway gave no whole answer within \(timeoutSeconds) s"
        case is CancellationError: "the call was given up"
        case let error as HTTPClientError: reason(error, timeoutSeconds: timeoutSeconds)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            "the gateway's certificate or handshake was refused"
        case is NIOTooManyBytesError: "the gateway's answer is larger than \(answerBytesMax) bytes"
        case HTTPParserError.invalidEOFState: closed
        case is HTTPParserError: "the gateway's answer is not HTTP"
        // No address was even tried.
        case let error as NIOConnectionError where error.connectionErrors.isEmpty: "the gateway's name did not resolve"
        case is NIOConnectionError: "no connection to the gateway"
        case let error as IOError: "the connection to the gateway failed, errno \(error.errnoCode)"
        default: "the call to the gateway failed: \(type(of: error))"
        }
    }

    private static func reason(_ error: HTTPClientError, timeoutSeconds: Double) -> String {
        switch error {
        case .deadlineExceeded, .readTimeout: "the gateway gave no whole answer within \(timeoutSeconds) s"
        case .cancelled: "the call was given up"
        case .getConnectionFromPoolTimeout: "no connection to the gateway was free"
        case .connectTimeout, .tlsHandshakeTimeout: "connecting to the gateway took too long"
        case .remoteConnectionClosed: closed
        default: "the call to the gateway failed: \(error.shortDescription)"
        }
    }

    private static let closed = "the gateway closed the connection before its whole answer"
}
