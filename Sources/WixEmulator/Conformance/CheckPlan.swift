// What is known of the PSP under test: where it is, what it supports, how to get each outcome from it, how long to wait.
// Made by the command line and the tests.

/// A PSP to check.
public struct CheckPlan: Sendable {
    /// What a PSP need not have.
    public enum Feature: String, Sendable, CaseIterable {
        case refunds, partialRefunds, captures, redirects
    }

    /// How a payment differs from one that is approved, so that something else comes of it.
    public struct Scenario: Sendable {
        /// Members of the request, by path, and what they become; nil removes one.
        public var changes: [(path: String, value: JSON?)]

        /// A change of any members.
        public init(_ changes: [(path: String, value: JSON?)]) {
            self.changes = changes
        }

        /// Another card.
        public static func card(_ number: String) -> Scenario {
            Scenario([("paymentMethodData.card.number", .string(number))])
        }
    }

    /// Base URL of the PSP, without a slash at the end.
    public var baseURL: String
    /// Paths that are not the default ones.
    public var paths: [Endpoint: String] = [:]
    /// Base URL of the emulator that the PSP's events go to; nil: events are not checked.
    public var wix: String?
    /// Whether the emulator is told of each call, so that its page shows them and it can judge the events by them.
    public var tellsEmulator = true
    /// The public key as the PSP has it, for the one check that needs its text.
    public var publicKeyPEM: String?
    /// A PEM file with roots to trust besides the system's; must be readable.
    public var caFile: String?

    /// The merchant at Wix.
    public var wixMerchantId: String
    /// What the merchant types.
    public var credentials: [String: String]
    /// What a merchant types whom the PSP refuses; nil: unknown.
    public var refusedCredentials: [String: String]?
    /// ISO 4217.
    public var currency = "EUR"
    /// Minor units of an ordinary payment; at least `amountMin`.
    public var amount: Int64 = 4250
    /// So that quarters of it can be refunded.
    public static let amountMin: Int64 = 100
    /// `live`, `sandbox` or `undefined`; nil: left out.
    public var mode: String? = "sandbox"
    /// The card of an ordinary payment.
    public var approvedCard = "4111111111111111"
    /// Changes to every payment.
    public var always = Scenario([])
    /// How to get a decline; nil: unknown, as with those below.
    public var declined: Scenario?
    /// How to get a pending payment.
    public var pending: Scenario?
    /// How to get a redirect.
    public var redirected: Scenario?
    /// A payment whose answer takes a second or more.
    public var slow: Scenario?
    /// What the PSP does not have.
    public var unsupported: Set<Feature> = []

    /// For one call, head and body together.
    public var timeoutSeconds: Int64 = 30
    /// Until an event counts as missing.
    public var eventSeconds = 15.0
    /// Until a retried event counts as missing.
    public var retrySeconds = 60.0
    /// Until a pending payment counts as stuck.
    public var pendingSeconds = 60.0
    /// How long to watch for an event that must not come.
    public var quietSeconds = 2.0
    /// How soon an event comes that comes at once.
    public var promptSeconds = 5.0
    /// How long an answer is held back that should count as none.
    public var stallSeconds = 40.0
    /// What an answer may take.
    public var answerSeconds = 10.0

    /// A PSP with everything at its default.
    public init(baseURL: String, wixMerchantId: String, credentials: [String: String]) {
        self.baseURL = baseURL
        self.wixMerchantId = wixMerchantId
        self.credentials = credentials
    }

    func lacks(_ feature: Feature) -> Bool { unsupported.contains(feature) }

    func url(of endpoint: Endpoint) -> String { baseURL + (paths[endpoint] ?? endpoint.defaultPath) }

    /// The endpoints that the PSP has.
    var endpoints: [Endpoint] {
        Endpoint.allCases.filter { endpoint in
            switch endpoint {
            case .connectAccount, .createTransaction: true
            case .refundTransaction: !lacks(.refunds)
            case .captureTransaction, .voidTransaction: !lacks(.captures)
            }
        }
    }
}

extension JSON {
    /// The document with the scenario's changes.
    func with(_ scenario: CheckPlan.Scenario?) -> JSON {
        guard let scenario else { return self }
        var copy = self
        for (path, value) in scenario.changes { copy.set(path, to: value) }
        return copy
    }
}
