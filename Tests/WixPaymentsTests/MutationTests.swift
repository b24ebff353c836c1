// Every member of the card example removed or turned into each other JSON type: read, or refused by its own name.

import Foundation
import Testing

@testable import WixPayments

@Suite("Changes of one member")
struct MutationTests {
    private let replacements: [Any?] = [
        nil, NSNull(), true, 0, -1, 1.5, 1e300, "", "x", String(repeating: "x", count: 30_000), [], [:], [1], ["a": 1],
        NSNumber(value: UInt64.max),
    ]

    /// Dotted paths of every member, items aside.
    private static func paths(in object: [String: Any], prefix: String = "") -> [String] {
        object.flatMap { key, value -> [String] in
            let path = "\(prefix)\(key)"
            return [path] + ((value as? [String: Any]).map { paths(in: $0, prefix: "\(path).") } ?? [])
        }
    }

    @Test("A change of one member is read, or refused by the member's name")
    func changes() throws {
        let paths = Self.paths(in: try Fixtures.object(try Fixtures.example("create-transaction.request.card")))
        #expect(paths.count > 60)
        for path in paths {
            for replacement in replacements {
                let body = try Fixtures.card { $0.set(path, replacement) }
                guard let error = fieldError({ () throws(RequestError) in try CreateTransactionRequest.parse(body) })
                else { continue }
                let isCredential = path.hasPrefix("merchantCredentials.")
                let named = isCredential ? "merchantCredentials" : path
                #expect(error.field.hasPrefix(named), "\(path) as \(String(describing: replacement))")
                #expect(
                    error.problem != .missing || replacement == nil || replacement is NSNull || error.field != named)
            }
        }
    }

    @Test("The required members can't be removed, all others can")
    func removal() throws {
        let required: Set<String> = [
            "wixTransactionId", "wixMerchantId", "merchantCredentials", "order", "order.description",
            "order.description.totalAmount", "order.description.currency", "paymentMethodData.card.number",
            "paymentMethodData.card.year", "paymentMethodData.card.month",
        ]
        for path in Self.paths(in: try Fixtures.object(try Fixtures.example("create-transaction.request.card"))) {
            let body = try Fixtures.card { $0.set(path, nil) }
            let error = fieldError { () throws(RequestError) in try CreateTransactionRequest.parse(body) }
            #expect(error == (required.contains(path) ? FieldError(path, .missing) : nil))
        }
    }

    @Test("Random bytes in the card example never trap")
    func randomBytes() throws {
        let body = try Fixtures.example("create-transaction.request.card")
        var random = SeededGenerator(state: 2)
        for _ in 0..<3_000 {
            var changed = body
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(
                    in: .min ... .max, using: &random)
            }
            _ = try? CreateTransactionRequest.parse(changed)
        }
    }
}
