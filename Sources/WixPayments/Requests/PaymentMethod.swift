// Wix's payment method identifiers (spec §12).
// Used by Create Transaction; what is not in the list is a hosted page.

/// A listed payment method.
public struct PaymentMethod: Sendable, Hashable, CustomStringConvertible {
    /// In Wix's spelling.
    public let identifier: String

    /// Nil for anything else than a listed identifier, the app id of a hosted page for example. Case is ignored,
    /// because Wix's own prose spells some names otherwise.
    public init?(_ identifier: String) {
        guard let method = Self.byLowercased[identifier] ?? Self.byLowercased[identifier.lowercased()] else {
            return nil
        }
        self = method
    }

    private init(listed identifier: String) {
        self.identifier = identifier
    }

    /// The identifier.
    public var description: String { identifier }

    /// Cards, and the stored references of cards.
    public static let creditCard = Self(listed: "creditCard")
    /// Google Pay by express flow.
    public static let googlePay = Self(listed: "googlePay")
    /// Apple Pay by express flow.
    public static let applePay = Self(listed: "applePay")
    /// iDEAL.
    public static let iDeal = Self(listed: "iDeal")

    /// Every listed method, in Wix's order.
    public static let all: [PaymentMethod] = [
        "alipay", "creditCard", "iDeal", "mercadoPago", "pagSeguro", "payPal", "sofort", "convenienceStore", "payEasy",
        "privat24", "uniPay", "iyzico", "bankTransfer", "digitalMoney", "mobilePayment", "linePay", "cultureVoucher",
        "toss", "happyMoney", "unionpay", "astropayCash", "astropayDBT", "astropayMBT", "neteller", "trustly", "ePay",
        "przelewy24", "poli", "netpay", "sepa", "giropay", "rapidTransfer", "paysafecash", "dpo", "skrill",
        "skrillCreditcard", "paysafecard", "nordeaSolo", "klarna", "qiwi", "portmone", "titreRestaurantConecsNetwork",
        "ticketRestaurantEdenredNetwork", "bancontactMistercash", "multibanco", "myBank", "facilyPayOney", "weChatPay",
        "splitit", "cherryCredits", "malaysiaBankTransfer", "malaysiaCashPayment", "singaporeBankTransfer",
        "thailandBankTransfer", "thailandCashPayment", "philippineBankTransfer", "indonesiaBankTransfer",
        "vietnamBankTransfer", "brazilianBankTransfer", "argentineCashPayment", "webMoney", "trustpay",
        "instantTransfer", "efecty", "oneCard", "boleto", "oxxo", "bancontact", "peachPayment", "applePay", "visaQR",
        "paystack", "bankful", "afterpay", "payTR", "uapay", "laybuy", "razorpay", "yoco", "googlePay",
    ].map(Self.init(listed:))

    /// By lower-cased spelling, and by Wix's own, which spares lower-casing the usual case.
    private static let byLowercased: [String: PaymentMethod] = {
        var methods: [String: PaymentMethod] = [:]
        for method in all {
            methods[method.identifier.lowercased()] = method
            methods[method.identifier] = method
        }
        return methods
    }()
}
