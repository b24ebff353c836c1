// pspd's own ids, derived from Wix's (design rule 4): even after a lost or restored store the gateway recognises a
// repeat by them.

import RequestDigest

/// Derives plugin ids: 128 bits of SHA-256 over the operation and Wix's id, as 32 hex digits.
public enum DerivedID {
    private static let hexDigits = 32

    /// `pluginTransactionId` of a payment.
    public static func transaction(_ wixTransactionId: String) -> String { derive("create", wixTransactionId) }

    /// `pluginRefundId` of a refund begun at Wix.
    public static func refund(_ wixRefundId: String) -> String { derive("refund", wixRefundId) }

    private static func derive(_ operation: String, _ id: String) -> String {
        String(SHA256.hex(Array("\(operation):\(id)".utf8)).prefix(hexDigits))
    }
}
