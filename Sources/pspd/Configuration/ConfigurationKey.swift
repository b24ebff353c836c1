// One row of the table of configuration keys: its path, what it may hold, its default and who needs it.
// The table drives the walk of the YAML file, the environment variables and the typed reading alike.

import Configuration

/// A key of the configuration.
struct ConfigurationKey: Sendable {
    /// What a key may hold.
    enum Kind: Sendable {
        case text(TextRule)
        case texts(TextRule)
        /// A whole number within `range`, counted in `unit`.
        case integer(ClosedRange<Int>, unit: String)
        /// 1 to `countMax` whole numbers within `range`, counted in `unit`.
        case integers(ClosedRange<Int>, unit: String, countMax: Int)
        case flag
        /// A reason code, or null with a meaning of its own: answer success.
        case reasonCode
        /// A file or socket that pspd makes.
        case path(TextRule)
        /// A file whose text is a secret.
        case secretFile
        /// PEM files of Wix's public keys.
        case publicKeyFiles
        /// A PEM file of root certificates.
        case certificateFile
    }

    /// Section and name, joined by dots: `wix.app-id`.
    let path: String
    let kind: Kind
    /// What an absent key means; nil when it then has no value.
    let fallback: ConfigValue?
    /// An absent key is a fault for the roles that use it.
    let isRequired: Bool
    /// The roles that need the key and read the files it names.
    let usedBy: Set<Role>
    /// The processor the key belongs to; nil when it belongs to both.
    let processor: String?

    init(
        _ path: String, _ kind: Kind, default fallback: ConfigValue? = nil, required isRequired: Bool = false,
        usedBy: Set<Role> = .all, processor: String? = nil
    ) {
        self.path = path
        self.kind = kind
        self.fallback = fallback
        self.isRequired = isRequired
        self.usedBy = usedBy
        self.processor = processor
    }
}

extension ConfigurationKey {
    /// Its environment variable: `PSPD_`, then the path in upper case with underscores for dots and dashes.
    var environmentName: String {
        Self.environmentPrefix + path.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    /// What every environment variable of pspd starts with.
    static let environmentPrefix = "PSPD_"

    /// Section names down to the key's own.
    var components: [String] { path.split(separator: ".").map(String.init) }

    /// Whether a process of one of `roles`, with the chosen processor, uses this key.
    func isUsed(by roles: Set<Role>, processor chosen: String?) -> Bool {
        !usedBy.isDisjoint(with: roles) && (processor == nil || processor == chosen)
    }
}

extension ConfigurationKey.Kind {
    /// Completes "must be …".
    var expectation: String {
        switch self {
        case .text(let rule), .path(let rule): rule.expectation
        case .texts(let rule): "a list, each \(rule.expectation)"
        case .integer(let range, let unit): "a whole number of \(range.lowerBound) to \(range.upperBound) \(unit)"
        case .integers(let range, let unit, let countMax):
            "a list of 1 to \(countMax) whole numbers, each \(range.lowerBound) to \(range.upperBound) \(unit)"
        case .flag: "true or false"
        case .reasonCode: TextRule.captureVoidReasonCode.expectation
        case .secretFile, .certificateFile: "the path of a file"
        case .publicKeyFiles: "a list of 1 to \(ConfigurationKeys.publicKeyFilesMax) paths of files"
        }
    }

    /// Whether a value of the right type is one that the key may hold.
    func accepts(_ content: ConfigContent) -> Bool {
        switch (self, content) {
        case (.text(let rule), .string(let text)), (.path(let rule), .string(let text)): rule.accepts(text)
        case (.reasonCode, .string(let text)): TextRule.captureVoidReasonCode.accepts(text)
        case (.secretFile, .string(let text)), (.certificateFile, .string(let text)): TextRule.line.accepts(text)
        case (.texts(let rule), .stringArray(let texts)): !texts.isEmpty && texts.allSatisfy(rule.accepts)
        case (.publicKeyFiles, .stringArray(let texts)):
            (1...ConfigurationKeys.publicKeyFilesMax).contains(texts.count) && texts.allSatisfy(TextRule.line.accepts)
        case (.integer(let range, _), .int(let number)): range.contains(number)
        case (.integers(let range, _, let countMax), .intArray(let numbers)):
            (1...countMax).contains(numbers.count) && numbers.allSatisfy(range.contains)
        case (.flag, .bool): true
        default: false
        }
    }
}
