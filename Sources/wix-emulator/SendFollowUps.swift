// `wix-emulator send refund-transaction`, `capture-transaction`, `void-transaction`: what can follow
// a payment.

import ArgumentParser
import WixEmulator

/// The payment that is meant.
struct PaymentOptions: ParsableArguments {
    @Option(help: "wixTransactionId of the payment.")
    var id: String

    @Option(help: "pluginTransactionId of the payment, from the answer that approved it.")
    var pluginId: String

    @OptionGroup var merchantOptions: MerchantOptions

    func call(_ kind: FollowUpCall.Kind) throws -> JSON {
        FollowUpCall(
            wixTransactionId: id, pluginTransactionId: pluginId, credentials: try merchantOptions.credentials(),
            kind: kind
        ).json
    }
}

struct SendRefundTransaction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refund-transaction", abstract: "A merchant refunds a payment.")

    @OptionGroup var payment: PaymentOptions

    @Option(help: "wixRefundId. Default: a new GUID.")
    var refundId: String?

    @Option(help: "Minor units. Default: left out, which means all that remains.")
    var amount: Int64?

    @Option(help: "UNKNOWN, DUPLICATE, FRAUDULENT or REQUESTED_BY_CUSTOMER.")
    var reason: String?

    @OptionGroup var modeOptions: ModeOptions

    @OptionGroup var options: SendOptions

    func run() async throws {
        let kind = FollowUpCall.Kind.refund(
            wixRefundId: refundId ?? newGUID(), amount: amount, reason: reason, mode: modeOptions.value)
        try await options.send(try payment.call(kind), to: .refundTransaction)
    }
}

struct SendCaptureTransaction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture-transaction", abstract: "An authorized payment is captured.")

    @OptionGroup var payment: PaymentOptions

    @Option(help: "Minor units.")
    var amount: Int64 = 4250

    @OptionGroup var options: SendOptions

    func run() async throws {
        try await options.send(try payment.call(.capture(amount: amount)), to: .captureTransaction)
    }
}

struct SendVoidTransaction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "void-transaction", abstract: "An authorized payment is given up.")

    @OptionGroup var payment: PaymentOptions

    @Option(help: "Minor units; must be what was authorized.")
    var amount: Int64 = 4250

    @OptionGroup var options: SendOptions

    func run() async throws {
        try await options.send(try payment.call(.void(amount: amount)), to: .voidTransaction)
    }
}
