// The three layers read together through swift-configuration: environment over file over defaults, each value of its
// key's type and range. Promise: what is here fits the table; what does not is a fault.

import Configuration

/// Every key's value, by path; a key without one is absent.
struct ConfigurationValues {
    private(set) var faults: [Finding] = []

    private var contents: [String: ConfigContent] = [:]
    private var places: [String: Finding.Place] = [:]
    /// Paths of the keys that stand in the file or the environment.
    private var given: Set<String> = []
    private let file: String

    /// Reads the layers. Keys that are faulty in `tree` are left out: their fault is known already.
    init(file: String, tree: ConfigurationTree, environment: ConfigurationEnvironment, keys: [ConfigurationKey]) {
        self.file = file
        let defaults = keys.compactMap { key in key.fallback.map { (AbsoluteConfigKey(key.components), $0) } }
        let fromFile = tree.values.map { (AbsoluteConfigKey($0.key.split(separator: ".").map(String.init)), $0.value) }
        let reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment.values).prefixKeys(with: "pspd"),
            InMemoryProvider(name: "file", values: Dictionary(uniqueKeysWithValues: fromFile)),
            InMemoryProvider(name: "defaults", values: Dictionary(uniqueKeysWithValues: defaults)),
        ])
        for key in keys {
            let isOverridden = environment.values[key.environmentName] != nil
            places[key.path] =
                isOverridden ? .environment(key.environmentName) : .file(file, line: tree.lines[key.path])
            if isOverridden || tree.values[key.path] != nil { given.insert(key.path) }
            guard given.contains(key.path) || key.fallback != nil else { continue }
            // A throwing accessor fails here for one reason only: a variable that is not a number, or not a boolean.
            if let content = try? key.kind.read(key.components, from: reader), key.kind.accepts(content) {
                contents[key.path] = content
            } else {
                addFault("must be \(key.kind.expectation)", key: key.path)
            }
        }
    }

    /// Adds a fault at the place where `path` was set, or should have been.
    mutating func addFault(_ reason: String, key path: String) {
        faults.append(finding(reason, key: path))
    }

    /// A finding at the place where `path` was set.
    func finding(_ reason: String, key path: String) -> Finding {
        Finding(place: places[path] ?? .file(file, line: nil), key: path, reason: reason)
    }

    /// Whether the key has a value, its own or a default.
    func has(_ path: String) -> Bool { contents[path] != nil }

    /// Whether somebody wrote the key's value, so that it is no default.
    func isGiven(_ path: String) -> Bool { given.contains(path) }

    /// A text without a default, such as an optional path.
    func optionalText(_ path: String) -> String? {
        if case .string(let text) = contents[path] { text } else { nil }
    }

    /// A list of texts without a default.
    func optionalTexts(_ path: String) -> [String]? {
        if case .stringArray(let texts) = contents[path] { texts } else { nil }
    }

    /// A number, if the key has one.
    func optionalInteger(_ path: String) -> Int? {
        if case .int(let number) = contents[path] { number } else { nil }
    }

    // The accessors below are for keys that the table gives a value: a missing one is a bug in the table.

    /// The text of a required key, or of one with a default.
    func text(_ path: String) -> String {
        guard let text = optionalText(path) else { preconditionFailure("no text for \(path)") }
        return text
    }

    /// The number of a key with a default.
    func integer(_ path: String) -> Int {
        guard let number = optionalInteger(path) else { preconditionFailure("no number for \(path)") }
        return number
    }

    /// The numbers of a key with a default.
    func integers(_ path: String) -> [Int] {
        guard case .intArray(let numbers) = contents[path] else { preconditionFailure("no numbers for \(path)") }
        return numbers
    }

    /// The boolean of a key with a default.
    func flag(_ path: String) -> Bool {
        guard case .bool(let flag) = contents[path] else { preconditionFailure("no boolean for \(path)") }
        return flag
    }
}

extension ConfigurationKey.Kind {
    fileprivate func read(_ components: [String], from reader: ConfigReader) throws -> ConfigContent {
        let key = ConfigKey(components)
        return switch self {
        case .text, .path, .secretFile, .certificateFile, .reasonCode: .string(try reader.requiredString(forKey: key))
        case .integer: .int(try reader.requiredInt(forKey: key))
        case .flag: .bool(try reader.requiredBool(forKey: key))
        case .texts, .publicKeyFiles: .stringArray(try reader.requiredStringArray(forKey: key))
        case .integers: .intArray(try reader.requiredIntArray(forKey: key))
        }
    }
}
