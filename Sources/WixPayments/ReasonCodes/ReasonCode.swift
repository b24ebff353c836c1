// Reason codes by context: the protocols that the five code types share (spec §10).
// Used by answers and events. Promise: a code that doesn't fit its context can't be made, so it can't be sent.

/// A number that Wix knows in one context.
public protocol ReasonCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible where RawValue == Int {
    /// The tables that this context takes its codes from.
    static var groups: Set<ReasonCodeGroup> { get }
    /// What an unknown code becomes.
    static var fallback: Self { get }
    /// Nil when the code does not fit the context.
    init?(rawValue: Int)
}

/// A context in which a code means failure: all general codes and 6000 fit.
public protocol FailureReasonCode: ReasonCode {}

/// A failure context of payments, captures and voids: the declined codes fit too.
public protocol DeclinedReasonCode: FailureReasonCode {}

extension ReasonCode {
    /// Whether `code` stands in one of the context's tables. Codes of the legacy tables never do: they are accepted
    /// from a gateway, but not sent (spec §10).
    static func fits(_ code: Int) -> Bool {
        guard let row = ReasonCodeTable.row(of: code) else { return false }
        return groups.contains(row.group)
    }

    /// For constants: a number that is known to fit.
    static func listed(_ code: Int) -> Self {
        guard let code = Self(rawValue: code) else { preconditionFailure("\(code) is no \(Self.self)") }
        return code
    }

    /// From a gateway: a legacy code becomes its nearest current one, anything that still doesn't fit (or is absent)
    /// the fallback.
    public init(fromGateway code: Int?) {
        guard let code else {
            self = Self.fallback
            return
        }
        self = Self(rawValue: LegacyReasonCodes.current[code] ?? code) ?? Self.fallback
    }

    /// Wix's English text for the code.
    public var message: String { ReasonCodeTable.row(of: rawValue)?.message ?? "" }

    /// The number and Wix's text.
    public var description: String { "\(rawValue) \(message)" }
}

extension FailureReasonCode {
    /// 6000, the catch-all of every failure context.
    public static var fallback: Self { generalError }
}

/// Codes of Wix's older tables and what to send instead.
enum LegacyReasonCodes {
    static let current: [Int: Int] = [
        1000: 1003,  // Provider connection error: the provider's fault, so its technical error
        1001: 1003,  // Timeout error: likewise
        1008: 1006,  // Duplicated request: not allowed again (3031 would not fit every context)
        1011: 1003,  // Outdated API: the provider's fault
        2003: 2000,  // Merchant account expired: not active
        2004: 2002,  // Merchant authorization failed: the account's credentials are invalid
        2005: 2001,  // Merchant contact provider: something the provider blocks
        2006: 2001,  // Merchant limit exceeded: restricted
        3005: 3004,  // 3D secure not enabled: it can't have succeeded
        3007: 3003,  // Conversion error: of currencies
        3009: 3000,  // Buyer to repeat purchase: no nearer code
        3010: 3000,  // Return buyer to provider: no nearer code
        3021: 1003,  // Tokenization issue: the provider's fault
        3027: 3031,  // Transaction already processed: its action is committed
        3038: 3043,  // Revocation of payment: the buyer revoked the authorization
        3039: 3041,  // Payment account invalid: invalid account
        5004: 5003,  // Buyer declined and contact provider: the buyer is blocked
    ]
}
