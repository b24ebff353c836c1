// Whether bytes are one JSON text with one meaning. For messages whose members Foundation's decoder reads: of members with
// one name it keeps either, and it takes trailing commas and bytes that are no UTF-8.

/// Why bytes are not to be read.
public enum JSONFault: Error, Sendable, Hashable {
    /// Not RFC 8259, not UTF-8, or nested deeper than `Limits.jsonDepthMax`.
    case syntax
    /// An object, at any depth, has two members of one name.
    case repeatedMember
}

/// The check.
public enum StrictJSON {
    /// Passes if every reader understands the same.
    public static func check(_ bytes: [UInt8]) throws(JSONFault) {
        guard let document = try? JSONDocument(bytes) else { throw .syntax }
        guard !hasRepeatedMember(document.root, document) else { throw .repeatedMember }
    }

    /// Recursion ends where the parser's did.
    private static func hasRepeatedMember(_ node: JSONNode, _ document: JSONDocument) -> Bool {
        switch node.kind {
        case .null, .bool, .number, .string: return false
        case .array(let elements): return elements.contains { hasRepeatedMember($0, document) }
        case .object(let members):
            var names: Set<String> = []
            return members.contains { member in
                !names.insert(document.text(member.name, hasEscapes: member.nameHasEscapes)).inserted
                    || hasRepeatedMember(member.value, document)
            }
        }
    }
}
