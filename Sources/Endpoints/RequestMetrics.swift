// How answered requests are counted: by the endpoint that a path leads to, and by what came of it.

import Metrics
import Processors

extension EndpointService {
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
        case _ where path.hasPrefix(SandboxProcessor.pagePath): self = .sandboxCheckout
        default: self = .other
        }
    }
}
