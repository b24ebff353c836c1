// Wix's reason codes with their groups and messages (spec §10).
// Read by the reason code types. Promises the same rows as Tests/Fixtures/reason-codes.csv, which a test checks.

/// Where a reason code may stand, by Wix's tables; the raw value is the CSV's spelling.
public enum ReasonCodeGroup: String, Sendable, CaseIterable {
    case general
    case generalLegacy = "general_legacy"
    case accountConnection = "account_connection"
    case accountConnectionLegacy = "account_connection_legacy"
    case pending
    case declined
    case declinedLegacy = "declined_legacy"
    case refundDeclined = "refund_declined"
}

/// One row of Wix's tables.
public struct ReasonCodeRow: Sendable, Hashable {
    /// What Wix and its users go by.
    public let code: Int
    /// The table it stands in.
    public let group: ReasonCodeGroup
    /// Wix's English text; buyers and merchants see a localised one.
    public let message: String
}

/// The tables as one list.
public enum ReasonCodeTable {
    /// Every row, by code.
    public static let rows: [ReasonCodeRow] = [
        row(1000, .generalLegacy, "Provider connection error"),
        row(1001, .generalLegacy, "Timeout error"),
        row(1002, .general, "Provider access error"),
        row(1003, .general, "Provider technical error"),
        row(1004, .general, "Required fields are missing"),
        row(1005, .general, "Malformed bank response"),
        row(1006, .general, "Request is not allowed"),
        row(1007, .general, "Invalid format parameter"),
        row(1008, .generalLegacy, "Duplicated request"),
        row(1009, .general, "Invalid value"),
        row(1010, .general, "Test mode"),
        row(1011, .generalLegacy, "Outdated API"),
        row(1012, .general, "Payment method not available"),
        row(1013, .general, "Refund technical error"),
        row(2000, .accountConnection, "Merchant account is not active"),
        row(2001, .accountConnection, "Merchant account blocked or restricted"),
        row(2002, .accountConnection, "Merchant account invalid"),
        row(2003, .accountConnectionLegacy, "Merchant account expired"),
        row(2004, .accountConnectionLegacy, "Merchant authorization failed"),
        row(2005, .accountConnectionLegacy, "Merchant contact provider"),
        row(2006, .accountConnectionLegacy, "Merchant limit exceeded"),
        row(2007, .accountConnection, "Payment method is not activated"),
        row(2008, .accountConnection, "Merchant account is in test mode"),
        row(2009, .accountConnection, "Merchant account does not match currency"),
        row(3000, .declined, "General bank decline"),
        row(3001, .declined, "Invalid amount"),
        row(3002, .declined, "Transaction type is not supported"),
        row(3003, .declined, "Currency is not supported"),
        row(3004, .declined, "3D secure failed"),
        row(3005, .declinedLegacy, "3D secure not enabled"),
        row(3006, .declined, "Country is not supported"),
        row(3007, .declinedLegacy, "Conversion error"),
        row(3008, .declined, "Address verification failed"),
        row(3009, .declinedLegacy, "Buyer to repeat purchase"),
        row(3010, .declinedLegacy, "Return buyer to provider"),
        row(3011, .declined, "AVS CVC check failed"),
        row(3012, .declined, "Insufficient funds"),
        row(3013, .declined, "Card expired"),
        row(3014, .declined, "Invalid expiration date"),
        row(3015, .declined, "Invalid card number"),
        row(3016, .declined, "Invalid CVV CVC"),
        row(3017, .declined, "Card type not supported"),
        row(3018, .declined, "Too many requests"),
        row(3019, .declined, "Card limit exceeded"),
        row(3020, .declined, "Test card declined"),
        row(3021, .declinedLegacy, "Tokenization issue"),
        row(3022, .refundDeclined, "Refund not allowed"),
        row(3023, .refundDeclined, "Payment already refunded"),
        row(3024, .refundDeclined, "Partial refund not allowed"),
        row(3025, .refundDeclined, "Insufficient funds for refund"),
        row(3026, .declined, "Receiving limit"),
        row(3027, .declinedLegacy, "Transaction already processed"),
        row(3028, .declined, "Insufficient funds wallet"),
        row(3029, .declined, "Expired payment source"),
        row(3030, .declined, "Buyer canceled"),
        row(3031, .declined, "Transaction action already committed"),
        row(3032, .refundDeclined, "Refund attempts exceeded"),
        row(3033, .refundDeclined, "Refund time limit exceeded"),
        row(3034, .declined, "Installments failed"),
        row(3035, .declined, "Transaction expired"),
        row(3036, .declined, "Invalid PIN"),
        row(3037, .declined, "Terminal not available"),
        row(3038, .declinedLegacy, "Revocation of payment"),
        row(3039, .declinedLegacy, "Payment account invalid"),
        row(3040, .declined, "Security violation"),
        row(3041, .declined, "Invalid account"),
        row(3042, .declined, "Do not try again"),
        row(3043, .declined, "Buyer revoked authorization"),
        row(3044, .declined, "Bank notification failed"),
        row(3045, .declined, "Mandate canceled"),
        row(3046, .declined, "Mandate not active"),
        row(4000, .declined, "Cart amount does not match order"),
        row(4001, .declined, "Billing address missing"),
        row(4002, .declined, "Shipping address missing"),
        row(4003, .declined, "ZIP code missing"),
        row(4004, .declined, "Phone number missing or invalid"),
        row(5000, .declined, "Lost or stolen card"),
        row(5001, .declined, "Risk management declined"),
        row(5002, .declined, "Restricted or blocked card"),
        row(5003, .declined, "Restricted or blocked buyer"),
        row(5004, .declinedLegacy, "Buyer declined and contact provider"),
        row(5005, .pending, "Pending fraudulent transaction"),
        row(5006, .declined, "Risk bank decline"),
        row(5007, .declined, "Pick up card"),
        row(5009, .pending, "Pending general"),
        row(6000, .declined, "General error"),
    ]

    private static let byCode = Dictionary(uniqueKeysWithValues: rows.map { ($0.code, $0) })

    /// The row of a code; nil for a number that Wix never listed.
    public static func row(of code: Int) -> ReasonCodeRow? {
        byCode[code]
    }

    private static func row(_ code: Int, _ group: ReasonCodeGroup, _ message: String) -> ReasonCodeRow {
        ReasonCodeRow(code: code, group: group, message: message)
    }
}
