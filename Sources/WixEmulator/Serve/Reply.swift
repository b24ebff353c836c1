// The emulator's HTTP answers: Wix's REST errors, JSON, pages. Pure.

import FastCGI

/// An answer and how long it is held back.
struct Reply: Sendable {
    /// What is sent.
    var response: Response
    /// Seconds to wait before; a fault rule sets it.
    var delaySeconds: Double = 0

    /// A JSON body.
    static func json(_ status: Int, _ body: JSON) -> Reply {
        Reply(
            response: Response(
                status: status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
                body: body.bytes()))
    }

    /// An error in the shape of Wix's REST API: a message, and details with what was wrong.
    static func wixError(_ status: Int, code: String, _ problems: [Problem]) -> Reply {
        let text = problems.map(\.description).joined(separator: "; ")
        let listed = problems.map { JSON.object(["field": .string($0.field), "description": .string($0.rule)]) }
        return json(
            status,
            [
                "message": .string(text),
                "details": [
                    "applicationError": [
                        "code": .string(code), "description": .string(text), "data": ["problems": .array(listed)],
                    ]
                ],
            ])
    }

    static func notFound(_ what: String) -> Reply {
        wixError(404, code: "NOT_FOUND", [Problem(what, "not found")])
    }

    /// An HTML page that may load nothing.
    static func page(_ html: String) -> Reply {
        Reply(
            response: Response(
                status: 200,
                headers: [
                    ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
                    ("X-Content-Type-Options", "nosniff"),
                ],
                body: Array(html.utf8)))
    }
}
