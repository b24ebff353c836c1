// What holds for every document that was read, and the document written again. For RequestsTarget.

@testable import WixPayments

struct JSONTree {
    private let document: JSONDocument

    init(_ document: JSONDocument) {
        self.document = document
    }

    /// The document without white space between its values.
    func written() -> [UInt8] {
        let bytes = write(document.root)
        guard let again = try? JSONDocument(bytes) else {
            rule("what was read and written can be read", false)
            return bytes
        }
        rule("what was read and written is the same", isSame(document.root, again.root, in: again))
        return bytes
    }

    func check() {
        check(document.root, within: document.bytes.startIndex..<document.bytes.endIndex, depth: 0)
    }

    /// Half a surrogate pair, which is an escape always, or a number beyond a double.
    var holdsWhatFoundationCannot: Bool { holdsWhatFoundationCannot(document.root) }

    private func check(_ node: JSONNode, within parent: Range<Int>, depth: Int) {
        rule("a value stands inside its parent", parent.lowerBound <= node.range.lowerBound)
        rule("a value ends inside its parent", node.range.upperBound <= parent.upperBound)
        rule("a document is no deeper than the limit", depth <= Limits.jsonDepthMax)
        switch node.kind {
        case .string(let hasEscapes): checkText(node.range, hasEscapes)
        case .array(let elements):
            for element in elements { check(element, within: node.range, depth: depth + 1) }
        case .object(let members):
            for member in members {
                checkText(member.name, member.nameHasEscapes)
                check(member.value, within: node.range, depth: depth + 1)
            }
        case .null, .bool, .number: break
        }
    }

    /// A text written with escapes for all that needs one reads as itself.
    private func checkText(_ range: Range<Int>, _ hasEscapes: Bool) {
        let text = document.text(range, hasEscapes: hasEscapes)
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": json += "\\\(scalar)"
            case "\u{0}"..."\u{1F}": json += "\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))"
            default: json.unicodeScalars.append(scalar)
            }
        }
        json += "\""
        guard let again = try? JSONDocument(Array(json.utf8)), case .string(let hasEscapes) = again.root.kind else {
            return rule("a text that was read can be written", false)
        }
        rule("a text reads as it was written", again.text(again.root.range, hasEscapes: hasEscapes).isSame(as: text))
    }

    private func write(_ node: JSONNode) -> [UInt8] {
        switch node.kind {
        case .array(let elements): list("[", elements.map(write), "]")
        case .object(let members):
            list("{", members.map { quoted($0.name) + Array(":".utf8) + write($0.value) }, "}")
        case .string: quoted(node.range)
        case .null, .bool, .number: Array(document.bytes[node.range])
        }
    }

    private func list(_ open: String, _ items: [[UInt8]], _ close: String) -> [UInt8] {
        Array(open.utf8) + items.joined(separator: Array(",".utf8)) + Array(close.utf8)
    }

    private func quoted(_ range: Range<Int>) -> [UInt8] {
        Array("\"".utf8) + document.bytes[range] + Array("\"".utf8)
    }

    private func isSame(_ a: JSONNode, _ b: JSONNode, in other: JSONDocument) -> Bool {
        switch (a.kind, b.kind) {
        case (.array(let a), .array(let b)):
            a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1, in: other) }
        case (.object(let a), .object(let b)):
            a.count == b.count
                && zip(a, b).allSatisfy {
                    document.bytes[$0.name] == other.bytes[$1.name] && $0.nameHasEscapes == $1.nameHasEscapes
                        && isSame($0.value, $1.value, in: other)
                }
        case (.string(let x), .string(let y)): x == y && document.bytes[a.range] == other.bytes[b.range]
        case (.number(let x), .number(let y)): x == y && document.bytes[a.range] == other.bytes[b.range]
        case (.bool(let x), .bool(let y)): x == y
        case (.null, .null): true
        default: false
        }
    }

    private func holdsWhatFoundationCannot(_ node: JSONNode) -> Bool {
        switch node.kind {
        case .array(let elements): return elements.contains(where: holdsWhatFoundationCannot)
        case .object(let members):
            return members.contains { $0.nameHasEscapes || holdsWhatFoundationCannot($0.value) }
        case .string(let hasEscapes): return hasEscapes
        case .number:
            let number = Double(String(decoding: document.bytes[node.range], as: UTF8.self))
            return !(number ?? .infinity).isFinite
        case .bool, .null: return false
        }
    }
}
