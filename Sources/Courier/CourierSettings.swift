// What the courier needs to know of the configuration.

public import Store
public import WixPayments

/// Settings of the courier, in the configuration's own units.
public struct CourierSettings: Sendable {
    /// The app id, Wix's `client_id`.
    public var appID: String
    /// The app secret, Wix's `client_secret`. Never logged.
    public var appSecret: Secret<String>
    /// Wix's API, `https://www.wixapis.com`, without a slash at the end.
    public var apiBaseURL: String
    /// An extra trust root as a PEM file, for tests.
    public var caFile: String?
    /// `{PSP}/{version}`, which Wix requires (spec §6.2).
    public var userAgent: String
    /// Events in delivery at once.
    public var concurrency: Int
    /// Around one request's head and body together, in seconds.
    public var requestTimeoutSeconds: Double
    /// The pauses between attempts, in seconds; the last one again and again.
    public var retryScheduleSeconds: [Double]
    /// After this age an event is parked as dead, in hours.
    public var giveUpAfterHours: Double
    /// Payments whose final event has not been accepted for this long are reported, in minutes.
    public var alertAfterMinutes: Double
    /// Over how long what waited for a dead Wix falls due; shorter in tests alone.
    var rampMilliseconds = Ramp.usualSpanMilliseconds
    /// How long a buyer may stay on a redirect page, in minutes.
    public var redirectExpiryMinutes: Int
    /// How long finished work is kept.
    public var retention: RetentionPolicy

    /// Creates the settings.
    public init(
        appID: String, appSecret: Secret<String>, apiBaseURL: String, caFile: String?, userAgent: String,
        concurrency: Int, requestTimeoutSeconds: Double, retryScheduleSeconds: [Double], giveUpAfterHours: Double,
        alertAfterMinutes: Double, redirectExpiryMinutes: Int, retention: RetentionPolicy
    ) {
        self.appID = appID
        self.appSecret = appSecret
        self.apiBaseURL = apiBaseURL
        self.caFile = caFile
        self.userAgent = userAgent
        self.concurrency = concurrency
        self.requestTimeoutSeconds = requestTimeoutSeconds
        self.retryScheduleSeconds = retryScheduleSeconds
        self.giveUpAfterHours = giveUpAfterHours
        self.alertAfterMinutes = alertAfterMinutes
        self.redirectExpiryMinutes = redirectExpiryMinutes
        self.retention = retention
    }

    var redirectExpiryMilliseconds: Int64 { Int64(redirectExpiryMinutes) * 60_000 }
}
