// What is wrong, or doubtful, in a configuration: a value that says where, which key and why.
// Printed by check-config and serve; never holds a secret's text.

/// A fault (the process can't start) or a warning (it can).
struct Finding: Sendable, Hashable {
    /// Where the value stands.
    enum Place: Sendable, Hashable {
        /// A configuration file; the line starts from 1 and is known only for what stands in the file.
        case file(String, line: Int?)
        /// An environment variable, by name.
        case environment(String)
    }

    let place: Place
    /// The key's path, such as `wix.app-id`; nil when the file as a whole is meant.
    let key: String?
    let reason: String
}

extension Finding: CustomStringConvertible {
    /// `place: key: reason`, on one line.
    var description: String {
        ["\(place)", key, reason].compactMap(\.self).joined(separator: ": ")
    }
}

extension Finding.Place: CustomStringConvertible {
    /// The file with its line, or the environment variable.
    var description: String {
        switch self {
        case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
        case .environment(let name): "environment variable \(name)"
        }
    }
}

extension Finding: Encodable {
    private enum CodingKeys: String, CodingKey {
        case file, line, environment, key, reason
    }

    /// One flat object: `file` and `line`, or `environment`; then `key` and `reason`.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch place {
        case .file(let path, let line):
            try container.encode(path, forKey: .file)
            try container.encodeIfPresent(line, forKey: .line)
        case .environment(let name):
            try container.encode(name, forKey: .environment)
        }
        try container.encodeIfPresent(key, forKey: .key)
        try container.encode(reason, forKey: .reason)
    }
}

/// Thrown when a configuration can't be used: all its faults, not just the first.
struct ConfigurationFaults: Error {
    let faults: [Finding]
    let warnings: [Finding]
}
