// The bad answers themselves. Pure.

import FastCGI

extension FaultRule {
    /// What `cut` announces; two bytes come.
    private static let cutBodyBytes = 1_000

    /// What is answered. `genuine` is Wix's own answer, for the kinds that pass it on.
    func reply(insteadOf genuine: Reply) -> Reply {
        var reply: Reply
        switch kind {
        case .status:
            reply = .wixError(status, code: "FAULT", [Problem("fault", "played on demand")])
            if let retryAfter { reply.response.headers.append(("Retry-After", retryAfter)) }
        case .html: reply = .page("<!doctype html><title>Wix</title><h1>Something went wrong</h1>\n")
        case .wrongContentType:
            reply = genuine
            reply.response.status = 200
            reply.response.headers = [("Content-Type", "text/plain")]
        case .nonEmptyObject: reply = .json(200, ["ok": true])
        case .brokenJSON:
            reply = .json(200, [:])
            reply.response.body = Array("{".utf8)
        case .noContent: reply = Reply(response: Response(status: 204, headers: [], body: []))
        case .redirect:
            reply = Reply(response: Response(status: 302, headers: [("Location", location)], body: []))
        case .stall: reply = genuine
        case .cut:
            reply = .json(200, [:])
            reply.response.headers.append(("Content-Length", "\(Self.cutBodyBytes)"))
        case .hugeBody:
            reply = .json(200, [:])
            reply.response.body = [0x7B] + Array(repeating: 0x20, count: max(bytes - 2, 0)) + [0x7D]
        }
        reply.delaySeconds = seconds
        return reply
    }
}
