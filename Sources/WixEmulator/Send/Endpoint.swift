// The five endpoints of a PSP that Wix calls (spec §1). Used by `send` and by the payment views.

/// An endpoint of the PSP.
public enum Endpoint: String, Sendable, CaseIterable {
    case connectAccount = "connect-account"
    case createTransaction = "create-transaction"
    case refundTransaction = "refund-transaction"
    case captureTransaction = "capture-transaction"
    case voidTransaction = "void-transaction"

    /// Where pspd has it. Another PSP chooses its own paths (spec §1).
    public var defaultPath: String { "/v1/\(rawValue)" }
}
