// The HTML of the sandbox's buyer page: works without scripts, on a phone and inside an iframe; names no buyer data.

import Payments
import Store
import WixPayments

enum SandboxPage {
    static let notFound = page(404, "No such payment", "<p>This address opens no payment.</p>", outcome: "not_found")
    static let badForm = page(
        400, "Nothing was chosen", "<p>Please go back and choose one of the buttons.</p>", outcome: "bad_form")
    static let wrongMethod = {
        var response = page(405, "Not here", "<p>This page is read and submitted, nothing else.</p>", outcome: "method")
        response.headers.append(("Allow", "GET, HEAD, POST"))
        return response
    }()

    /// The question.
    static func form(_ record: PaymentRecord, isThreeDSecure: Bool) -> EndpointResponse {
        let amount = record.payment.amount.map { "\($0.decimalText) \($0.currency.code)" } ?? ""
        var buttons = [
            button("approve", isThreeDSecure ? "Confirm the payment" : "Pay \(amount)"),
            button("decline", "Be declined by the bank"),
            button("cancel", "Cancel and go back"),
            button("pending", "Leave the payment pending"),
        ]
        if isThreeDSecure { buttons.insert(button("fail-3ds", "Fail the confirmation"), at: 2) }
        let title = isThreeDSecure ? "Confirm your payment" : "Pay"
        return page(
            200, title,
            """
            <p class="amount">\(HTML.escape(amount))</p>
            <p>This is a sandbox: no money moves. Choose how the payment ends.</p>
            <form method="post">
            \(buttons.joined(separator: "\n"))
            </form>
            <p class="id">Payment \(HTML.escape(record.payment.pluginTransactionId))</p>
            """, formTargets: record.returnURLs?.origins ?? [], outcome: "page")
    }

    /// The payment has left the page.
    static func finished(_ record: PaymentRecord) -> EndpointResponse {
        let back = record.returnURL.map { "<p><a href=\"\(HTML.escape($0))\">Back to the shop</a></p>" } ?? ""
        return page(
            200, "This payment is finished",
            "<p>Its state is: \(HTML.escape(record.payment.state.name)).</p>\n\(back)", outcome: "page-finished")
    }

    /// Sends the buyer to the return URL that fits how the payment stands, byte for byte.
    static func sendBack(_ record: PaymentRecord) -> EndpointResponse {
        guard case .redirected = record.payment.state else {
            guard let url = record.returnURL else { return finished(record) }
            var response = finished(record)
            response.status = 303
            response.headers.append(("Location", url))
            response.outcome = "sent-back-\(record.payment.state.name)"
            return response
        }
        return page(
            503, "Please try again", "<p>Your choice could not be stored. Please choose again.</p>",
            outcome: "undecided")
    }

    // MARK: HTML

    private static func button(_ value: String, _ text: String) -> String {
        #"<button type="submit" name="decision" value="\#(value)">\#(HTML.escape(text))</button>"#
    }

    private static let style = HTML.Style(
        """
        body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 26rem; padding: 1.5rem; \
        color: #1a1a1a; background: #fff; }
        h1 { font-size: 1.4rem; } .amount { font-size: 2rem; margin: 0; }
        button { display: block; width: 100%; margin: 0.75rem 0; padding: 0.9rem; font: inherit; color: #1a1a1a; \
        background: #f2f2f2; border: 2px solid #595959; border-radius: 0.5rem; }
        button[value=approve] { color: #fff; background: #0b5a2b; border-color: #0b5a2b; }
        button:focus-visible, a:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
        .id { color: #595959; font-size: 0.85rem; overflow-wrap: anywhere; }
        """)

    private static func page(
        _ status: Int, _ title: String, _ content: String, formTargets: [String] = [], outcome: String
    ) -> EndpointResponse {
        let content = """
            <main>
            <h1>\(HTML.escape(title))</h1>
            \(content)
            </main>
            """
        // form-action also rules where a submitted form may be redirected to, so the shop's origins stand in it.
        return HTML(
            title: "\(title) · Sandbox", head: #"<meta name="robots" content="noindex">"#, style: style,
            content: content, policy: ["form-action": (["'self'"] + formTargets).joined(separator: " ")]
        ).response(status, outcome: outcome)
    }
}
