// Requests to begin with: the specification's example files, and calls made from them.

import Foundation

/// The specification's examples, copied under Tests/Fixtures.
package enum Example {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/examples")

    /// The id of the payment that the examples are about.
    package static let wixTransactionId = "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d"

    package static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: "\(name).json")))
    }

    package static func json(_ name: String) throws -> JSON { try JSON(parsing: bytes(name)) }

    /// Names of examples, without `.json`.
    package static func names(startingWith prefix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path())
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// The example's own text, white space and all, with another id in place of its own.
    package static func bytes(_ name: String, wixTransactionId id: String) throws -> [UInt8] {
        let text = String(decoding: try bytes(name), as: UTF8.self)
        guard let own = try json(name)["wixTransactionId"]?.text else { throw StackError("\(name) has no id") }
        return Array(text.replacingOccurrences(of: own, with: id).utf8)
    }
}

/// A new id in Wix's form.
package func newID() -> String { UUID().uuidString.lowercased() }

/// Requests.
package enum Sample {
    package static let approvedCard = "4111111111111111"

    /// A payment of 42.50 EUR by card.
    package static func payment(_ card: String = approvedCard, id: String = newID()) throws -> JSON {
        try Example.json("create-transaction.request.card")
            .setting("wixTransactionId", .string(id))
            .setting("paymentMethodData.card.number", .string(card))
    }

    /// A refund; without an amount, of all that remains.
    package static func refund(
        of payment: JSON, _ pluginID: String?, _ amount: Int64?, id: String = newID()
    ) throws -> JSON {
        try Example.json("refund-transaction.request.full")
            .setting("wixTransactionId", payment["wixTransactionId"])
            .setting("wixRefundId", .string(id))
            .setting("pluginTransactionId", pluginID.map(JSON.string))
            .setting("refundAmount", amount.map(JSON.integer))
    }

    /// A capture or a void.
    package static func action(
        _ endpoint: Endpoint, of payment: JSON, _ pluginID: String?, _ amount: Int64
    ) throws -> JSON {
        let isCapture = endpoint == .capture
        return try Example.json(isCapture ? "capture-transaction.request" : "void-transaction.request")
            .setting("wixTransactionId", payment["wixTransactionId"])
            .setting("pluginTransactionId", pluginID.map(JSON.string))
            .setting(isCapture ? "captureAmount" : "voidAmount", .integer(amount))
    }
}

extension JSON {
    /// The payment that a request is about.
    package var paymentID: String { self["wixTransactionId"]?.text ?? "" }
}
