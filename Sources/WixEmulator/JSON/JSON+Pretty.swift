// Writes a document for people: what fits a line stays on one, so that a whole payment request fits
// a screen. Keys are sorted, so runs can be compared.

extension JSON {
    private static let columns = 110
    private static let step = 2

    /// The document laid out for reading.
    public func pretty() -> String { pretty(indent: 0, used: 0) }

    /// - Parameters:
    ///   - indent: columns before the lines of this value's parts.
    ///   - used: columns taken on the first line already.
    private func pretty(indent: Int, used: Int) -> String {
        let inline = line()
        if used + inline.count <= Self.columns { return inline }
        let inner = indent + Self.step
        switch self {
        case .object(let members):
            let parts = members.sorted { $0.key < $1.key }.map { name, value in
                let label = "\(JSON.string(name).line()): "
                return label + value.pretty(indent: inner, used: inner + label.count)
            }
            return Self.filled(parts, "{", "}", indent)
        case .array(let values):
            return Self.filled(values.map { $0.pretty(indent: inner, used: inner) }, "[", "]", indent)
        default: return inline
        }
    }

    /// Puts as many parts on a line as fit; a part of several lines has lines of its own.
    private static func filled(_ parts: [String], _ open: String, _ close: String, _ indent: Int) -> String {
        let margin = String(repeating: " ", count: indent + step)
        var lines: [String] = []
        for (index, part) in parts.enumerated() {
            let text = index + 1 < parts.count ? part + "," : part
            let single = !text.contains("\n")
            if single, let last = lines.last, !last.contains("\n"), last.count + text.count < columns {
                lines[lines.count - 1] = "\(last) \(text)"
            } else {
                lines.append(margin + text)
            }
        }
        return ([open] + lines + [String(repeating: " ", count: indent) + close]).joined(separator: "\n")
    }
}
