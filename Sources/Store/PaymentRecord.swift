// A payment's row: the pure `Payment` and what the store keeps beside it.

internal import Foundation
internal import GRDB
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
}

extension PaymentRecord {
    static let columns = """
        id, wix_transaction_id, plugin_transaction_id, wix_merchant_id, mode, amount, currency, authorize_only, state, \
        reason_code, error_code, error_message, redirect_url, evidence, captured, refunded, refunding, attempts, \
        return_urls, processor_state, created_at, check_at, checks, expires_at
        """

    init(row: Row) throws {
        let currency: String? = row[6]
        let amount: Int64? = row[5]
        let money = amount.flatMap { amount in currency.flatMap(Currency.init).map { Money(minorUnits: amount, currency: $0) } }
        id = row[0]
        payment = Payment(
            wixTransactionId: row[1],
            pluginTransactionId: row[2],
            wixMerchantId: row[3],
            mode: Mode(rawValue: row[4]) ?? .live,
            amount: money,
            authorizeOnly: row[7],
            state: try Self.state(row),
            evidence: try Self.decode(PaymentEvidence.self, row[13]) ?? PaymentEvidence(),
            refunded: row[15],
            refunding: row[16],
            attempts: row[17]
        )
        returnURLs = try Self.decode([String: String].self, row[18]).map(ReturnURLs.init(stored:))
        processorState = row[19]
        createdAt = row[20]
        checkAt = row[21]
        checks = row[22]
        expiresAt = row[23]
    }

    private static func state(_ row: Row) throws -> PaymentState {
        let name: String = row[8]
        let captured: Int64? = row[14]
        switch name {
        case "claimed": return .claimed
        case "redirected":
            guard let url = RedirectURL(row[12] ?? "") else {
                throw StoreError(.damaged, "a redirected payment has no page")
            }
            return .redirected(to: url)
        case "pending": return .pending(Failure(row))
        case "authorized": return .authorized
        case "approved": return .approved
        case "declined": return .declined(Failure(row))
        case "canceled": return .canceled(Failure(row))
        case "expired": return .expired(Failure(row))
        case "capturing": return .capturing(amount: captured ?? 0)
        case "captured": return .captured(amount: captured ?? 0)
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
        return try Row.fetchOne(statement, arguments: [id]).map(PaymentRecord.init(row:))
    }

    /// Sets when the processor is asked about the state just entered, and when an abandoned page ends.
    mutating func schedule(now: Int64, checkAfter: Int64?, redirectExpiry: Int64) {
        checks = 0
        switch payment.state {
        case .redirected:
            checkAt = now + (checkAfter ?? CheckSchedule.delayMilliseconds(afterChecks: 0))
            expiresAt = expiresAt ?? now + redirectExpiry
        case .pending:
            checkAt = now + (checkAfter ?? CheckSchedule.delayMilliseconds(afterChecks: 0))
            expiresAt = nil
        default:
            checkAt = nil
            expiresAt = nil
        }
    }

    func insert(_ db: Database, now: Int64) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO payments (id, wix_transaction_id, plugin_transaction_id, wix_merchant_id, mode, amount, \
                currency, authorize_only, state, reason_code, error_code, error_message, return_urls, created_at, \
                updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let columns = payment.state.columns
        try statement.execute(arguments: [
            id, payment.wixTransactionId, payment.pluginTransactionId, payment.wixMerchantId, payment.mode.rawValue,
            payment.amount?.minorUnits, payment.amount?.currency.code, payment.authorizeOnly, columns.name,
            columns.failure.code, columns.failure.errorCode, columns.failure.errorMessage,
            try returnURLs.map { try Self.encode($0.stored) }, now, now,
        ])
    }

    /// Writes what may change.
    func update(_ db: Database, now: Int64) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE payments SET state = ?, reason_code = ?, error_code = ?, error_message = ?, redirect_url = ?, \
                evidence = ?, captured = ?, refunded = ?, refunding = ?, attempts = ?, processor_state = ?, \
                updated_at = ?, check_at = ?, expires_at = ?, checks = ? WHERE id = ?
                """)
        let columns = payment.state.columns
        try statement.execute(arguments: [
            columns.name, columns.failure.code, columns.failure.errorCode, columns.failure.errorMessage, columns.url,
            payment.evidence.isEmpty ? nil : try Self.encode(payment.evidence), columns.captured, payment.refunded,
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
    /// From the columns at their places in `PaymentRecord.columns`.
    init(_ row: Row) {
        self.init(Code(rawValue: row[9] ?? 0) ?? .fallback, errorCode: row[10], errorMessage: row[11])
    }
}

extension ReturnURLs {
    init(stored: [String: String]) {
        self.init(
            successUrl: stored["successUrl"], errorUrl: stored["errorUrl"], cancelUrl: stored["cancelUrl"],
            pendingUrl: stored["pendingUrl"])
    }

    var stored: [String: String] {
        var urls: [String: String] = [:]
        urls["successUrl"] = successUrl
        urls["errorUrl"] = errorUrl
        urls["cancelUrl"] = cancelUrl
        urls["pendingUrl"] = pendingUrl
        return urls
    }
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
