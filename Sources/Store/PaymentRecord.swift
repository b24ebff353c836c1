// A payment's row: the pure `Payment` and what the store keeps beside it.

import Foundation
import GRDB
public import Payments
public import WixPayments

/// A payment as stored.
public struct PaymentRecord: Sendable, Hashable {
    /// Its row, and its Create operation's.
    public let id: Int64
    /// The payment itself.
    public var payment: Payment
    /// Where its buyer may be sent back to.
    public var returnURLs: ReturnURLs?
    /// What the processor asked to be handed back, opaque here.
    public var processorState: String?
    /// Milliseconds since 1970.
    public let createdAt: Int64
    /// Pending or redirected: when the processor is asked next, milliseconds since 1970.
    public internal(set) var checkAt: Int64?
    /// How often it was asked in this state.
    public internal(set) var checks: Int
    /// Redirected: when an abandoned page is canceled, milliseconds since 1970.
    public internal(set) var expiresAt: Int64?
    /// When retention shrank it to what repeats need, milliseconds since 1970.
    public internal(set) var retiredAt: Int64?
}

extension PaymentRecord {
    private static let names = [
        "id", "wix_transaction_id", "plugin_transaction_id", "wix_merchant_id", "mode", "amount", "currency",
        "authorize_only", "state", "reason_code", "error_code", "error_message", "redirect_url", "evidence", "captured",
        "refunded", "refunding", "attempts", "success_url", "error_url", "cancel_url", "pending_url",
        "processor_state", "created_at", "check_at", "checks", "expires_at", "retired_at", "unattended",
    ]
    static let columns = names.joined(separator: ", ")
    /// For joins in which `payments` is called `p`.
    static let joinedColumns = names.map { "p." + $0 }.joined(separator: ", ")

    /// Reads the columns from number `first` on.
    init(_ row: Columns, from first: Int = 0) throws {
        id = row.integer(first)
        payment = Payment(
            wixTransactionId: row.text(first + 1),
            pluginTransactionId: row.text(first + 2),
            wixMerchantId: row.optionalText(first + 3),
            mode: Mode(rawValue: row.text(first + 4)) ?? .live,
            amount: row.optionalInteger(first + 5).flatMap { amount in
                Currency(row.text(first + 6)).map { Money(minorUnits: amount, currency: $0) }
            },
            authorizeOnly: row.integer(first + 7) != 0,
            isUnattended: row.integer(first + 28) != 0,
            state: try Self.state(row, first),
            isPendingAfterPage: row.text(first + 8) == "pending" && !row.isNull(first + 12),
            details: try Self.decode(ApprovalDetails.self, row.optionalText(first + 13)) ?? ApprovalDetails(),
            refunded: row.integer(first + 15),
            refunding: row.integer(first + 16),
            attempts: Int(row.integer(first + 17))
        )
        let urls = ReturnURLs(
            successUrl: row.optionalText(first + 18), errorUrl: row.optionalText(first + 19),
            cancelUrl: row.optionalText(first + 20), pendingUrl: row.optionalText(first + 21))
        returnURLs = urls.isEmpty ? nil : urls
        processorState = row.optionalText(first + 22)
        createdAt = row.integer(first + 23)
        checkAt = row.optionalInteger(first + 24)
        checks = Int(row.integer(first + 25))
        expiresAt = row.optionalInteger(first + 26)
        retiredAt = row.optionalInteger(first + 27)
    }

    private static func state(_ row: Columns, _ first: Int) throws -> PaymentState {
        switch row.text(first + 8) {
        case "claimed": return .claimed
        case "redirected":
            guard let url = RedirectURL(row.text(first + 12)) else {
                throw StoreError(.damaged, "a redirected payment has no page")
            }
            return .redirected(to: url)
        case "pending": return .pending(Failure(row, from: first + 9))
        case "authorized": return .authorized
        case "approved": return .approved
        case "declined": return .declined(Failure(row, from: first + 9))
        case "canceled": return .canceled(Failure(row, from: first + 9))
        case "expired": return .expired(Failure(row, from: first + 9))
        case "capturing": return .capturing(amount: row.integer(first + 14))
        case "captured": return .captured(amount: row.integer(first + 14))
        case "voiding": return .voiding
        case "voided": return .voided
        default: throw StoreError(.damaged, "payments.state holds an unknown word")
        }
    }

    private static func decode<T: Decodable>(_ type: T.Type, _ json: String?) throws -> T? {
        try json.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The payment of row `id`.
    static func fetch(_ db: Database, id: Int64) throws -> PaymentRecord? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM payments WHERE id = ?")
        return try statement.first([id]) { try PaymentRecord($0) }
    }

    /// Sets when the processor is asked about the state just entered, and when an abandoned page ends.
    mutating func schedule(now: Int64, checkAfter: Int64?, redirectExpiry: Int64) {
        checks = 0
        switch payment.state {
        case .redirected:
            checkAt = now + (checkAfter ?? LookupSchedule.delayMilliseconds(afterChecks: 0))
            expiresAt = expiresAt ?? now + redirectExpiry
        case .pending:
            checkAt = now + (checkAfter ?? LookupSchedule.delayMilliseconds(afterChecks: 0))
            expiresAt = nil
        default:
            checkAt = nil
            expiresAt = nil
        }
    }

    func insert(_ db: Database, requestID: String?, now: Int64) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO payments (id, wix_transaction_id, plugin_transaction_id, wix_merchant_id, mode, amount, \
                currency, authorize_only, unattended, state, reason_code, error_code, error_message, success_url, \
                error_url, cancel_url, pending_url, request_id, created_at, updated_at) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let columns = payment.state.columns
        try statement.execute(arguments: [
            id, payment.wixTransactionId, payment.pluginTransactionId, payment.wixMerchantId, payment.mode.rawValue,
            payment.amount?.minorUnits, payment.amount?.currency.code, payment.authorizeOnly, payment.isUnattended,
            columns.name, columns.failure.code, columns.failure.errorCode, columns.failure.errorMessage,
            returnURLs?.successUrl, returnURLs?.errorUrl, returnURLs?.cancelUrl, returnURLs?.pendingUrl, requestID,
            createdAt, now,
        ])
    }

    /// Writes what may change.
    func update(_ db: Database, now: Int64) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE payments SET state = ?, reason_code = ?, error_code = ?, error_message = ?, \
                redirect_url = CASE WHEN ? THEN redirect_url ELSE ? END, \
                evidence = ?, captured = ?, refunded = ?, refunding = ?, attempts = ?, processor_state = ?, \
                updated_at = ?, check_at = ?, expires_at = ?, checks = ? WHERE id = ?
                """)
        let columns = payment.state.columns
        try statement.execute(arguments: [
            columns.name, columns.failure.code, columns.failure.errorCode, columns.failure.errorMessage,
            payment.isPendingAfterPage, columns.url, payment.details.isEmpty ? nil : try Self.encode(payment.details),
            columns.captured, payment.refunded,
            payment.refunding, payment.attempts, processorState, now, checkAt, expiresAt, checks, id,
        ])
    }
}

/// The failure triple as three columns.
struct FailureColumns {
    var code: Int?
    var errorCode: String?
    var errorMessage: String?

    init() {}

    init<Code>(_ failure: Failure<Code>) {
        code = failure.code.rawValue
        errorCode = failure.errorCode
        errorMessage = failure.errorMessage
    }
}

extension Failure {
    /// From three columns: code, errorCode, errorMessage.
    init(_ row: Columns, from first: Int) {
        self.init(
            Code(rawValue: Int(row.integer(first))) ?? .fallback, errorCode: row.optionalText(first + 1),
            errorMessage: row.optionalText(first + 2))
    }
}

extension ReturnURLs {
    fileprivate var isEmpty: Bool { successUrl == nil && errorUrl == nil && cancelUrl == nil && pendingUrl == nil }
}

extension PaymentState {
    struct Columns {
        var name: String
        var failure = FailureColumns()
        var url: String?
        var captured: Int64?
    }

    var columns: Columns {
        switch self {
        case .claimed: Columns(name: "claimed")
        case .redirected(let url): Columns(name: "redirected", url: url.text)
        case .pending(let reason): Columns(name: "pending", failure: FailureColumns(reason))
        case .authorized: Columns(name: "authorized")
        case .approved: Columns(name: "approved")
        case .declined(let failure): Columns(name: "declined", failure: FailureColumns(failure))
        case .canceled(let failure): Columns(name: "canceled", failure: FailureColumns(failure))
        case .expired(let failure): Columns(name: "expired", failure: FailureColumns(failure))
        case .capturing(let amount): Columns(name: "capturing", captured: amount)
        case .captured(let amount): Columns(name: "captured", captured: amount)
        case .voiding: Columns(name: "voiding")
        case .voided: Columns(name: "voided")
        }
    }

    /// The word for this state in the store, in `/status` and in commands.
    public var name: String { columns.name }
}
