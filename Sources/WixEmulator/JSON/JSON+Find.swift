// Finds a member wherever it stands, for documents that may not have the shape they should.

extension JSON {
    /// The first member of this name, the nearest to the top.
    func first(named name: String) -> JSON? {
        switch self {
        case .object(let members):
            if let value = members[name] { return value }
            return members.sorted { $0.key < $1.key }.lazy.compactMap { $0.value.first(named: name) }.first
        case .array(let values): return values.lazy.compactMap { $0.first(named: name) }.first
        default: return nil
        }
    }
}
