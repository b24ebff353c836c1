// What an attempt can meet, in the classes that an operator can act on (design rule 11), and what follows from each.

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Processors
import Store

/// Class of an attempt's error.
enum DeliveryError: String, Error, Sendable, CaseIterable {
    /// The host's name did not resolve.
    case dns
    /// No connection, or it broke.
    case connect
    /// The certificate or the handshake was refused.
    case tls
    /// No whole answer in time.
    case timeout
    /// Wix gives no token, or refuses the one it gave: wrong app id or secret, or a missing permission. An operator has
    /// to act.
    case tokenRefused = "token-refused"
    /// 429.
    case rateLimited = "rate-limited"
    /// Another 4xx: Wix does not want this event.
    case clientError = "client-error"
    /// 5xx.
    case serverError = "server-error"
    /// Anything else than 200 with `application/json` and an empty object.
    case badAnswer = "bad-answer"

    /// Whether Wix or the way to it may be the cause, rather than this one event: the breaker counts it.
    var isOutage: Bool {
        switch self {
        case .dns, .connect, .tls, .timeout, .tokenRefused, .serverError, .badAnswer: true
        case .rateLimited, .clientError: false
        }
    }

    /// The class of an HTTP status other than 200.
    init(status: Int, stage: Attempt.Stage) {
        switch (status, stage) {
        case (429, _): self = .rateLimited
        case (401, .submit), (403, .submit), (400..<500, .token): self = .tokenRefused
        case (400..<500, .submit): self = .clientError
        case (500..<600, _): self = .serverError
        default: self = .badAnswer
        }
    }

    /// The class of what the HTTP client threw.
    init(_ error: any Error) {
        switch error {
        case is DeadlineExceeded, is CancellationError: self = .timeout
        case let error as HTTPClientError where Self.timeouts.contains(error): self = .timeout
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .tls
        case HTTPParserError.invalidEOFState: self = .connect
        case is NIOTooManyBytesError, is HTTPParserError: self = .badAnswer
        // No address was even tried: the name did not resolve.
        case let error as NIOConnectionError where error.connectionErrors.isEmpty: self = .dns
        default: self = .connect
        }
    }

    private static let timeouts: [HTTPClientError] = [
        .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout, .cancelled,
        .getConnectionFromPoolTimeout,
    ]
}
