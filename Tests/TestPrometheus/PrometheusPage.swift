// A strict reader of Prometheus' text format 0.0.4, for tests: what Prometheus itself would refuse or misread throws.

/// A parsed page.
public struct PrometheusPage {
    /// One line with a value.
    public struct Sample {
        /// The name, suffix included.
        public let name: String
        /// The labels; no name twice.
        public let labels: [String: String]
        /// The value.
        public let value: Double
    }

    /// Samples under one name.
    public struct Family {
        /// `counter`, `gauge` or `histogram`.
        public let type: String
        /// In the page's order.
        public internal(set) var samples: [Sample] = []
    }

    /// A rule that the page breaks.
    public struct Breach: Error, CustomStringConvertible {
        /// Which, and in which line.
        public let description: String
    }

    /// By name.
    public private(set) var families: [String: Family] = [:]

    /// Reads a page.
    public init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Breach(description: "the last line has no end") }
        var name: String?
        var help: String?
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# HELP ") {
                help = try Self.words(line, 3)[2]
            } else if line.hasPrefix("# TYPE ") {
                let words = try Self.words(line, 4)
                guard words.count == 4, words[2] == help, families[words[2]] == nil,
                    ["counter", "gauge", "histogram"].contains(words[3]), Self.isName(words[2])
                else { throw Breach(description: "bad TYPE: \(line)") }
                name = words[2]
                families[words[2]] = Family(type: words[3])
            } else {
                let sample = try Self.sample(line)
                guard let name, var family = families[name], Self.belongs(sample, to: name, family.type) else {
                    throw Breach(description: "a sample outside its family: \(line)")
                }
                let isKnown = family.samples.contains { $0.name == sample.name && $0.labels == sample.labels }
                guard !isKnown else { throw Breach(description: "twice: \(line)") }
                family.samples.append(sample)
                families[name] = family
            }
        }
        for (name, family) in families { try Self.check(name, family) }
    }

    /// The value of the one sample with this name and these labels.
    public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.values.joinedSamples.first { $0.name == name && $0.labels == labels }?.value
    }

    /// Every name that a query can use.
    public var sampleNames: Set<String> {
        families.reduce(into: []) { names, family in
            if family.value.type == "histogram" {
                names.formUnion(["_bucket", "_sum", "_count"].map { family.key + $0 })
            } else {
                names.insert(family.key)
            }
        }
    }

    // MARK: Lines

    private static func words(_ line: Substring, _ count: Int) throws -> [String] {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= count else { throw Breach(description: "bad comment: \(line)") }
        return words
    }

    private static func isName(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39 ~= first) else { return false }
        return name.utf8.allSatisfy {
            0x61...0x7A ~= $0 || 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "_")
        }
    }

    private static func sample(_ line: Substring) throws -> Sample {
        var rest = line
        let name = rest.prefix { $0 != "{" && $0 != " " }
        guard isName(name) else { throw Breach(description: "bad name: \(line)") }
        rest.removeFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            repeat {
                let (label, value) = try Self.label(&rest)
                guard labels.updateValue(value, forKey: label) == nil else {
                    throw Breach(description: "a label twice: \(line)")
                }
            } while try next(&rest, line) == ","
        }
        guard rest.first == " " else { throw Breach(description: "no value: \(line)") }
        let text = rest.dropFirst()
        let value: Double? = ["+Inf": .infinity, "-Inf": -.infinity, "NaN": .nan][String(text)] ?? Double(text)
        guard let value, !text.contains(" ") else { throw Breach(description: "bad value: \(line)") }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func label(_ rest: inout Substring) throws -> (String, String) {
        let name = rest.prefix { $0 != "=" }
        rest.removeFirst(name.count)
        guard isName(name), rest.hasPrefix("=\"") else { throw Breach(description: "bad label: \(rest)") }
        rest.removeFirst(2)
        var value = ""
        while true {
            switch rest.popFirst() {
            case "\"": return (String(name), value)
            case "\\":
                guard let escaped = ["\\": "\\", "\"": "\"", "n": "\n"][rest.popFirst() ?? " "] else {
                    throw Breach(description: "bad escape: \(rest)")
                }
                value += escaped
            case let character?: value.append(character)
            case nil: throw Breach(description: "an endless label")
            }
        }
    }

    private static func next(_ rest: inout Substring, _ line: Substring) throws -> Character {
        guard let character = rest.popFirst(), character == "," || character == "}" else {
            throw Breach(description: "bad labels: \(line)")
        }
        return character
    }

    // MARK: Families

    private static func belongs(_ sample: Sample, to name: String, _ type: String) -> Bool {
        guard type == "histogram" else { return sample.name == name }
        return ["_bucket", "_sum", "_count"].contains { sample.name == name + $0 }
    }

    private static func check(_ name: String, _ family: Family) throws {
        if family.type == "counter" {
            guard name.hasSuffix("_total"), family.samples.allSatisfy({ $0.value >= 0 }) else {
                throw Breach(description: "\(name) is no counter")
            }
        }
        guard family.type == "histogram" else { return }
        var buckets: [[String: String]: [(end: Double, count: Double)]] = [:]
        for sample in family.samples where sample.name == name + "_bucket" {
            guard let end = sample.labels["le"].flatMap({ $0 == "+Inf" ? .infinity : Double($0) }) else {
                throw Breach(description: "\(name) has a bucket without its end")
            }
            buckets[sample.labels.filter { $0.key != "le" }, default: []].append((end, sample.value))
        }
        for (labels, all) in buckets {
            let isGrowing = zip(all, all.dropFirst()).allSatisfy { $0.end < $1.end && $0.count <= $1.count }
            let count = family.samples.first { $0.name == name + "_count" && $0.labels == labels }
            let sum = family.samples.first { $0.name == name + "_sum" && $0.labels == labels }
            guard isGrowing, let last = all.last, last.end == .infinity, last.count == count?.value, sum != nil else {
                throw Breach(description: "the buckets of \(name) \(labels) don't add up")
            }
        }
    }
}

extension Dictionary<String, PrometheusPage.Family>.Values {
    fileprivate var joinedSamples: [PrometheusPage.Sample] { flatMap(\.samples) }
}
