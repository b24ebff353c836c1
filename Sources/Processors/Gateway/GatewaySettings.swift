// What the gateway processor needs to know of the configuration.

public import WixPayments

/// Settings of the gateway, in the configuration's own units.
public struct GatewaySettings: Sendable {
    /// Where the contract's paths begin, as `https://gateway.internal/v2`, with or without a slash at the end. Plain
    /// http is for loopback and tests: card data goes there.
    public var baseURL: String
    /// Sent as `Authorization: Bearer`.
    public var token: Secret<String>
    /// Around one call's head and body together, in seconds.
    public var timeoutSeconds: Double
    /// An extra trust root as a PEM file.
    public var caFile: String?
    /// Connections to the gateway at once, one call on each. Calls beyond wait for a free one, at most
    /// `GatewayClient.connectSecondsMax`, so this should be as many as run at once (`max-waiting-requests`).
    public var connectionsMax: Int
    /// What a capture or void failed with that the gateway gives no code for.
    public var actionFailureCode = ActionFailureCode.generalError

    /// Creates the settings.
    public init(
        baseURL: String, token: Secret<String>, timeoutSeconds: Double, caFile: String?, connectionsMax: Int
    ) {
        self.baseURL = baseURL
        self.token = token
        self.timeoutSeconds = timeoutSeconds
        self.caFile = caFile
        self.connectionsMax = connectionsMax
    }
}

extension GatewaySettings {
    /// Refuses a token that an `Authorization` header cannot carry: one that is empty, or that holds anything but visible
    /// ASCII characters.
    public static func check(token: Secret<String>) throws(GatewaySettingsError) {
        guard isVisibleASCII(token.reveal()) else { throw .token }
    }
}

/// Settings that no call could be made with.
public enum GatewaySettingsError: Error, Sendable, Hashable {
    /// `caFile` cannot be read or holds no certificate.
    case caFile
    /// `baseURL` is not an http or https URL with a host, or has a query or fragment.
    case baseURL
    /// `token` is empty or has characters that no header can carry.
    case token
}

extension GatewaySettingsError: CustomStringConvertible {
    /// Names the setting, never what it holds.
    public var description: String {
        switch self {
        case .caFile: "the gateway's file of root certificates \(TrustRootsError())"
        case .baseURL: "the gateway's base URL must be an http or https URL with a host, without query and fragment"
        case .token: "the gateway's token must be of visible ASCII characters: a header carries no others, and no space"
        }
    }
}
