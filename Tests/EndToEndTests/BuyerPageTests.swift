// The sandbox's buyer page: what it is made of, and what a forged, repeated or late submission changes (nothing).

import Foundation
import Testing
import TestStack

@Suite("Buyer page", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct BuyerPageTests {
    static let card = "4000000000003220"

    private func payment(_ urls: JSON? = nil) throws -> JSON {
        let payment = try Sample.payment(Self.card)
        return urls.map { payment.setting("order.returnUrls", $0) } ?? payment
    }

    @Test("A small page that works without scripts, in a frame, and under a strict policy")
    func page() async throws {
        let stack = try await Stack.usual()
        let (answer, buyer) = try await stack.redirected(try payment())
        let page = try await buyer.open()
        #expect(page.status == 200)
        #expect(page.header("Content-Type").first?.hasPrefix("text/html") == true)
        #expect(page.header("Cache-Control").contains("no-store"))
        #expect(page.header("X-Frame-Options").isEmpty)
        let policy = try #require(page.header("Content-Security-Policy").first)
        #expect(policy.contains("default-src 'none'"))
        #expect(!policy.contains("unsafe"))
        #expect(policy.contains("form-action 'self' https://shop.example.org"))
        for word in ["<script", "javascript:", "http://", "onclick"] { #expect(!page.text.contains(word)) }
        for word in ["approve", "decline", "cancel", "pending"] { _ = try Buyer.field(word, in: page.text) }
        #expect(page.text.contains("lang="))
        #expect(page.text.contains("42.50"))
        // Looking changes nothing.
        #expect(try stack.effects(answer.pluginID).isEmpty)
        #expect(try await buyer.open().text == page.text)
    }

    @Test(
        "A second decision changes nothing, whatever it is",
        arguments: [("approve", 1), ("decline", 0)])
    func twice(_ decision: String, _ effects: Int) async throws {
        let stack = try await Stack.usual()
        let payment = try payment()
        let (answer, buyer) = try await stack.redirected(payment)
        let field = try Buyer.field(decision, in: try await buyer.open().text)
        let first = try await buyer.submit(field)
        for word in ["approve", "decline", "cancel", "pending"] {
            let again = try await buyer.submit(field.replacingOccurrences(of: decision, with: word))
            #expect(again.status == 303 && again.header("Location") == first.header("Location"))
        }
        #expect(try stack.effects(answer.pluginID).count == effects)
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
    }

    @Test("Twenty decisions at once: one counts")
    func atOnce() async throws {
        let stack = try await Stack.usual()
        let payment = try payment()
        let (answer, buyer) = try await stack.redirected(payment)
        let field = try Buyer.field("approve", in: try await buyer.open().text)
        let locations = try await withThrowingTaskGroup(of: [String].self) { group in
            for index in 0..<20 {
                let word = ["approve", "decline", "cancel"][index % 3]
                group.addTask {
                    try await buyer.submit(field.replacingOccurrences(of: "approve", with: word)).header("Location")
                }
            }
            return try await group.reduce(into: Set<[String]>()) { $0.insert($1) }
        }
        #expect(locations.count == 1)
        let events = try await stack.events(payment.paymentID, count: 1)
        #expect(try await stack.storedEvents(payment.paymentID).count == 1)
        let isApproved = events.first?.payload["reasonCode"] == nil
        #expect(try stack.effects(answer.pluginID).filter { $0["kind"] == "payment" }.count == (isApproved ? 1 : 0))
    }

    @Test("Without the token there is no page and no payment")
    func forged() async throws {
        let stack = try await Stack.usual()
        let payment = try payment()
        let (answer, buyer) = try await stack.redirected(payment)
        let id = try #require(answer.pluginID)
        let base = "\(stack.baseURL)/sandbox/checkout/"
        let last = buyer.url.last == "0" ? "1" : "0"
        for url in [
            base, base + id, base + "\(id).", base + String(repeating: "0", count: 32),
            "\(buyer.url.dropLast())\(last)",
            String(buyer.url.dropLast()), buyer.url + "0", base + "\(id).%00", base + "../checkout/x",
        ] {
            let seen = try await stack.send("GET", url)
            #expect([400, 404].contains(seen.status), "\(url)")
            #expect(!seen.text.contains("42.50"))
            let pressed = try await stack.send(
                "POST", url, headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array("decision=approve".utf8))
            #expect([400, 404, 405].contains(pressed.status), "\(url)")
        }
        #expect(try stack.effects(id).isEmpty)
        #expect(try await stack.call(.create, payment).text == answer.text)
    }

    @Test(
        "A submission without a choice is refused",
        arguments: [
            "", "decision=", "decision=refund", "x=approve",
            "decision=approve&decision=decline", String(repeating: "a", count: 100_000),
        ])
    func badForm(_ form: String) async throws {
        let stack = try await Stack.usual()
        let (answer, buyer) = try await stack.redirected(try payment())
        let refused = try await buyer.submit(form)
        #expect((400..<500).contains(refused.status))
        #expect(refused.header("Location").isEmpty)
        #expect(try stack.effects(answer.pluginID).isEmpty)
        #expect(try await buyer.open().status == 200)
    }

    struct Fallback: Sendable {
        let urls: JSON
        let button: String
        let location: String?
    }

    static let fallbacks = [
        Fallback(
            urls: ["errorUrl": "https://s.example/e", "successUrl": "https://s.example/s"], button: "cancel",
            location: "https://s.example/e"),
        Fallback(urls: ["successUrl": "https://s.example/s"], button: "pending", location: "https://s.example/s"),
        Fallback(urls: [:], button: "approve", location: nil),
        Fallback(urls: ["successUrl": "https://s.example/s"], button: "decline", location: nil),
        Fallback(
            urls: ["successUrl": "https://s.example/a%20b?x=%C3%A9&y=<>\"'#frag"], button: "approve",
            location: "https://s.example/a%20b?x=%C3%A9&y=<>\"'#frag"),
        Fallback(urls: ["successUrl": "javascript:alert(1)"], button: "approve", location: nil),
    ]

    @Test("Back by the URL that fits, byte for byte, or to the nearest that tells no lie", arguments: fallbacks)
    func back(_ fallback: Fallback) async throws {
        let stack = try await Stack.usual()
        let payment = try payment(fallback.urls)
        let (_, buyer) = try await stack.redirected(payment)
        let back = try await buyer.press(fallback.button)
        #expect(back.header("Location") == [fallback.location].compactMap(\.self))
        #expect([302, 303].contains(back.status) == (fallback.location != nil))
        #expect(try await !stack.events(payment.paymentID, count: 1).isEmpty)
    }

    @Test("The page's token stands in no log")
    func token() async throws {
        let stack = try await Stack.usual()
        let (_, buyer) = try await stack.redirected(try payment())
        _ = try await buyer.press("approve")
        let token = try #require(buyer.url.split(separator: ".").last.map(String.init))
        _ = try await stack.send("GET", "\(stack.baseURL)/sandbox/checkout/x.\(token)")
        for file in stack.files() where file.path.hasSuffix(".log") {
            #expect(file.bytes.range(of: Data(token.utf8)) == nil, "\(file.path)")
        }
    }
}
