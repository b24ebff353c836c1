// `pspd payments`; and `pspd payments show ID`: a payment's whole timeline, from the request to the last attempt to tell
// Wix.

import ArgumentParser
import Foundation
import Payments
import Store
import WixPayments

/// Shows payments, and what of them needs an operator.
struct PaymentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments", abstract: "See payments, and end conflicts.",
        subcommands: [PaymentsShow.self, PaymentsConflicts.self, PaymentsResolve.self])
}

/// One payment.
struct PaymentsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a payment's timeline: request, verdict, claim, processor, answer, events, attempts.")

    @OptionGroup var config: ConfigurationOption
    @Argument(help: "wixTransactionId or pluginTransactionId.") var id: String
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    private struct Result: Encodable {
        var payment: PaymentView
        var timeline: [TimelineEntry]
    }

    func run() async throws {
        let store = try OperatorStore.open(config)
        guard let timeline = try store.timeline(payment: try store.paymentRow(named: id)) else {
            throw OperatorError("there is no payment \(id)")
        }
        let payment = PaymentView(timeline)
        let entries = TimelineEntry.all(timeline, isAlive: store.owner.isAlive)
        if format == .json { return try JSONOutput.print(Result(payment: payment, timeline: entries)) }
        print(payment.lines.joined(separator: "\n"))
        var table = TextTable("TIME", "WHAT", "OF", "DETAILS")
        for entry in entries { table.add(entry.at, entry.what, entry.of, entry.details) }
        table.print()
    }
}

/// A payment as it stands now.
struct PaymentView: Encodable {
    var wixTransactionId: String
    var pluginTransactionId: String
    var wixMerchantId: String?
    var mode: String
    var amount: Int64?
    var currency: String?
    var state: String
    var reasonCode: Int?
    var refunded: Int64
    var createdAt: String
    var updatedAt: String

    init(_ timeline: PaymentTimeline) {
        let payment = timeline.payment.payment
        wixTransactionId = payment.wixTransactionId
        pluginTransactionId = payment.pluginTransactionId
        wixMerchantId = payment.wixMerchantId
        mode = payment.mode.rawValue
        amount = payment.amount?.minorUnits
        currency = payment.amount?.currency.code
        state = payment.state.name
        switch payment.state {
        case .declined(let failure), .canceled(let failure), .expired(let failure): reasonCode = failure.code.rawValue
        case .pending(let failure): reasonCode = failure.code.rawValue
        default: reasonCode = nil
        }
        refunded = payment.refunded
        createdAt = WallTime.text(timeline.payment.createdAt)
        updatedAt = WallTime.text(timeline.updatedAt)
    }

    /// For people.
    var lines: [String] {
        let money = amount.map { "\($0) minor units of \(currency ?? "?")" } ?? "unknown"
        return [
            "payment   \(wixTransactionId) at Wix, \(pluginTransactionId) here",
            "merchant  \(wixMerchantId ?? "unknown"), \(mode)",
            "amount    \(money)\(refunded > 0 ? ", \(refunded) refunded" : "")",
            "state     \(state)\(reasonCode.map { " \($0)" } ?? "") since \(updatedAt)",
            "",
        ]
    }
}
