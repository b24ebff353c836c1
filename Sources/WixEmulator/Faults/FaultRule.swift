// A fault to play, as written by people: one JSON object, the same for `serve --fault` and for
// `POST /emulator/faults`. Pure.

/// What goes wrong, where and how often.
public struct FaultRule: Sendable, Equatable {
    /// The ways to answer badly. Each is something a PSP's sender must survive (spec §6.3).
    public enum Kind: String, Sendable, CaseIterable {
        /// An error in Wix's shape with the given `status`, and `Retry-After` if given.
        case status
        /// 200 with a page.
        case html
        /// 200 with the right body of the wrong type.
        case wrongContentType = "wrong-content-type"
        /// 200 with `{"ok":true}`.
        case nonEmptyObject = "non-empty-object"
        /// 200 with half an object.
        case brokenJSON = "broken-json"
        /// 204 without a body.
        case noContent = "no-content"
        /// 302 to `location`.
        case redirect
        /// The genuine answer, `seconds` late; the event counts as received.
        case stall
        /// 200 with `bytes` of valid JSON.
        case hugeBody = "huge-body"
        /// 200, and the connection ends in the middle of the body.
        case cut
    }

    /// How it answers.
    public var kind: Kind
    /// The only path that it plays on; nil: both of Wix's.
    public var path: String?
    /// The only payment whose events it plays on; nil: all, and token requests as well.
    public var wixTransactionId: String?
    /// How many more times it plays; nil: always.
    public var count: Int?
    /// How likely it plays, 0 to 1.
    public var probability = 1.0
    /// Whether the event is taken in all the same, so that the PSP's repeat is a duplicate.
    public var received = false
    /// Seconds that the answer is held back.
    public var seconds = 0.0
    var status = 500
    var retryAfter: String?
    var location = "https://example.invalid/"
    var bytes = 8_388_608

    static let secondsMax = 600.0
    static let bytesMax = 134_217_728

    /// Reads a rule.
    ///
    /// - Throws: `Problem` naming the member that is wrong or unknown.
    public init(_ json: JSON) throws(Problem) {
        guard let members = json.members else { throw Problem("fault", "must be a JSON object") }
        guard let name = members["kind"]?.text, let kind = Kind(rawValue: name) else {
            throw Problem("kind", "must be one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.kind = kind
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            try set(name, value)
        }
        if kind == .stall, seconds == 0 { throw Problem("seconds", "missing") }
    }

    private mutating func set(_ name: String, _ value: JSON) throws(Problem) {
        switch name {
        case "kind": return
        case "path": path = try value.text.orThrow(name, "must be a string")
        case "wixTransactionId":
            wixTransactionId = try value.text.orThrow(name, "must be a string").lowercased()
        case "location": location = try value.text.orThrow(name, "must be a string")
        case "count": count = Int(try value.integer(in: 1...1_000_000).orThrow(name, "must be 1 to 1000000"))
        case "status": status = Int(try value.integer(in: 300...599).orThrow(name, "must be 300 to 599"))
        case "bytes":
            let range = 1...Int64(Self.bytesMax)
            bytes = Int(try value.integer(in: range).orThrow(name, "must be 1 to \(Self.bytesMax)"))
        case "retryAfter":
            retryAfter = try (value.text ?? value.integer.map(String.init))
                .orThrow(name, "must be seconds or an HTTP date")
        case "probability": probability = try value.number(in: 0...1).orThrow(name, "must be 0 to 1")
        case "seconds":
            seconds = try value.number(in: 0...Self.secondsMax).orThrow(name, "must be 0 to \(Int(Self.secondsMax))")
        case "received":
            guard case .bool(let flag) = value else { throw Problem(name, "must be true or false") }
            received = flag
        default: throw Problem(name, "is not a member of a fault rule")
        }
    }

    /// The rule as it stands, with the `count` that is left.
    var json: JSON {
        var members: [String: JSON] = ["kind": .string(kind.rawValue), "received": .bool(received)]
        members["probability"] = .number(probability)
        members["path"] = path.map(JSON.string)
        members["wixTransactionId"] = wixTransactionId.map(JSON.string)
        members["count"] = count.map { .integer(Int64($0)) }
        if seconds > 0 { members["seconds"] = .number(seconds) }
        if kind == .status { members["status"] = .integer(Int64(status)) }
        members["retryAfter"] = retryAfter.map(JSON.string)
        return .object(members)
    }

    /// The rule in a few words, for the record.
    public var description: String { kind == .status ? "status \(status)" : kind.rawValue }
}

extension JSON {
    fileprivate func integer(in range: ClosedRange<Int64>) -> Int64? {
        integer.flatMap { range.contains($0) ? $0 : nil }
    }

    fileprivate func number(in range: ClosedRange<Double>) -> Double? {
        let value: Double? =
            switch self {
            case .integer(let value): Double(value)
            case .number(let value): value
            default: nil
            }
        return value.flatMap { range.contains($0) ? $0 : nil }
    }
}

extension Optional {
    fileprivate func orThrow(_ field: String, _ rule: String) throws(Problem) -> Wrapped {
        guard let self else { throw Problem(field, rule) }
        return self
    }
}
