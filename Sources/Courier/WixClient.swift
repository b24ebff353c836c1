// The two requests of one delivery: a fresh token, then Submit Event (spec §6). The only code that talks to Wix.

internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Store
internal import WixPayments

/// What an attempt met, in the classes that an operator can act on.
enum DeliveryError: String, Error, Sendable {
    /// The host's name did not resolve.
    case dns
    /// No connection.
    case connect
    /// The certificate or the handshake was refused.
    case tls
    /// No whole answer in time.
    case timeout
    /// Wix gave no token: wrong app id or secret, or a missing permission. An operator has to act.
    case tokenRefused = "token-refused"
    /// 429.
    case rateLimited = "rate-limited"
    /// Another 4xx.
    case clientError = "client-error"
    /// 5xx.
    case serverError = "server-error"
    /// Anything else than 200 with `application/json` and an empty object (design rule 11).
    case badAnswer = "bad-answer"
}

/// How one attempt ended.
struct Delivery: Sendable {
    var stage: Attempt.Stage
    var status: Int?
    var error: DeliveryError?
    var retryAfterSeconds: Double?
}

/// Sends events to Wix.
final class WixClient: Sendable {
    /// Bytes of an answer that are read at most; more is a bad answer.
    static let answerBytesMax = 64 * 1024

    private let http: HTTPClient
    private let settings: CourierSettings

    init(_ settings: CourierSettings) throws {
        self.settings = settings
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = settings.caFile { tls.additionalTrustRoots = [.file(file)] }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        // A redirect would carry the token elsewhere.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(
            connect: .seconds(Int64(min(settings.requestTimeoutSeconds, 10).rounded(.up))))
        // Its own limit of 8 connections a host would hold deliveries back.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.concurrency
        // Attempts are counted and scheduled here, not silently inside the client.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async throws { try await http.shutdown() }

    /// One attempt: token, then event.
    func deliver(_ body: String, requestID: String?) async -> Delivery {
        switch await fetchToken() {
        case .failure(let failed): return failed
        case .success(let token): return await submit(body, token, requestID: requestID)
        }
    }

    // MARK: Token

    private func fetchToken() async -> Outcome<String> {
        let body = [
            "grant_type": "client_credentials", "scope": "CASHIER.GET_ACCESS", "client_id": settings.appID,
            "client_secret": settings.appSecret.reveal(),
        ]
        guard let json = try? JSONEncoder().encode(body) else {
            return .failure(Delivery(stage: .token, error: .badAnswer))
        }
        let answer: Answer
        switch await post("/oauth/access", Array(json), headers: [:], stage: .token) {
        case .failure(let failed): return .failure(failed)
        case .success(let value): answer = value
        }
        switch answer.status {
        case 200: break
        case 400, 401, 403:
            return .failure(Delivery(stage: .token, status: answer.status, error: .tokenRefused))
        default: return .failure(answer.failure(.token))
        }
        struct Token: Decodable { var access_token: String }
        guard answer.isJSON, let token = try? JSONDecoder().decode(Token.self, from: answer.body),
            !token.access_token.isEmpty, token.access_token.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return .failure(Delivery(stage: .token, status: answer.status, error: .badAnswer)) }
        return .success(token.access_token)
    }

    // MARK: Event

    private func submit(_ body: String, _ token: String, requestID: String?) async -> Delivery {
        // The token as it is: no `Bearer` in front of it (spec §6.2).
        let headers = ["Authorization": token, "X-Request-ID": requestID ?? ""].filter { !$0.value.isEmpty }
        let answer: Answer
        switch await post(
            "/payments/v1/provider-platform-events", Array(body.utf8), headers: headers, stage: .submit)
        {
        case .failure(let failed): return failed
        case .success(let value): answer = value
        }
        guard answer.status == 200 else { return answer.failure(.submit) }
        guard answer.isJSON, answer.isEmptyObject else {
            return Delivery(stage: .submit, status: 200, error: .badAnswer)
        }
        return Delivery(stage: .submit, status: 200, error: nil)
    }

    // MARK: One request

    private enum Outcome<Value: Sendable>: Sendable {
        case success(Value)
        case failure(Delivery)
    }

    private struct Answer: Sendable {
        var status: Int
        var contentType: String?
        var retryAfterSeconds: Double?
        var body: Data

        var isJSON: Bool { contentType?.lowercased().hasPrefix("application/json") ?? false }

        var isEmptyObject: Bool {
            (try? JSONSerialization.jsonObject(with: body) as? [String: Any])?.isEmpty ?? false
        }

        func failure(_ stage: Attempt.Stage) -> Delivery {
            let error: DeliveryError =
                switch status {
                case 429: .rateLimited
                case 400..<500: .clientError
                case 500..<600: .serverError
                default: .badAnswer
                }
            return Delivery(stage: stage, status: status, error: error, retryAfterSeconds: retryAfterSeconds)
        }
    }

    private func post(
        _ path: String, _ body: [UInt8], headers: [String: String], stage: Attempt.Stage
    ) async -> Outcome<Answer> {
        var request = HTTPClientRequest(url: settings.apiBaseURL + path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: settings.userAgent)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(body)
        do {
            // The client's own deadline ends at the response's head, so this one is put around the body as well.
            return .success(try await withTimeout(seconds: settings.requestTimeoutSeconds) { [http, request] in
                try await Self.exchange(http, request, deadlineSeconds: self.settings.requestTimeoutSeconds)
            })
        } catch {
            return .failure(Delivery(stage: stage, error: DeliveryError(error)))
        }
    }

    private static func exchange(
        _ http: HTTPClient, _ request: HTTPClientRequest, deadlineSeconds: Double
    ) async throws -> Answer {
        let response = try await http.execute(
            request, timeout: .milliseconds(Int64(deadlineSeconds * 1_000)))
        let body = try await response.body.collect(upTo: answerBytesMax)
        return Answer(
            status: Int(response.status.code), contentType: response.headers.first(name: "content-type"),
            retryAfterSeconds: response.headers.first(name: "retry-after").flatMap(RetryAfter.seconds),
            body: Data(body.readableBytesView))
    }
}

/// The `Retry-After` header (RFC 9110 §10.2.3).
enum RetryAfter {
    /// Longer wishes are cut, in seconds.
    static let secondsMax = 3_600.0

    /// Seconds from now; nil when it is neither a number nor a date.
    static func seconds(_ value: String) -> Double? {
        if let seconds = Double(value), seconds >= 0 { return min(seconds, secondsMax) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return format.date(from: value).map { min(max(0, $0.timeIntervalSinceNow), secondsMax) }
    }
}

extension DeliveryError {
    /// Sorts what the HTTP client threw.
    init(_ error: any Error) {
        switch error {
        case is TimedOut, is CancellationError: self = .timeout
        case let error as HTTPClientError where Self.timeouts.contains(error): self = .timeout
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .tls
        case is NIOTooManyBytesError, is HTTPParserError: self = .badAnswer
        // No address was even tried: the name did not resolve.
        case let error as NIOConnectionError where error.connectionErrors.isEmpty: self = .dns
        default: self = .connect
        }
    }

    private static let timeouts: [HTTPClientError] = [
        .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout, .cancelled,
    ]
}

/// `withTimeout`'s own error.
struct TimedOut: Error {}

/// Runs `body` for at most `seconds`, then cancels it and throws `TimedOut`.
func withTimeout<T: Sendable>(
    seconds: Double, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw TimedOut()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw TimedOut() }
        return first
    }
}
