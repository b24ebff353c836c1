// Orders made from Wix's example messages, and how a processor's answers are looked at. For the tests of this folder.

import Foundation
import Payments
import Processors
import TestStack
import Testing
import WixPayments

enum Fixtures {
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func example(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: project.appending(path: "Tests/Fixtures/examples/\(name).json")))
    }

    static func names(startingWith prefix: String) throws -> [String] {
        let folder = project.appending(path: "Tests/Fixtures/examples")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path())
            .filter { $0.hasPrefix(prefix) }.map { String($0.dropLast(".json".count)) }.sorted()
    }
}

extension CreateTransactionRequest {
    /// The card example with another card, and members replaced or added.
    static func card(
        _ number: String = "4111111111111111", expires: (month: Int, year: Int) = (4, 2031),
        with members: [String: JSON] = [:]
    ) throws -> Self {
        guard case .object(var object) = try JSON(parsing: Fixtures.example("create-transaction.request.card")) else {
            throw CocoaError(.coderReadCorrupt)
        }
        object["paymentMethodData"] = .object([
            "card": .object([
                "number": .string(number), "month": .integer(Int64(expires.month)),
                "year": .integer(Int64(expires.year)), "cvv": "123",
            ])
        ])
        return try parse(JSON.object(object.merging(members) { _, new in new }).bytes)
    }

    static func example(_ name: String) throws -> Self {
        try parse(Fixtures.example("create-transaction.request.\(name)"))
    }
}

extension PaymentOrder {
    /// An order under an id of its own, of 32 hex digits as pspd's are.
    static func new(_ request: CreateTransactionRequest) -> PaymentOrder {
        PaymentOrder(
            pluginTransactionId: UUID().uuidString.lowercased().replacing("-", with: ""), request: request)
    }

    /// The payment of this order as the store knows it.
    func payment(_ outcomes: PaymentOutcome..., state: String? = nil) -> ProcessorPayment {
        var payment = Payment(
            wixTransactionId: request.wixTransactionId, pluginTransactionId: pluginTransactionId,
            wixMerchantId: request.wixMerchantId, mode: request.mode, amount: request.amount,
            authorizeOnly: request.authorizeOnly)
        for outcome in outcomes { _ = payment.apply(outcome) }
        return ProcessorPayment(payment, state: state)
    }

    func act(_ action: PaymentAction, amount: Int64, attempt: Int = 1) -> ActionOrder {
        ActionOrder(
            action, key: "\(pluginTransactionId):\(action.rawValue):\(attempt)",
            payment: payment(.authorized(ApprovalDetails())), amount: amount, merchantCredentials: Secret([:]))
    }

    func refund(
        _ id: String = UUID().uuidString, amount: Int64, state: String? = nil
    ) -> RefundOrder {
        RefundOrder(
            pluginRefundId: id, payment: payment(.approved(ApprovalDetails()), state: state), amount: amount,
            reason: "DUPLICATE", merchantCredentials: Secret([:]))
    }
}

extension RefundOrder {
    var known: ProcessorRefund { ProcessorRefund(pluginRefundId, of: payment) }
}

extension PaymentReport {
    /// `approved`, `declined 3012` and so on.
    var words: String {
        switch outcome {
        case .approved: "approved"
        case .captured: "captured"
        case .authorized: "authorized"
        case .pending(let failure): "pending \(failure.code.rawValue)"
        case .redirect: "redirect"
        case .declined(let failure): "declined \(failure.code.rawValue)"
        }
    }
}

extension PaymentLookup {
    var words: String {
        switch self {
        case .notFound: "not found"
        case .found(let report, let captured, let voided):
            report.words + (captured ? " captured" : "") + (voided ? " voided" : "")
        }
    }
}

extension ActionOutcome {
    var words: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed(let failure): "failed \(failure.code.rawValue)"
        }
    }
}

extension RefundOutcome {
    var words: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed(let failure): "failed \(failure.code.rawValue)"
        }
    }
}

extension RefundLookup {
    var words: String {
        switch self {
        case .notFound: "not found"
        case .pending: "pending"
        case .found(let outcome): outcome.words
        }
    }
}

/// Why an outcome is unknown; nil when it is known.
func unknown(_ body: () async throws -> Any) async -> String? {
    do {
        _ = try await body()
        return nil
    } catch {
        #expect(error is OutcomeUnknown)
        return (error as? OutcomeUnknown)?.reason
    }
}

/// Ends a test that did not get what it was to look at.
func failed(_ what: Comment, at location: SourceLocation = #_sourceLocation) {
    Issue.record(what, sourceLocation: location)
}

/// A folder that is removed at the end.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "processors-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String, _ text: String) throws -> String {
        let path = url.appending(path: name).path()
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    func path(_ name: String) -> String { url.appending(path: name).path() }
}
