// The top-level members of a request as they came, byte for byte.
// Kept by Create Transaction for the gateway, which is promised them "as Wix sent them" (design, Gateway contract),
// members that this version does not know among them. Holds card data: only ever inside a `Secret`.

/// Raw JSON by member name.
public struct SentMembers: Sendable {
    private let reader: ObjectReader

    init(_ reader: ObjectReader) {
        self.reader = reader
    }

    /// The JSON text of a top-level member; nil when it was absent or null.
    public func json(of name: StaticString) -> [UInt8]? {
        guard let node = reader.node(name) else { return nil }
        var range = node.range
        if case .string = node.kind { range = range.lowerBound - 1..<range.upperBound + 1 }
        return Array(reader.document.bytes[range])
    }
}
