// Live or sandbox (spec §13).
// Read from Connect, Create and Refund; Capture and Void keep the authorization's.

/// Which of the merchant's accounts a call is for.
public enum Mode: String, Sendable, Hashable, CaseIterable {
    case live, sandbox

    /// From Wix's word: only `sandbox` is the sandbox. `undefined`, nothing and words still to come are live, because
    /// spec §13 reads the enum's zero value so.
    public init(wix word: String?) {
        self = word == Self.sandbox.rawValue ? .sandbox : .live
    }
}
