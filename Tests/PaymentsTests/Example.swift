// The example messages under Tests/Fixtures/examples, and JSON that can be compared with them.
// For the tests of this folder.

import Foundation

/// An example message by the end of its file's name, with members changed where the flow has other values.
struct Example: Sendable, ExpressibleByStringLiteral {
    let name: String
    private let changes: [String: String]
    private let reasonCode: Int?
    private let removed: String?

    /// `removed` is left out of `credentialsOnFile.cardReference`.
    init(_ name: String, _ changes: [String: String] = [:], reasonCode: Int? = nil, without removed: String? = nil) {
        self.name = name
        self.changes = changes
        self.reasonCode = reasonCode
        self.removed = removed
    }

    init(stringLiteral name: String) { self.init(name) }

    /// The kinds of message that payments make.
    enum Kind: String, CaseIterable {
        case event = "submit-event."
        case createAnswer = "create-transaction.response."
        case refundAnswer = "refund-transaction.response."
    }

    /// The message as comparable text.
    func text(_ kind: Kind) throws -> String {
        let data = try Data(contentsOf: Self.folder.appending(path: "\(kind.rawValue)\(name).json"))
        var message = try object(data)
        if case .event = kind, let event = message["event"] as? [String: [String: Any]] {
            message["event"] = event.mapValues(changed)
        }
        return try canonical(message)
    }

    private func changed(_ members: [String: Any]) -> [String: Any] {
        var members = members.merging(changes) { _, new in new }
        if let reasonCode { members["reasonCode"] = reasonCode }
        if let removed, var credentials = members["credentialsOnFile"] as? [String: [String: Any]] {
            credentials["cardReference"]?[removed] = nil
            members["credentialsOnFile"] = credentials
        }
        return members
    }

    /// The examples of a kind, by the ends of their names.
    static func names(_ kind: Kind) throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
        return Set(
            files.filter { $0.hasPrefix(kind.rawValue) }.map {
                String($0.dropFirst(kind.rawValue.count).dropLast(".json".count))
            })
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/examples")
}

/// The same text for equal JSON objects.
func comparable(_ body: [UInt8]) throws -> String { try canonical(try object(Data(body))) }

/// The payload of a transaction event without Wix's id: what the answer has to be (spec §6.5).
func answer(in event: [UInt8]) throws -> String {
    let members = try object(Data(event))["event"] as? [String: [String: Any]] ?? [:]
    var payload = members["transaction"] ?? [:]
    payload["wixTransactionId"] = nil
    return try canonical(payload)
}

private func object(_ data: Data) throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw CocoaError(.propertyListReadCorrupt)
    }
    return object
}

private func canonical(_ object: [String: Any]) throws -> String {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try JSONSerialization.data(withJSONObject: object, options: options), as: UTF8.self)
}
