// The environment's layer: PSPD_ variables that override the file, each named after its key.

/// The overrides among a process's environment variables.
struct ConfigurationEnvironment {
    /// Values by variable name, without those that count as absent.
    private(set) var values: [String: String] = [:]
    private(set) var faults: [Finding] = []

    /// Takes the variables that start with `PSPD_`. One that is empty or `null` counts as absent, like a null in YAML;
    /// one that belongs to no key is a fault.
    init(_ environment: [String: String], keys: [ConfigurationKey]) {
        let known = Dictionary(uniqueKeysWithValues: keys.map { ($0.environmentName, $0) })
        let overrides = environment.filter { $0.key.hasPrefix(ConfigurationKey.environmentPrefix) }
        for (name, value) in overrides.sorted(by: { $0.key < $1.key }) {
            guard let key = known[name] else {
                let hint = Nearest.key(to: name, among: known.keys).map { "; did you mean \($0)?" } ?? ""
                faults.append(Finding(place: .environment(name), key: nil, reason: "belongs to no key\(hint)"))
                continue
            }
            let isAbsent = value.isEmpty || (value == TextRule.nullWord && !key.kind.hasMeaningForNull)
            if !isAbsent { values[name] = value }
        }
    }
}

extension ConfigurationKey.Kind {
    /// A null answers success there, instead of counting as absent.
    fileprivate var hasMeaningForNull: Bool {
        if case .reasonCode = self { true } else { false }
    }
}
