// A buyer at the PSP's page: opens the address, reads the form, presses a button, and is sent back.

import Foundation
import Testing

/// What a buyer's browser does with a redirect answer.
package struct Buyer {
    private let stack: Stack
    package let url: String

    package init(_ stack: Stack, _ answer: Answer) throws {
        self.stack = stack
        url = try #require(answer.json["redirectUrl"]?.text)
    }

    package func open() async throws -> Answer { try await stack.send("GET", url) }

    /// Presses the button that is named or valued so.
    package func press(_ word: String) async throws -> Answer {
        let page = try await open()
        try #require(page.status == 200, "\(page)")
        return try await submit(try Self.field(word, in: page.text))
    }

    /// Sends a form's field.
    package func submit(_ field: String) async throws -> Answer {
        try await stack.send(
            "POST", url, headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Array(field.utf8))
    }

    /// `name=value` of a button.
    package static func field(_ word: String, in html: String) throws -> String {
        let buttons = html.matches(of: /<(button|input)[^>]*>/).map { String($0.output.0) }
        func attribute(_ name: String, of tag: String) -> String? {
            guard let start = tag.firstRange(of: "\(name)=\"") else { return nil }
            return String(tag[start.upperBound...].prefix { $0 != "\"" })
        }
        let pressed = try #require(
            buttons.first { attribute("name", of: $0) == word || attribute("value", of: $0) == word },
            "no button \(word) in \(html)")
        return "\(attribute("name", of: pressed) ?? "")=\(attribute("value", of: pressed) ?? "")"
    }
}

extension Stack {
    /// Pays and expects to be sent to the PSP's page.
    package func redirected(_ payment: JSON) async throws -> (answer: Answer, buyer: Buyer) {
        let answer = try await call(.create, payment)
        #expect(answer.status == 200)
        #expect(answer.json.names == (try Example.json("create-transaction.response.redirect")).names, "\(answer)")
        #expect(try await storedEvents(payment.paymentID).isEmpty)
        return (answer, try Buyer(self, answer))
    }
}
