// A page for a browser: no scripts, nothing loaded from elsewhere, and a policy that says so. Used by the buyer's page and
// by the operators' one.

import Foundation
import RequestDigest

/// A document with one style sheet of its own.
struct HTML {
    /// CSS with its hash, which is computed once and not for each page.
    struct Style: Sendable {
        let css: String
        let hash: String

        init(_ css: String) {
            self.css = css
            hash = Data(SHA256.hash(Array(css.utf8))).base64EncodedString()
        }
    }

    /// Plain text.
    var title: String
    /// More elements of the head.
    var head: String
    /// The only style sheet that the policy lets in.
    var style: Style
    /// The body's HTML, escaped where it holds text.
    var content: String
    /// Directives of the Content-Security-Policy, besides the style's hash.
    var policy: KeyValuePairs<String, String>

    func response(_ status: Int = 200, outcome: String) -> EndpointResponse {
        let document = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            \(head)
            <title>\(Self.escape(title))</title>
            <style>\(style.css)</style>
            </head>
            <body>
            \(content)
            </body>
            </html>

            """
        var response = EndpointResponse(
            status, contentType: "text/html; charset=utf-8", body: Array(document.utf8), outcome: outcome)
        response.headers += [
            ("Content-Security-Policy", contentSecurityPolicy),
            // The buyer's address opens the page: it goes nowhere else.
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return response
    }

    private var contentSecurityPolicy: String {
        let directives =
            [("default-src", "'none'"), ("style-src", "'sha256-\(style.hash)'"), ("base-uri", "'none'")]
            + policy.map { ($0, $1) }
        return directives.map { "\($0) \($1)" }.joined(separator: "; ")
    }

    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
