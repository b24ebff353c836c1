// The example messages and tables under Tests/Fixtures, and ways to compare and bend JSON.
// For the tests of this folder.

import Foundation

@testable import WixPayments

enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    static func example(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: "examples/\(name).json")))
    }

    /// The middles of the names of the examples that start so, without `.json`.
    static func examples(startingWith prefix: String) throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "examples").path())
        return Set(
            names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count).dropLast(".json".count)) })
    }

    /// The rows of a CSV without its header; the last column may hold commas.
    static func rows(of name: String, columns: Int) throws -> [[String]] {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            .split(whereSeparator: \.isNewline).dropFirst()
            .map { $0.split(separator: ",", maxSplits: columns - 1, omittingEmptySubsequences: false).map(String.init) }
    }

    static func object(_ bytes: [UInt8]) throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw CocoaError(.propertyListReadCorrupt)
        }
        return object
    }

    /// The same text for equal JSON objects.
    static func canonical(_ bytes: [UInt8]) throws -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        return String(
            decoding: try JSONSerialization.data(withJSONObject: try object(bytes), options: options), as: UTF8.self)
    }

    /// The card example after `change`.
    static func card(_ change: (inout [String: Any]) -> Void) throws -> [UInt8] {
        try changed("create-transaction.request.card", change)
    }

    /// An example with the member at `path` replaced by exactly this JSON text; nil removes it.
    static func replaced(_ name: String, _ path: String, _ json: String?) throws -> [UInt8] {
        let body = try changed(name) { $0.set(path, json.map { _ in "@" }) }
        guard let json else { return body }
        return Array(String(decoding: body, as: UTF8.self).replacing(#""@""#, with: json).utf8)
    }

    static func changed(_ name: String, _ change: (inout [String: Any]) -> Void) throws -> [UInt8] {
        var object = try object(try example(name))
        change(&object)
        return [UInt8](try JSONSerialization.data(withJSONObject: object))
    }
}

extension [String: Any] {
    /// Sets the member at a dotted path such as `order.description.currency`; nil removes it.
    mutating func set(_ path: String, _ value: Any?) {
        let names = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard names.count == 2 else {
            self[path] = value
            return
        }
        var nested = self[names[0]] as? [String: Any] ?? [:]
        nested.set(names[1], value)
        self[names[0]] = nested
    }
}

/// The field error of a parse; nil when it succeeds or fails otherwise.
func fieldError(_ parse: () throws(RequestError) -> some Any) -> FieldError? {
    do throws(RequestError) {
        _ = try parse()
        return nil
    } catch {
        guard case .field(let fieldError, _) = error else { return nil }
        return fieldError
    }
}

/// The same numbers in every run (a 64-bit linear congruential generator), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        func step() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 32
        }
        return step() << 32 | step()
    }
}
