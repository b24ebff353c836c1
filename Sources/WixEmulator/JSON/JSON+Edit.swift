// Changes one member of a document by its path, so that `wix-emulator send --set` and `--remove`
// can make any request that no option of its own exists for, wrong ones above all.

extension JSON {
    /// Sets or removes the member at a path of object keys.
    ///
    /// - Parameters:
    ///   - path: keys joined by dots, for example `order.description.totalAmount`.
    ///   - value: nil removes the member; a removal of what is not there changes nothing.
    public mutating func set(_ path: String, to value: JSON?) {
        set(path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...], to: value)
    }

    private mutating func set(_ keys: ArraySlice<String>, to value: JSON?) {
        guard let key = keys.first else { return }
        var members = members ?? [:]
        if keys.count == 1 {
            members[key] = value
        } else if var child = members[key] ?? (value == nil ? nil : .object([:])) {
            child.set(keys.dropFirst(), to: value)
            members[key] = child
        }
        self = .object(members)
    }
}
