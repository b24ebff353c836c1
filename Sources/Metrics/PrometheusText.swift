// Prometheus' text format, version 0.0.4. Pure.

/// A page of metrics, written family by family.
public struct PrometheusText: Sendable {
    /// Its media type.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What a family's numbers do.
    public enum Kind: String, Sendable {
        /// Only grow.
        case counter
        /// Go up and down.
        case gauge
        /// Count durations by length.
        case histogram
    }

    /// A label's name and value.
    public typealias Label = (name: String, value: String)

    /// The page so far.
    public private(set) var text = ""

    /// Starts a page.
    public init() {}

    /// Starts a family; its samples follow.
    public mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(Self.escape(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a sample with a whole number.
    public mutating func sample(_ name: String, _ labels: [Label], _ value: some BinaryInteger) {
        line(name, labels, "\(value)")
    }

    /// Adds a sample.
    public mutating func sample(_ name: String, _ labels: [Label], _ value: Double) {
        line(name, labels, Self.number(value))
    }

    /// Adds a family of one gauge; none when the value is not known.
    public mutating func gauge(_ name: String, _ help: String, _ value: (some BinaryInteger)?) {
        guard let value else { return }
        family(name, .gauge, help)
        sample(name, [], value)
    }

    private mutating func line(_ name: String, _ labels: [Label], _ value: String) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escape($0.value, quotes: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
    }
}

extension Metrics {
    /// Writes the shared numbers. Of families with two labels those are left out that are still zero: most of their
    /// combinations never occur.
    public func write(to page: inout PrometheusText) {
        for family in Layout.current.families {
            switch family.kind {
            case .counter: writeCounters(family, &page)
            case .histogram(let bounds): writeHistograms(family, bounds, &page)
            }
        }
        page.gauge(
            "pspd_digest_issued_seconds_ago",
            "How long before its arrival Wix had signed the last genuine request; negative: its clock is ahead.",
            value(.digestIssuedSecondsAgo))
    }

    private func writeCounters(_ family: Family, _ page: inout PrometheusText) {
        page.family(family.name, .counter, family.help)
        for place in 0..<family.seriesCount {
            let value = words.load(family.first + place)
            if value > 0 || family.labels.count < 2 { page.sample(family.name, family.labels(at: place), value) }
        }
    }

    private func writeHistograms(_ family: Family, _ bounds: [Int64], _ page: inout PrometheusText) {
        page.family(family.name, .histogram, family.help)
        for place in 0..<family.seriesCount {
            let first = family.first + place * family.stride
            let labels = family.labels(at: place)
            var count: UInt64 = 0
            for bucket in 0...bounds.count {
                count += words.load(first + bucket)
                let end = bucket < bounds.count ? "\(Double(bounds[bucket]) / 1e9)" : "+Inf"
                page.sample("\(family.name)_bucket", labels + [("le", end)], count)
            }
            page.sample("\(family.name)_sum", labels, Double(words.load(first + bounds.count + 1)) / 1e9)
            page.sample("\(family.name)_count", labels, count)
        }
    }
}
