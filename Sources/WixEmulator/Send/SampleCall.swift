// The bodies of Wix's five calls, as in the protocol's examples (spec §3 to §5). Pure; `send` and the
// tests build requests with them.

/// Connects a merchant.
public struct ConnectCall: Sendable {
    /// The merchant at Wix.
    public var wixMerchantId: String
    /// What the merchant typed.
    public var credentials: [String: String]
    /// ISO 3166-1 alpha-2; nil: left out.
    public var country: String?
    /// ISO 4217; nil: left out.
    public var currency: String?
    /// `live`, `sandbox` or `undefined`; nil: left out.
    public var mode: String?

    /// A merchant in France.
    public init(wixMerchantId: String, credentials: [String: String], mode: String?) {
        self.wixMerchantId = wixMerchantId
        self.credentials = credentials
        self.country = "FR"
        self.currency = "EUR"
        self.mode = mode
    }

    /// The body.
    public var json: JSON {
        var members: [String: JSON] = [
            "wixMerchantId": .string(wixMerchantId), "credentials": .object(credentials.mapValues(JSON.string)),
        ]
        members["country"] = country.map(JSON.string)
        members["currency"] = currency.map(JSON.string)
        members["mode"] = mode.map(JSON.string)
        return .object(members)
    }
}

/// A payment.
public struct CreateCall: Sendable {
    /// The payment at Wix, a GUID.
    public var wixTransactionId: String
    /// The merchant at Wix.
    public var wixMerchantId: String
    /// What Connect Account returned.
    public var credentials: [String: String]
    /// What is bought, by whom.
    public var order: SampleOrder
    /// How it is paid.
    public var method: SampleMethod
    /// `live`, `sandbox` or `undefined`; nil: left out.
    public var mode: String?
    /// Cards only; 1 otherwise (spec §4).
    public var installments: Int64 = 1
    /// A charge without the buyer; also leaves out the buyer's IP address.
    public var offSession = false
    /// Mail or telephone order.
    public var moto = false
    /// Asks for strong customer authentication.
    public var scaRequested = false
    /// Authorize now, capture or void later.
    public var authorizeOnly = false
    /// Asks the PSP to store the method for later charges.
    public var setupCredentials = false

    /// A payment in one installment with the buyer present.
    public init(
        wixTransactionId: String, wixMerchantId: String, credentials: [String: String], order: SampleOrder,
        method: SampleMethod, mode: String?
    ) {
        self.wixTransactionId = wixTransactionId
        self.wixMerchantId = wixMerchantId
        self.credentials = credentials
        self.order = order
        self.method = method
        self.mode = mode
    }

    /// The body.
    public var json: JSON {
        var members: [String: JSON] = [
            "wixTransactionId": .string(wixTransactionId), "wixMerchantId": .string(wixMerchantId),
            "merchantCredentials": .object(credentials.mapValues(JSON.string)), "order": order.json,
            "installments": .integer(installments), "offSession": .bool(offSession), "moto": .bool(moto),
            "scaRequested": .bool(scaRequested), "authorizeOnly": .bool(authorizeOnly),
        ]
        members["paymentMethod"] = method.identifier.map(JSON.string)
        members["paymentMethodData"] = method.data
        members["mode"] = mode.map(JSON.string)
        if !offSession { members["fraudInformation"] = ["remoteIp": "203.0.113.24"] }
        if setupCredentials { members["setupCredentialsOnFile"] = ["offSession": true] }
        return .object(members)
    }
}

/// A refund, capture or void of a payment.
public struct FollowUpCall: Sendable {
    /// Which of the three, with what only it carries.
    public enum Kind: Sendable {
        /// A nil amount is left out and means all that remains (spec §5).
        case refund(wixRefundId: String, amount: Int64?, reason: String?, mode: String?)
        case capture(amount: Int64)
        case void(amount: Int64)
    }

    /// The payment at Wix.
    public var wixTransactionId: String
    /// The payment at the PSP.
    public var pluginTransactionId: String
    /// What Connect Account returned.
    public var credentials: [String: String]
    /// What is asked for.
    public var kind: Kind

    /// A call about a payment.
    public init(wixTransactionId: String, pluginTransactionId: String, credentials: [String: String], kind: Kind) {
        self.wixTransactionId = wixTransactionId
        self.pluginTransactionId = pluginTransactionId
        self.credentials = credentials
        self.kind = kind
    }

    /// The body.
    public var json: JSON {
        var members: [String: JSON] = [
            "wixTransactionId": .string(wixTransactionId), "pluginTransactionId": .string(pluginTransactionId),
            "merchantCredentials": .object(credentials.mapValues(JSON.string)),
        ]
        switch kind {
        case .refund(let wixRefundId, let amount, let reason, let mode):
            members["wixRefundId"] = .string(wixRefundId)
            members["refundAmount"] = amount.map(JSON.integer)
            members["reason"] = reason.map(JSON.string)
            members["mode"] = mode.map(JSON.string)
        case .capture(let amount): members["captureAmount"] = .integer(amount)
        case .void(let amount): members["voidAmount"] = .integer(amount)
        }
        return .object(members)
    }
}
