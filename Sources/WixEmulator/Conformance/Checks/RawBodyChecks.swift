// Digest: the hash is of the raw bytes. Each check sends the same payment as JSON that a parser and a writer would not
// give back byte for byte (spec §2 step 1, §16: Wix's own sample hashes the re-serialised body).

import FoundationEssentials

extension Check {
    static let rawBody: [Check] = [
        raw(
            "digest.raw-spacing", "with spaces and line breaks",
            { text in text.replacingOccurrences(",\"", with: ",\r\n  \"").replacingOccurrences("\":", with: "\" : ") }),
        raw(
            "digest.raw-escapes", "with escaped characters",
            { text in text.replacingOccurrences("/", with: "\\/").replacingOccurrences("Moreau", with: "Morea\\u0075") }
        ),
        raw(
            "digest.raw-numbers", "with numbers in another form",
            { text in text.replacingOccurrences("0.42", with: "4.20e-1") }),
        raw("digest.raw-order", "with members in another order", reordered),
        raw(
            "digest.raw-utf8", "with letters beyond ASCII",
            { text in text.replacingOccurrences("Moreau", with: "Моро 東京 é 🍌") }),
    ]

    /// A genuine call whose body is written otherwise.
    private static func raw(
        _ id: String, _ how: String, _ rewrite: @escaping @Sendable (String) -> String
    ) -> Check {
        Check(
            id, "§2 step 1", "The hash is taken of the bytes that came: a body \(how) is as genuine",
            wix: "Calls fail for some buyers and orders, and nobody sees why."
        ) { probe in
            var request = probe.payment()
            // A number that can be written in several ways.
            request.set("order.description.items", to: Self.apron)
            let written = Array(rewrite(String(decoding: request.bytes(), as: UTF8.self)).utf8)
            if JSON(parsing: written) == nil { preconditionFailure("\(id) makes no JSON") }
            let call = try await probe.call(.createTransaction, request, .init(body: written))
            try probe.require(call.isAnswered, "\(call.came) to a genuine body \(how)")
        }
    }

    private static let apron: JSON = [
        ["id": "sku-1", "name": "Apron", "quantity": 1, "price": 100, "weightInKg": 0.42]
    ]

    /// Top-level members from last to first.
    @Sendable private static func reordered(_ text: String) -> String {
        let members = JSON(parsing: Array(text.utf8))?.members ?? [:]
        let parts = members.sorted { $0.key > $1.key }.map { "\(JSON.string($0.key).line()):\($0.value.line())" }
        return "{" + parts.joined(separator: ",") + "}"
    }
}

extension String {
    fileprivate func replacingOccurrences(_ text: String, with other: String) -> String {
        self.split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
    }
}
