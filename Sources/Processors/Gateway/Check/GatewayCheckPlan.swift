// What a run of `pspd gateway check` is told, and what it tells: the plan, and one result a check.

public import WixPayments

/// How a gateway is driven through the contract. Nothing of it may reach real money: orders carry mode sandbox.
public struct GatewayCheckPlan: Sendable {
    /// Where the gateway is. `timeoutSeconds` is what pspd would wait for one answer.
    public var settings: GatewaySettings
    /// The merchant that pays in and out, at Wix.
    public var wixMerchantId = "gateway-check"
    /// What that merchant types to connect.
    public var credentials: Secret<[String: String]> = Secret(["account": "gateway-check"])
    /// Of every payment; `amount` is four thousand and some minor units of it.
    public var currency = "EUR"
    /// Test cards by what becomes of them. An empty number leaves out the checks that need it.
    public var approvedCard = "4111111111111111"
    /// Declined for good.
    public var declinedCard = "4000000000000002"
    /// Sends the buyer to a page.
    public var redirectCard = "4000000000003220"
    /// Its answer takes longer than `GatewayProbe.slowSecondsMax`.
    public var slowCard = "4000000000006975"

    /// Creates a plan with the sandbox's magic cards.
    public init(_ settings: GatewaySettings) { self.settings = settings }
}

/// How one check ended.
public struct GatewayCheckResult: Sendable, Encodable {
    /// The three ways.
    public enum Status: String, Sendable, Encodable {
        case pass, fail, skip
    }

    /// `payment.repeat`.
    public let id: String
    /// What a gateway has to do, in a sentence.
    public let rule: String
    /// How it ended.
    public let status: Status
    /// What came from the gateway; for a skipped check why it was.
    public let came: String
}

/// A check: its name, its rule, and how it is made. It returns what came, or throws `CheckEnd` or `OutcomeUnknown`.
struct GatewayCheck: Sendable {
    let id: String
    let rule: String
    let make: @Sendable (GatewayProbe) async throws -> String
}

/// Ends a check early.
enum CheckEnd: Error {
    case failed(String)
    case skipped(String)
}
