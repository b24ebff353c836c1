// Which form of a page a client would rather have.

/// What an `Accept` header asks for, between JSON and HTML.
enum MediaPreference {
    /// Whether HTML is wanted more than JSON. A browser names it; `*/*` alone, or no header, means JSON.
    static func prefersHTML(_ accept: [String]) -> Bool {
        let ranges = accept.joined(separator: ",").lowercased().split(separator: ",").map { range in
            let parts = range.split(separator: ";").map { $0.trimmingSpaces() }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            return (type: parts.first ?? "", quality: quality ?? 1)
        }
        /// The most specific range that fits decides (RFC 9110 §12.5.1).
        func quality(_ names: [Substring]) -> Double {
            for name in names {
                if let range = ranges.first(where: { $0.type == name }) { return range.quality }
            }
            return 0
        }
        return quality(["text/html", "text/*", "*/*"]) > quality(["application/json", "application/*", "*/*"])
    }
}
