// What the endpoints need to know of the configuration.

public import WixPayments

/// Settings of the endpoints, in the configuration's own units.
public struct EndpointSettings: Sendable {
    /// Refuse payments of merchants that have not connected.
    public var requireConnectedMerchant: Bool
    /// How long a repeat waits for the first call, in seconds.
    public var inFlightWaitSeconds: Double
    /// When a payment is answered pending although the processor still works, in seconds.
    public var answerDeadlineSeconds: Double
    /// How long a buyer may stay on a redirect page, in minutes.
    public var redirectExpiryMinutes: Int
    /// Processor calls that may run at once, and again as many that may wait.
    public var maxWaitingRequests: Int
    /// What Capture and Void answer in the cases whose codes Wix does not publish (spec §5, §17).
    public var actionCodes: ActionCodes

    /// Creates the settings.
    public init(
        requireConnectedMerchant: Bool, inFlightWaitSeconds: Double, answerDeadlineSeconds: Double,
        redirectExpiryMinutes: Int, maxWaitingRequests: Int, actionCodes: ActionCodes
    ) {
        self.requireConnectedMerchant = requireConnectedMerchant
        self.inFlightWaitSeconds = inFlightWaitSeconds
        self.answerDeadlineSeconds = answerDeadlineSeconds
        self.redirectExpiryMinutes = redirectExpiryMinutes
        self.maxWaitingRequests = maxWaitingRequests
        self.actionCodes = actionCodes
    }

    var redirectExpiryMilliseconds: Int64 { Int64(redirectExpiryMinutes) * 60_000 }
}

/// Reason codes of Capture and Void; nil: the call is answered with success, except where nothing ever was that could
/// have succeeded.
public struct ActionCodes: Sendable, Hashable {
    /// The payment is captured already.
    public var alreadyCaptured: ActionFailureCode?
    /// The payment is voided already.
    public var alreadyVoided: ActionFailureCode?
    /// The amount does not fit the authorization.
    public var amountMismatch: ActionFailureCode?
    /// There is no payment, or no authorization (nil: 6000); or the processor refused without a code (nil: success,
    /// while the event tells of 6000).
    public var failed: ActionFailureCode?

    /// Creates the set.
    public init(
        alreadyCaptured: ActionFailureCode?, alreadyVoided: ActionFailureCode?, amountMismatch: ActionFailureCode?,
        failed: ActionFailureCode?
    ) {
        self.alreadyCaptured = alreadyCaptured
        self.alreadyVoided = alreadyVoided
        self.amountMismatch = amountMismatch
        self.failed = failed
    }
}
