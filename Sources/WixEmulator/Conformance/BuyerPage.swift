// The page that a redirected buyer sees, as far as a program can use it: the first form that is posted, and its buttons.
// A PSP whose page needs a browser is not judged by it.

import FoundationEssentials

/// A page with a form.
struct BuyerPage: Sendable {
    /// HTTP status of the page itself.
    var status: Int
    /// Where the form goes; nil when there is no form that is posted.
    var action: URL?
    /// Names and values of hidden fields.
    var hidden: [(name: String, value: String)] = []
    /// Names and values of buttons.
    var buttons: [(name: String, value: String)] = []

    init(_ answer: PSPAnswer, at url: URL) {
        status = answer.status
        let html = String(decoding: answer.body, as: UTF8.self)
        for tag in Self.tags(of: html) {
            switch tag.name {
            case "form" where action == nil && tag["method"]?.lowercased() == "post":
                let target = tag["action"] ?? ""
                action = target.isEmpty ? url : URL(string: target, relativeTo: url)?.absoluteURL
            case "button", "input":
                guard action != nil, let name = tag["name"] else { continue }
                let field = (name: name, value: tag["value"] ?? "")
                switch (tag["type"] ?? (tag.name == "button" ? "submit" : "text")).lowercased() {
                case "submit": buttons.append(field)
                case "hidden": hidden.append(field)
                default: continue
                }
            default: continue
            }
        }
    }

    /// The form's body when the button that is named or valued so is pressed; nil without one.
    func body(pressing word: String) -> [UInt8]? {
        guard let button = buttons.first(where: { $0.value.lowercased() == word || $0.name.lowercased() == word })
        else { return nil }
        let fields = (hidden + [button]).map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
        return Array(fields.joined(separator: "&").utf8)
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isPlain || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte) { return String(UnicodeScalar(byte)) }
            let hex = String(byte, radix: 16, uppercase: true)
            return "%" + (hex.count == 1 ? "0" : "") + hex
        }.joined()
    }

    // MARK: Tags

    private struct Tag {
        var name: String
        var attributes: [String: String] = [:]
        subscript(name: String) -> String? { attributes[name] }
    }

    private static func tags(of html: String) -> [Tag] {
        html.split(separator: "<").compactMap { piece in
            guard let end = piece.firstIndex(of: ">") else { return nil }
            return tag(String(piece[..<end]))
        }
    }

    private static func tag(_ text: String) -> Tag? {
        guard let first = text.first, first.isLetter else { return nil }
        let name = text.prefix { !$0.isWhitespace && $0 != "/" }
        var tag = Tag(name: name.lowercased())
        var rest = text.dropFirst(name.count)
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "/" }
            let key = rest.prefix { !$0.isWhitespace && $0 != "=" }
            if key.isEmpty { return tag }
            rest = rest.dropFirst(key.count)
            var value = ""
            if rest.first == "=" {
                rest = rest.dropFirst()
                let quote = rest.first.flatMap { "\"'".contains($0) ? $0 : nil }
                let raw = quote == nil ? rest.prefix { !$0.isWhitespace } : rest.dropFirst().prefix { $0 != quote }
                rest = rest.dropFirst(raw.count + (quote == nil ? 0 : 2))
                value = unescaped(String(raw))
            }
            tag.attributes[key.lowercased()] = value
        }
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        for (entity, character) in [
            ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"),
        ] {
            text = text.split(separator: entity, omittingEmptySubsequences: false).joined(separator: character)
        }
        return text
    }
}

extension Probe {
    /// What a buyer can decide on a page that a program can use.
    enum Decision: String, CaseIterable, Sendable {
        case approve, decline, cancel, pending

        /// What leads to one of these outcomes; nil when none does, or when the page itself is wanted.
        init?(_ outcomes: Set<Conclusion.Outcome>) {
            if outcomes.contains(.redirect) { return nil }
            if !outcomes.isDisjoint(with: [.approved, .authorized]) {
                self = .approve
            } else if outcomes.contains(.declined) {
                self = .decline
            } else if outcomes.contains(.pending) {
                self = .pending
            } else {
                return nil
            }
        }
    }

    private static let settlePauseMilliseconds = 250

    /// Decides a redirected payment on its page, and asks again until the PSP knows of it: the page may belong to a
    /// system of its own, which tells the PSP a moment later.
    ///
    /// - Returns: the last repeat of the call, with the outcome if there is one by then.
    func settle(_ call: PSPCall, by decision: Decision) async throws -> PSPCall {
        try await decide(decision, CheckedPayment(call: call, pluginId: call.pluginTransactionId ?? "", amount: 0))
        let deadline = ContinuousClock.now + .seconds(plan.eventSeconds)
        var again = try await self.call(call.endpoint, call.request)
        while again.outcome == .redirect, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(Self.settlePauseMilliseconds))
            again = try await self.call(call.endpoint, call.request)
        }
        return again
    }

    func page(of payment: CheckedPayment) async throws -> BuyerPage {
        guard let text = payment.call.redirectUrl, let url = URL(string: text), url.host() != nil else {
            throw Finding.skipped("redirectUrl can't be opened: see create.redirect")
        }
        do throws(CallError) {
            let answer = try await session.caller.send("GET", text)
            note(["sent": ["method": "GET", "url": .string(text)], "came": ["status": .integer(Int64(answer.status))]])
            return BuyerPage(answer, at: url)
        } catch {
            throw Finding.broken("GET \(text): \(error.reason)")
        }
    }

    /// Where a decision leaves the buyer.
    enum Landing: Sendable {
        /// Sent to this address, which is not the PSP's.
        case sent(String)
        /// On another page of the PSP's, with this status; where that leads needs a browser.
        case page(Int)
        /// Nowhere.
        case nowhere
    }

    /// Addresses of the PSP's own that a buyer is sent on by.
    private static let hopsMax = 5

    /// Decides on the payment's page, and follows the buyer as far as the PSP's own host sends them on.
    ///
    /// - Throws: skipped when the page has no such button.
    @discardableResult
    func decide(_ decision: Decision, _ payment: CheckedPayment) async throws -> Landing {
        let page = try await page(of: payment)
        guard let action = page.action, let body = page.body(pressing: decision.rawValue) else {
            throw Finding.skipped("the page has no plain form with a button named \(decision.rawValue)")
        }
        var (address, form) = (action, Optional(body))
        for _ in 0...Self.hopsMax {
            let answer = try await visit(address, form)
            guard (300...399).contains(answer.status), let location = answer.location else {
                return answer.status == 200 ? .page(answer.status) : .nowhere
            }
            guard let next = URL(string: location, relativeTo: address)?.absoluteURL,
                (next.scheme, next.host(), next.port) == (action.scheme, action.host(), action.port),
                !payment.returnURLs.contains(location)
            else { return .sent(location) }
            // As browsers do: 307 and 308 keep method and body, all others become GET.
            form = [307, 308].contains(answer.status) ? form : nil
            address = next
        }
        return .nowhere
    }

    /// Posts a form, or gets a page.
    private func visit(_ url: URL, _ form: [UInt8]?) async throws -> PSPAnswer {
        let method = form == nil ? "GET" : "POST"
        let answer = try await session.caller.send(
            method, url.absoluteString,
            headers: form == nil ? [] : [("Content-Type", "application/x-www-form-urlencoded")], body: form)
        note([
            "sent": [
                "method": .string(method), "url": .string(url.absoluteString),
                "body": form.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null,
            ],
            "came": [
                "status": .integer(Int64(answer.status)), "location": answer.location.map(JSON.string) ?? .null,
            ],
        ])
        return answer
    }
}
