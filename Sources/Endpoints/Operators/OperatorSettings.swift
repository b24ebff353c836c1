// What the operators' pages are told at the start.

public import RequestDigest

/// Settings of the operators' pages.
public struct OperatorSettings: Sendable {
    /// A public key of Wix's app, by what may be shown of it.
    public struct Key: Sendable, Hashable, Codable {
        /// Lower-case hex SHA-256 of the key.
        public let fingerprint: String
        /// Length of its modulus.
        public let bits: Int

        /// Names a key.
        public init(_ key: PublicKey) {
            fingerprint = key.fingerprint
            bits = key.bits
        }
    }

    /// Of this program.
    public var version: String
    /// The keys that requests are verified with.
    public var keys: [Key]
    /// Below this, the disk counts as full; 2^20 bytes each, as the store has it.
    public var minFreeMegabytes: Int
    /// After so long a final event that Wix has not accepted is overdue, in minutes.
    public var alertAfterMinutes: Int

    /// Creates the settings.
    public init(version: String, keys: [Key], minFreeMegabytes: Int, alertAfterMinutes: Int) {
        self.version = version
        self.keys = keys
        self.minFreeMegabytes = minFreeMegabytes
        self.alertAfterMinutes = alertAfterMinutes
    }

    var minFreeBytes: Int64 { Int64(minFreeMegabytes) << 20 }
}
