// The YAML file as a flat set of values: first of the three layers, walked with Yams because swift-configuration can't
// list unknown keys, reads null as the text "null" and hides values of a wrong type.
// Promise: every key of the file is either a value here, absent (null), or a fault.

import Configuration
import Yams

/// What a configuration file holds, by key path.
struct ConfigurationTree {
    private(set) var values: [String: ConfigValue] = [:]
    /// Line of each key seen, from 1.
    private(set) var lines: [String: Int] = [:]
    private(set) var faults: [Finding] = []
    /// False when the file is no YAML or no mapping, so that nothing can be said about its keys.
    private(set) var isWhole = true

    private let file: String
    private let keys: [String: ConfigurationKey]
    /// Every prefix of a key's path: `wix`, `wix.capture-void-reason-codes`, …
    private let sections: Set<String>

    /// Walks `text`. `file` names it in faults.
    init(yaml text: String, file: String, keys: [ConfigurationKey]) {
        self.file = file
        self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.path, $0) })
        sections = Set(
            keys.flatMap { key in
                (1..<key.components.count).map { key.components.prefix($0).joined(separator: ".") }
            }
        )
        do {
            guard let root = try Yams.compose(yaml: text), !root.isNull else { return }
            isWhole = root.mapping != nil
            walk(root, section: nil)
        } catch {
            isWhole = false
            faults.append(Self.fault(from: error, file: file))
        }
    }

    private mutating func walk(_ node: Node, section: String?) {
        guard case .mapping(let mapping) = node else {
            add("must be a mapping of keys to values, not \(node.kindInWords)", key: section, at: node.mark)
            return
        }
        for (nameNode, value) in mapping {
            guard let name = nameNode.scalar?.string else {
                add("a key must be text", key: section, at: nameNode.mark)
                continue
            }
            let path = section.map { "\($0).\(name)" } ?? name
            lines[path] = nameNode.mark?.line
            if sections.contains(path) {
                if !value.isNull { walk(value, section: path) }
            } else if let key = keys[path] {
                read(value, for: key)
            } else {
                let hint = Nearest.key(to: path, among: keys.keys).map { "; did you mean \($0)?" } ?? ""
                add("unknown key\(hint)", key: path, at: nameNode.mark)
            }
        }
    }

    private mutating func read(_ node: Node, for key: ConfigurationKey) {
        if node.isNull {
            if case .reasonCode = key.kind { values[key.path] = .init(stringLiteral: TextRule.nullWord) }
            return
        }
        guard let content = key.kind.content(of: node) else {
            let found = key.kind.isList && node.sequence != nil ? "a list of other values" : node.kindInWords
            add("must be \(key.kind.expectation), not \(found)", key: key.path, at: node.mark)
            return
        }
        values[key.path] = ConfigValue(content, isSecret: false)
    }

    private mutating func add(_ reason: String, key: String?, at mark: Mark?) {
        faults.append(Finding(place: .file(file, line: mark?.line), key: key, reason: reason))
    }

    private static func fault(from error: any Error, file: String) -> Finding {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            Finding(
                place: .file(file, line: mark.line), key: nil,
                reason: "is not valid YAML: \(problem) (line \(mark.line), column \(mark.column))"
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            Finding(
                place: .file(file, line: context.mark.line), key: duplicates.joined(separator: ", "),
                reason: "stands more than once in the same mapping"
            )
        case .reader(let problem, _, _, _):
            Finding(place: .file(file, line: nil), key: nil, reason: "is not valid YAML: \(problem)")
        default:
            Finding(place: .file(file, line: nil), key: nil, reason: "is not valid YAML")
        }
    }
}

extension ConfigurationKey.Kind {
    /// The value of a node of the right type, else nil. Texts that YAML reads as numbers, dates or booleans are of a
    /// wrong type: quotes make them text.
    fileprivate func content(of node: Node) -> ConfigContent? {
        switch self {
        case .text, .path, .secretFile, .certificateFile: node.text.map(ConfigContent.string)
        case .reasonCode: node.wholeNumber.map { .string(String($0)) }
        case .integer: node.wholeNumber.map(ConfigContent.int)
        case .flag: node.bool.map(ConfigContent.bool)
        case .texts, .publicKeyFiles: node.list(of: \.text).map(ConfigContent.stringArray)
        case .integers: node.list(of: \.wholeNumber).map(ConfigContent.intArray)
        }
    }
}

extension ConfigurationKey.Kind {
    fileprivate var isList: Bool {
        switch self {
        case .texts, .publicKeyFiles, .integers: true
        default: false
        }
    }
}

extension Node {
    fileprivate var isNull: Bool { hasTag(.null) }

    fileprivate var text: String? { hasTag(.str) ? scalar?.string : nil }

    fileprivate var wholeNumber: Int? { hasTag(.int) ? int : nil }

    /// Whether this is a scalar that YAML reads as one of `tags`.
    private func hasTag(_ name: Tag.Name) -> Bool { scalar != nil && tag == Tag(name) }

    fileprivate func list<Element>(of element: (Node) -> Element?) -> [Element]? {
        guard case .sequence(let nodes) = self else { return nil }
        let elements = nodes.compactMap(element)
        return elements.count == nodes.count ? elements : nil
    }

    /// For faults: what the node is, never what it says.
    fileprivate var kindInWords: String {
        switch self {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar where hasTag(.int): "a whole number"
        case .scalar where hasTag(.float): "a decimal number"
        case .scalar where hasTag(.bool): "true or false"
        case .scalar where hasTag(.timestamp): "a date"
        case .scalar where hasTag(.null): "null"
        case .scalar: "text"
        }
    }
}
