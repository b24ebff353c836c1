// The options of `check` that say what the PSP is like.

import ArgumentParser
import WixEmulator

struct CheckPathOptions: ParsableArguments {
    @Option(help: "Connect Account.")
    var connectPath = Endpoint.connectAccount.defaultPath

    @Option(help: "Create Transaction.")
    var createPath = Endpoint.createTransaction.defaultPath

    @Option(help: "Refund Transaction.")
    var refundPath = Endpoint.refundTransaction.defaultPath

    @Option(help: "Capture Transaction.")
    var capturePath = Endpoint.captureTransaction.defaultPath

    @Option(help: "Void Transaction.")
    var voidPath = Endpoint.voidTransaction.defaultPath

    func apply(to plan: inout CheckPlan) {
        plan.paths = [
            .connectAccount: connectPath, .createTransaction: createPath, .refundTransaction: refundPath,
            .captureTransaction: capturePath, .voidTransaction: voidPath,
        ]
    }
}

struct CheckPaymentOptions: ParsableArguments {
    @Option(help: "wixMerchantId. The same in every run.")
    var merchant = demoMerchantId

    @OptionGroup var merchantOptions: MerchantOptions

    @Option(help: "Credential that the PSP refuses, KEY=VALUE, in the place of the good one. Repeatable.")
    var refusedCredential: [String] = []

    @Option(help: "ISO 4217.")
    var currency = "EUR"

    @Option(help: "Total of a payment in minor units.")
    var amount: Int64 = 4250

    @Option(help: "live, sandbox or undefined.")
    var mode = "sandbox"

    @Option(
        help:
            "Change every payment: PATH=JSON, for example order.description.billingAddress.countryCode=\\\"DE\\\". Repeatable."
    )
    var set: [String] = []

    @Flag(help: "The PSP has the cards of pspd's sandbox: takes the place of the options below.")
    var sandboxCards = false

    @Option(help: "Card number that is approved.")
    var approvedCard = "4111111111111111"

    @Option(help: "Card number that is declined.")
    var declinedCard: String?

    @Option(help: "Card number that is pending first and final some seconds later.")
    var pendingCard: String?

    @Option(help: "Card number that sends the buyer to a page of the PSP.")
    var redirectCard: String?

    @Option(help: "Card number whose answer takes a second or more.")
    var slowCard: String?

    @Option(
        help:
            "What makes a payment declined when it is not the card: PATH=JSON, for example order.description.totalAmount=666. Repeatable; so are the next three."
    )
    var declined: [String] = []

    @Option(help: "What makes a payment pending.")
    var pending: [String] = []

    @Option(help: "What makes a payment redirect. PATH=null removes a member, for example paymentMethod=null.")
    var redirect: [String] = []

    @Option(help: "What makes a payment slow.")
    var slow: [String] = []

    func credentials() throws -> [String: String] {
        if sandboxCards, merchantOptions.credential.isEmpty {
            return ["account": "check", "email": "shop@example.org"]
        }
        return try merchantOptions.credentials()
    }

    func validate() throws {
        guard amount >= CheckPlan.amountMin else {
            throw ValidationError("--amount must be at least \(CheckPlan.amountMin)")
        }
    }

    func apply(to plan: inout CheckPlan) throws {
        plan.currency = currency
        plan.amount = amount
        plan.mode = mode
        plan.approvedCard = approvedCard
        plan.always = .init(try changes(set, "--set"))
        plan.declined = try scenario(declinedCard, "4000000000000002", declined, "--declined")
        plan.pending = try scenario(pendingCard, "4000000000009235", pending, "--pending")
        plan.redirected = try scenario(redirectCard, "4000000000003220", redirect, "--redirect")
        plan.slow = try scenario(slowCard, "4000000000006975", slow, "--slow")
        var refused = try MerchantOptions.pairs(refusedCredential, "--refused-credential")
        if refused.isEmpty, sandboxCards { refused = ["account": "invalid"] }
        if !refused.isEmpty { plan.refusedCredentials = plan.credentials.merging(refused) { _, refused in refused } }
    }

    private func scenario(
        _ card: String?, _ sandboxCard: String?, _ assignments: [String], _ option: String
    ) throws -> CheckPlan.Scenario? {
        let number = card ?? (sandboxCards ? sandboxCard : nil)
        let list = try changes(assignments, option)
        if number == nil, list.isEmpty { return nil }
        return .init((number.map { CheckPlan.Scenario.card($0).changes } ?? []) + list)
    }

    private func changes(_ assignments: [String], _ option: String) throws -> [(path: String, value: JSON?)] {
        try assignments.map { assignment in
            let (path, value) = try pathAndValue(assignment, option)
            return (path, value == .null ? nil : value)
        }
    }
}

struct CheckFeatureOptions: ParsableArguments {
    @Flag(name: .customLong("no-refund"), help: "No refunds.")
    var noRefund = false

    @Flag(name: .customLong("no-refund-partial"), help: "Refunds in full only.")
    var noRefundPartial = false

    @Flag(name: .customLong("no-capture"), help: "No authorization without capture; so neither Capture nor Void.")
    var noCapture = false

    @Flag(name: .customLong("no-redirect"), help: "Buyers are never sent to a page of the PSP.")
    var noRedirect = false

    func apply(to plan: inout CheckPlan) {
        for (isGiven, feature) in [
            (noRefund, CheckPlan.Feature.refunds), (noRefundPartial, .partialRefunds), (noCapture, .captures),
            (noRedirect, .redirects),
        ] where isGiven { plan.unsupported.insert(feature) }
    }
}

struct CheckTimeOptions: ParsableArguments {
    @Option(help: "Seconds to wait for an answer.")
    var timeoutSeconds: Int64 = 30

    @Option(help: "Seconds until an event counts as missing.")
    var eventSeconds = 15.0

    @Option(help: "Seconds until an event that has to be sent again counts as missing.")
    var retrySeconds = 60.0

    @Option(help: "Seconds until a pending payment has to be final.")
    var pendingSeconds = 60.0

    @Option(help: "Seconds to watch for an event that must not come.")
    var quietSeconds = 2.0

    @Option(help: "Seconds that an answer may take before it is a warning.")
    var answerSeconds = 10.0

    @Option(
        help: "Seconds that the emulator holds an answer back where the PSP should give up; longer than the PSP waits.")
    var stallSeconds = 40.0

    func validate() throws {
        guard (1...600).contains(timeoutSeconds) else { throw ValidationError("--timeout-seconds must be 1 to 600") }
        for (name, value) in [
            ("event", eventSeconds), ("retry", retrySeconds), ("pending", pendingSeconds), ("quiet", quietSeconds),
            ("answer", answerSeconds), ("stall", stallSeconds),
        ] {
            guard (0.1...600).contains(value) else {
                throw ValidationError("--\(name)-seconds must be 0.1 to 600")
            }
        }
    }

    func apply(to plan: inout CheckPlan) {
        plan.timeoutSeconds = timeoutSeconds
        plan.eventSeconds = eventSeconds
        plan.retrySeconds = retrySeconds
        plan.pendingSeconds = pendingSeconds
        plan.quietSeconds = quietSeconds
        plan.answerSeconds = answerSeconds
        plan.stallSeconds = stallSeconds
    }
}
