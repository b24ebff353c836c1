// The front door: which path leads where, and what is refused before any work is done (design rule 2).

public import Logging
public import Metrics
public import Notifications
import Payments
public import Processors
public import RequestDigest
public import Store
import Synchronization

/// What becomes of a call after the checks that need no waiting.
public enum Admission: Sendable {
    /// Answered already.
    case answer(EndpointResponse)
    /// To be run in a task: it waits for the store and the processor.
    case work(@Sendable () async -> EndpointResponse)
}

/// The endpoints of one worker process.
public final class EndpointService: Sendable {
    let settings: EndpointSettings
    let verifier: DigestVerifier
    /// Nil where the gateway sends no notifications.
    let notifications: NotificationVerifier?
    let store: Store
    let processor: any PaymentProcessor
    /// The processor, where it is the sandbox, whose buyer pages are served here.
    let sandbox: SandboxProcessor?
    let logger: Logger
    let metrics: Metrics
    /// Nil where operators' pages are not served.
    let operators: OperatorSettings?
    let probe = OperatorProbe()
    let clock: @Sendable () -> Int64
    let gate: ProcessorGate
    let waiters = Waiters()
    private let refusals = Mutex(RefusalLimit())
    /// Tells the courier of events that may leave.
    let release: @Sendable ([Int64]) -> Void

    /// Creates the service.
    ///
    /// - Parameters:
    ///   - clock: milliseconds since 1970.
    ///   - release: called with events whose answer nobody waits for any more; those of an answer are in
    ///     `EndpointResponse.released`.
    public init(
        settings: EndpointSettings, verifier: DigestVerifier, notifications: NotificationVerifier?, store: Store,
        processor: any PaymentProcessor, logger: Logger, metrics: Metrics = .unshared(),
        operators: OperatorSettings? = nil, clock: @escaping @Sendable () -> Int64,
        release: @escaping @Sendable ([Int64]) -> Void
    ) {
        self.settings = settings
        self.verifier = verifier
        self.notifications = notifications
        self.store = store
        self.processor = CountedProcessor(processor, metrics)
        sandbox = processor as? SandboxProcessor
        self.logger = logger
        self.metrics = metrics
        self.operators = operators
        self.clock = clock
        self.release = release
        gate = ProcessorGate(callsMax: settings.maxWaitingRequests)
    }

    /// Wix's endpoints.
    enum Endpoint: String, CaseIterable {
        case connectAccount = "/v1/connect-account"
        case createTransaction = "/v1/create-transaction"
        case refundTransaction = "/v1/refund-transaction"
        case captureTransaction = "/v1/capture-transaction"
        case voidTransaction = "/v1/void-transaction"
    }

    /// Checks a call in the order of design rule 2 and says how it goes on. Waits for nothing but a look-up.
    public func admit(_ request: EndpointRequest) -> Admission {
        if let endpoint = Endpoint(rawValue: request.path) { return admit(request, to: endpoint) }
        if request.path == Self.notificationsPath { return notification(request) }
        if request.path.hasPrefix(SandboxProcessor.pagePath) { return checkout(request) }
        if let page = OperatorPage(rawValue: request.path) { return operatorPage(page, request) }
        return .answer(.notFound)
    }

    private func admit(_ request: EndpointRequest, to endpoint: Endpoint) -> Admission {
        let body: [UInt8]
        switch checkedBody(request) {
        case .failure(let refusal): return .answer(refusal.response)
        case .success(let bytes): body = bytes
        }
        let caller = request.address.flatMap(CallerAddress.init)
        if let caller, !refusals.withLock({ $0.admits(caller, now: .now) }) {
            metrics.count(.digestRefusal(.limited))
            return .answer(.tooManyRefusals)
        }
        switch verifier.verify(request.digests, body: body, now: clock() / 1_000) {
        case .genuine(let issuedSecondsAgo):
            metrics.set(.digestIssuedSecondsAgo, issuedSecondsAgo)
            if let caller { refusals.withLock { $0.noteGenuine(caller, now: .now) } }
        case .refused(let refusal):
            if let caller { refusals.withLock { $0.noteRefused(caller, now: .now) } }
            metrics.count(.digestRefusal(DigestRefusalLabel(word: refusal.rawValue)))
            logger.notice(
                "digest refused",
                metadata: [
                    "request": "\(request.requestID)", "reason": "\(refusal.rawValue)",
                    "address": "\(caller == nil ? "" : request.address ?? "")",
                ])
            return .answer(.unauthorized)
        }
        return route(endpoint, body, Call(requestID: request.requestID, startedAt: .now))
    }

    /// The body of a POST of JSON, or why it is none.
    func checkedBody(_ request: EndpointRequest) -> Result<[UInt8], Refused> {
        guard request.method == "POST" else { return .failure(Refused(.notPost)) }
        switch request.body {
        case .tooLarge: return .failure(Refused(.tooLarge))
        case .truncated: return .failure(Refused(.truncated))
        case .complete(let bytes):
            return Self.isJSON(request.contentType) ? .success(bytes) : .failure(Refused(.notJSONType))
        }
    }

    /// A refusal as an error.
    struct Refused: Error {
        let response: EndpointResponse

        init(_ response: EndpointResponse) { self.response = response }
    }

    private func route(_ endpoint: Endpoint, _ body: [UInt8], _ call: Call) -> Admission {
        switch endpoint {
        case .connectAccount: connectAccount(body, call)
        case .createTransaction: createTransaction(body, call)
        case .refundTransaction: refundTransaction(body, call)
        case .captureTransaction: act(.capture, body, call)
        case .voidTransaction: act(.void, body, call)
        }
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = contentType.prefix { $0 != ";" }
        return type.trimmingSpaces().lowercased() == "application/json"
    }
}

/// One call on its way through an endpoint.
struct Call: Sendable {
    let requestID: String
    let startedAt: ContinuousClock.Instant

    /// The moment `seconds` after the call came in.
    func deadline(seconds: Double) -> ContinuousClock.Instant { startedAt.advanced(by: .seconds(seconds)) }
}

extension Substring {
    func trimmingSpaces() -> Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
