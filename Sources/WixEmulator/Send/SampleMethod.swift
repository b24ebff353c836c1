// The ways to pay that Wix passes on, with made-up data (spec §4, PaymentMethodData; §12). Pure.

/// A payment method and its data.
public enum SampleMethod: Sendable {
    /// A card typed at the checkout, or one stored at Wix with a network reference.
    case card(SampleCard)
    /// A method stored at the PSP.
    case reference(token: String)
    case googlePay(pan: String, authenticationMethod: String)
    case applePay(pan: String)
    case ideal(issuerBank: String)
    /// Any other identifier of spec §12; carries no data.
    case other(identifier: String)
    /// The PSP's own page: the app's id, or no method at all (spec §4).
    case hostedPage(appId: String?)

    /// The wallets' device card number of the examples.
    public static let walletPan = "4761349999000039"

    private static let cryptogram: JSON = "AgAAAAAABk4DWZ4C28yUQAAAAAA="

    /// `paymentMethod`; nil: left out.
    var identifier: String? {
        switch self {
        case .card, .reference: "creditCard"
        case .googlePay: "googlePay"
        case .applePay: "applePay"
        case .ideal: "iDeal"
        case .other(let identifier): identifier
        case .hostedPage(let appId): appId
        }
    }

    /// `paymentMethodData`; nil: left out.
    var data: JSON? {
        switch self {
        case .card(let card): ["card": card.json]
        case .reference(let token): ["reference": ["token": .string(token)]]
        case .googlePay(let pan, let authenticationMethod): ["googlePay": Self.googlePay(pan, authenticationMethod)]
        case .applePay(let pan):
            [
                "applePay": [
                    "pan": .string(pan), "expirationYear": 2030, "expirationMonth": 9, "cryptogram": Self.cryptogram,
                    "eci": "07", "cardholderName": "Ada Moreau",
                ]
            ]
        case .ideal(let bank): ["ideal": ["issuerBank": .string(bank)]]
        case .other, .hostedPage: nil
        }
    }

    private static func googlePay(_ pan: String, _ authenticationMethod: String) -> JSON {
        // Only a device token comes with a cryptogram and an authenticated holder.
        let token = authenticationMethod == "CRYPTOGRAM_3DS"
        var members: [String: JSON] = [
            "pan": .string(pan), "expirationYear": 2030, "expirationMonth": 9,
            "authenticationMethod": .string(authenticationMethod), "eci": token ? "05" : "07", "accountVerified": true,
            "cardholderAuthenticated": .bool(token),
        ]
        if token { members["cryptogram"] = cryptogram }
        return .object(members)
    }
}

/// A card (spec §4).
public struct SampleCard: Sendable {
    /// Digits without spaces.
    public var number: String
    /// Four digits.
    public var year: Int64 = 2031
    /// 1 to 12.
    public var month: Int64 = 4
    /// Left out for a card stored at Wix.
    public var cvv: String? = "123"
    /// As printed on the card.
    public var holderName = "Ada Moreau"
    /// Set for later charges of a stored card (spec §6.6).
    public var networkTransactionId: String?
    /// Set if 3-D Secure ran when the card was stored.
    public var dsTransactionId: String?

    /// A card that expires in 2031.
    public init(number: String) {
        self.number = number
    }

    var json: JSON {
        var members: [String: JSON] = [
            "number": .string(number), "year": .integer(year), "month": .integer(month),
            "holderName": .string(holderName),
        ]
        members["cvv"] = cvv.map(JSON.string)
        members["networkTransactionId"] = networkTransactionId.map(JSON.string)
        members["dsTransactionId"] = dsTransactionId.map(JSON.string)
        return .object(members)
    }
}
