// One line of the file that `pspd store import` reads: a merchant or a payment of another system, as a JSON object.
// Reading promises an account or a payment that the store takes, or the reason in words that name the member.

import Endpoints
import Foundation
import Payments
import Store
import WixPayments

/// A line that was read.
enum ImportLine {
    case merchant(Account)
    case payment(ImportedPayment)

    /// Longest line, in bytes.
    static let bytesMax = 65_536

    /// A reason why a line can't be taken.
    struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// What a line may say; `type` tells which members it needs.
    private struct Members: Decodable {
        var type: String
        var wixMerchantId: String
        var mode: String?
        var accountId: String?
        var country: String?
        var currency: String?
        var wixTransactionId: String?
        var pluginTransactionId: String?
        var amount: Int64?
        var capturedAmount: Int64?
        var refundedAmount: Int64?
        var status: String?
        var reasonCode: Int?
        var createdAt: String?
    }

    init(_ line: some Sequence<UInt8>) throws(Fault) {
        let members: Members
        do {
            members = try JSONDecoder().decode(Members.self, from: Data(line))
        } catch let DecodingError.keyNotFound(key, _) {
            throw Fault("\(key.stringValue) is missing")
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context) {
            throw Fault("\(context.codingPath.map(\.stringValue).joined(separator: ".")) has the wrong type")
        } catch {
            throw Fault("is not a JSON object of this format")
        }
        switch members.type {
        case "merchant": self = .merchant(try Self.account(members))
        case "payment": self = .payment(try Self.payment(members))
        default: throw Fault("type is neither merchant nor payment")
        }
    }

    private static func account(_ members: Members) throws(Fault) -> Account {
        Account(
            wixMerchantId: try id("wixMerchantId", members.wixMerchantId), mode: try mode(members),
            accountId: try id("accountId", members.accountId), country: members.country,
            currency: try members.currency.map { text throws(Fault) in try currency(text).code })
    }

    private static func payment(_ members: Members) throws(Fault) -> ImportedPayment {
        let wixID = try id("wixTransactionId", members.wixTransactionId)
        let amount = try amount("amount", members.amount)
        let state = try state(members, amount)
        let refunded = try self.amount("refundedAmount", members.refundedAmount ?? 0)
        guard let text = members.createdAt else { throw Fault("createdAt is missing") }
        guard let created = try? Date(text, strategy: .iso8601) else {
            throw Fault("createdAt is not a time such as 2026-01-31T12:00:00Z")
        }
        let payment = Payment(
            wixTransactionId: wixID, pluginTransactionId: try id("pluginTransactionId", members.pluginTransactionId),
            wixMerchantId: try id("wixMerchantId", members.wixMerchantId), mode: try mode(members),
            amount: Money(minorUnits: amount, currency: try currency(members.currency)),
            authorizeOnly: members.status != "approved", state: state, refunded: refunded)
        guard refunded <= payment.charged else { throw Fault("refundedAmount is more than was charged") }
        guard
            let imported = ImportedPayment(
                payment, derivedTransactionId: DerivedID.transaction(wixID),
                createdAt: Int64(created.timeIntervalSince1970 * 1_000))
        else { throw Fault("status is one of a payment that is not finished") }
        return imported
    }

    private static func state(_ members: Members, _ amount: Int64) throws(Fault) -> PaymentState {
        switch members.status {
        case "approved": return .approved
        case "authorized": return .authorized
        case "captured":
            let captured = try self.amount("capturedAmount", members.capturedAmount ?? amount)
            guard captured <= amount else { throw Fault("capturedAmount is more than amount") }
            return .captured(amount: captured)
        case "voided": return .voided
        case "canceled": return .canceled(Failure(.buyerCanceled))
        case "declined":
            guard let code = DeclineCode(rawValue: members.reasonCode ?? DeclineCode.generalError.rawValue) else {
                throw Fault("reasonCode is not one of a declined payment")
            }
            return .declined(Failure(code))
        case nil: throw Fault("status is missing")
        default:
            throw Fault("status is none of approved, authorized, captured, voided, declined and canceled")
        }
    }

    private static func mode(_ members: Members) throws(Fault) -> Mode {
        guard let mode = Mode(rawValue: members.mode ?? Mode.live.rawValue) else {
            throw Fault("mode is neither live nor sandbox")
        }
        return mode
    }

    private static func currency(_ code: String?) throws(Fault) -> Currency {
        guard let code else { throw Fault("currency is missing") }
        guard let currency = Currency(code) else { throw Fault("currency is not an ISO 4217 code") }
        return currency
    }

    private static func amount(_ name: String, _ amount: Int64?) throws(Fault) -> Int64 {
        guard let amount else { throw Fault("\(name) is missing") }
        guard 0...Limits.amountMinorUnitsMax ~= amount else { throw Fault("\(name) is out of range") }
        return amount
    }

    private static func id(_ name: String, _ id: String?) throws(Fault) -> String {
        guard let id else { throw Fault("\(name) is missing") }
        guard isWellFormedId(id) else {
            throw Fault("\(name) is not 1 to \(Limits.idCharactersMax) visible ASCII characters")
        }
        return id
    }
}
