// What the store's tests share: a folder that goes away, ids, payments.

import Foundation
import Payments
import Store
import WixPayments

/// A folder for one test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var store: String { path + "/pspd.db" }

    func file(_ name: String) -> String { path + "/" + name }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }
}

enum Sample {
    /// Milliseconds since 1970, in 2026.
    static let now: Int64 = 1_795_000_000_000
    static let day: Int64 = 86_400_000
    static let merchant = "merchant-1"

    /// An id as pspd derives it: 32 hex digits that depend on the text alone.
    static func derived(_ text: String) -> String {
        func hash(_ seed: UInt64) -> String {
            let value = text.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            let hex = String(value ^ (value >> 29), radix: 16)
            return String(repeating: "0", count: 16 - hex.count) + hex
        }
        return hash(0xcbf2_9ce4_8422_2325) + hash(0x8422_2325_cbf2_9ce4)
    }

    static func money(_ minorUnits: Int64, _ currency: String = "EUR") -> Money {
        Money(minorUnits: minorUnits, currency: Currency(currency)!)
    }

    static func payment(
        _ id: String, _ amount: Int64 = 1_000, authorizeOnly: Bool = false, merchant: String? = merchant
    ) -> Payment {
        Payment(
            wixTransactionId: id, pluginTransactionId: derived(id), wixMerchantId: merchant, mode: .sandbox,
            amount: money(amount), authorizeOnly: authorizeOnly)
    }

    static func refund(_ id: String, of payment: String, _ amount: Int64?) -> NewRefund {
        NewRefund(
            wixTransactionId: payment, derivedTransactionId: derived(payment), namedTransactionId: derived(payment),
            wixRefundId: id, pluginRefundId: derived("refund:" + id), amount: amount, requestID: "r")
    }

    static func action(_ action: PaymentAction, of payment: String, _ amount: Int64 = 1_000) -> NewAction {
        NewAction(
            action, wixTransactionId: payment, derivedTransactionId: derived(payment),
            namedTransactionId: derived(payment), amount: amount, amountMismatch: Failure(.generalError))
    }

    static func outcome(
        _ outcome: PaymentOutcome, _ source: OutcomeSource = .answer, state: String? = nil, checkAfter: Int64? = nil
    ) -> NewOutcome {
        NewOutcome(
            PaymentReport(outcome, processorState: state, checkAfterMilliseconds: checkAfter), source: source,
            redirectExpiryMilliseconds: 1_800_000)
    }

    static let approved = PaymentOutcome.approved(ApprovalDetails())
    static let authorized = PaymentOutcome.authorized(ApprovalDetails())
    static let declined = PaymentOutcome.declined(Failure(.generalError))
    static let pending = PaymentOutcome.pending(Failure(.general))
    static let redirect = PaymentOutcome.redirect(to: RedirectURL("https://pay.example.com/page")!)
}

extension Store {
    /// Claims a payment that must be new.
    func claimNew(_ payment: Payment, now: Int64 = Sample.now) async throws -> Claim {
        guard case .claimed(let claim, _) = try await claim(NewPayment(payment), now: now) else {
            throw Unexpected("\(payment.wixTransactionId) was known")
        }
        return claim
    }

    /// A payment that has come to its outcome.
    @discardableResult
    func make(
        _ id: String, _ outcome: PaymentOutcome, amount: Int64 = 1_000, now: Int64 = Sample.now
    ) async throws -> PaymentRecord {
        let claim = try await claimNew(Sample.payment(id, amount), now: now)
        return try await settle(claim, Sample.outcome(outcome), now: now).record
    }

    func state(_ id: String) throws -> String? {
        try payment(wixTransactionId: id, pluginTransactionId: Sample.derived(id))?.1.payment.state.name
    }

    func record(_ id: String) throws -> PaymentRecord {
        guard let (_, record) = try payment(wixTransactionId: id, pluginTransactionId: Sample.derived(id)) else {
            throw Unexpected("\(id) is not in the store")
        }
        return record
    }

    func status(_ id: String) throws -> OperationStatus {
        guard let (status, _) = try payment(wixTransactionId: id, pluginTransactionId: Sample.derived(id)) else {
            throw Unexpected("\(id) is not in the store")
        }
        return status
    }

    /// Events made and still kept.
    func eventCount() throws -> Int { try StoreInspector(path: path).statistics().events.values.reduce(0, +) }

    func claimRefund(_ new: NewRefund) async throws -> Claim {
        guard case .claimed(let claim, _, _) = try await claim(new, now: Sample.now) else {
            throw Unexpected("the refund was not claimed")
        }
        return claim
    }

    func claimAction(_ new: NewAction) async throws -> Claim {
        guard case .claimed(let claim, _) = try await claim(new, now: Sample.now) else {
            throw Unexpected("the action was not claimed")
        }
        return claim
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
