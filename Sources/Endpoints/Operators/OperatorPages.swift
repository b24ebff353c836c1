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
}

extension EndpointResponse {
    fileprivate static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> EndpointResponse {
        EndpointResponse(contentType: type, body: Array(text.utf8), outcome: "ok")
    }

    /// HEAD: everything but the body.
    fileprivate func cut(_ isHead: Bool) -> EndpointResponse {
        guard isHead else { return self }
        var response = self
        response.body = []
        return response
    }
}
