// The pages for operators: `/healthz`, `/readyz`, `/status`, `/metrics` (design, Interface), for who asks from this
// machine: nginx lets in nobody else, and behind an nginx that forgot to say so these still don't. Any worker answers;
// they read, and change nothing.

import Metrics
import Store

/// A page by its path.
enum OperatorPage: String, Sendable, CaseIterable {
    case health = "/healthz"
    case readiness = "/readyz"
    case status = "/status"
    case metrics = "/metrics"
}

extension EndpointService {
    func operatorPage(_ page: OperatorPage, _ request: EndpointRequest) -> Admission {
        guard let settings = operators else { return .answer(.notFound) }
        // Without an address the question came over the socket itself, which only nginx and root can open.
        if let caller = request.address.flatMap(CallerAddress.init), !caller.isLoopback {
            return .answer(.notForEverybody)
        }
        guard request.method == "GET" || request.method == "HEAD" else { return .answer(Self.onlyRead) }
        let isHead = request.method == "HEAD"
        switch page {
        case .health: return .answer(.text("ok\n").cut(isHead))
        case .readiness:
            return .work {
                await self.probe.readiness { await self.askReadiness(settings) }.response.cut(isHead)
            }
        case .status:
            let isForPeople = MediaPreference.prefersHTML(request.header("accept"))
            return .work {
                let report = OperatorReport(self.reading(), settings)
                let response =
                    isForPeople
                    ? OperatorHTML.page(report) : EndpointResponse(json: report.json(), outcome: "ok")
                return response.cut(isHead)
            }
        case .metrics:
            return .work {
                EndpointResponse.text(
                    self.reading().page(settings, self.metrics), type: PrometheusText.contentType
                ).cut(isHead)
            }
        }
    }

    private func reading() -> OperatorReading {
        OperatorReading(store: store, path: store.path, metrics: metrics, now: clock())
    }

    private static let onlyRead = {
        var response = EndpointResponse.refusal(405, "METHOD_NOT_ALLOWED", "This page can only be read")
        response.headers.append(("Allow", "GET, HEAD"))
        return response
    }()

    /// Whether a path leads to a page for operators.
    public static func isForOperators(path: String) -> Bool { OperatorPage(rawValue: path) != nil }

    // MARK: Counting

    /// Counts an answered request; to be called once its answer has been flushed.
    public func note(_ request: EndpointRequest, _ response: EndpointResponse, took: Duration) {
        let endpoint = EndpointLabel(path: request.path)
        let outcome = OutcomeLabel(word: response.outcome)
        metrics.count(.request(endpoint, outcome))
        metrics.observe(.request(endpoint), took)
        if outcome == .idempotencyMismatch { metrics.count(.idempotencyMismatch) }
    }
}

extension EndpointLabel {
    /// Where a path leads.
    init(path: String) {
        switch path {
        case EndpointService.Endpoint.connectAccount.rawValue: self = .connectAccount
        case EndpointService.Endpoint.createTransaction.rawValue: self = .createTransaction
        case EndpointService.Endpoint.refundTransaction.rawValue: self = .refundTransaction
        case EndpointService.Endpoint.captureTransaction.rawValue: self = .captureTransaction
        case EndpointService.Endpoint.voidTransaction.rawValue: self = .voidTransaction
        case EndpointService.notificationsPath: self = .notifications
        case _ where OperatorPage(rawValue: path) != nil: self = .operators
        case _ where path.hasPrefix(EndpointService.checkoutPath): self = .sandboxCheckout
        default: self = .other
        }
    }
}

extension EndpointResponse {
    fileprivate static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> EndpointResponse {
        var response = EndpointResponse(json: Array(text.utf8), outcome: "ok")
        response.headers[0].value = type
        return response
    }

    /// HEAD: everything but the body.
    fileprivate func cut(_ isHead: Bool) -> EndpointResponse {
        guard isHead else { return self }
        var response = self
        response.body = []
        return response
    }
}

/// What an `Accept` header asks for, between JSON and HTML.
enum MediaPreference {
    /// Whether HTML is wanted more than JSON. A browser names it; `*/*` alone, or no header, means JSON.
    static func prefersHTML(_ accept: [String]) -> Bool {
        let ranges = accept.joined(separator: ",").lowercased().split(separator: ",").map { range in
            let parts = range.split(separator: ";").map { $0.trimmingSpaces() }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            return (type: parts.first ?? "", quality: quality ?? 1)
        }
        /// The most specific range that fits decides (RFC 9110 §12.5.1).
        func quality(_ names: [Substring]) -> Double {
            for name in names {
                if let range = ranges.first(where: { $0.type == name }) { return range.quality }
            }
            return 0
        }
        return quality(["text/html", "text/*", "*/*"]) > quality(["application/json", "application/*", "*/*"])
    }
}
