// What the buyer pays with, where Wix knows it (spec §4, PaymentMethodData).
// Read by Create Transaction, used by processors. Everything that identifies a card or a person is secret
// (design rule 13).

/// Exactly one of Wix's kinds of payment data.
public enum PaymentMethodData: Sendable, Hashable {
    /// With `creditCard`.
    case card(Card)
    /// A recurring charge by the PSP's token.
    case reference(StoredReference)
    /// With `googlePay`, decrypted by Wix.
    case googlePay(GooglePay)
    /// With `applePay`, decrypted by Wix.
    case applePay(ApplePay)
    /// With `iDeal`.
    case ideal(issuerBank: IssuerBank)
}

/// The end of a card's validity.
public struct Expiry: Sendable, Hashable {
    /// 4 digits.
    public var year: Int
    /// 1...12; the card is good until the end of this month.
    public var month: Int

    /// The given month.
    public init(year: Int, month: Int) {
        self.year = year
        self.month = month
    }
}

/// A card as the buyer typed it, or as stored for recurring charges.
public struct Card: Sendable, Hashable {
    /// Digits. Whether they are a card number is the processor's question (3015).
    public let number: Secret<String>
    /// Whether it has passed is the processor's question too (3013).
    public let expiry: Expiry
    /// Digits; absent for stored cards.
    public let cvv: Secret<String>?
    /// As on the card.
    public let holderName: Secret<String>?
    /// Of the set-up payment; recurring charges only.
    public let networkTransactionId: Secret<String>?
    /// Of the set-up's 3-D Secure; off-session charges only.
    public let dsTransactionId: Secret<String>?
}

/// What an earlier payment answered in `credentialsOnFile.paymentMethodReference`.
public struct StoredReference: Sendable, Hashable {
    /// The PSP's token.
    public let token: Secret<String>
}

/// A decrypted Google Pay payment.
public struct GooglePay: Sendable, Hashable {
    /// Of the card (`PAN_ONLY`) or the device (`CRYPTOGRAM_3DS`).
    public let pan: Secret<String>
    /// Of `pan`.
    public let expiry: Expiry
    /// Which kind of number `pan` is.
    public let authenticationMethod: GooglePayAuthenticationMethod
    /// Only with `CRYPTOGRAM_3DS`.
    public let cryptogram: Secret<String>?
    /// Electronic commerce indicator.
    public let eci: String?
    /// Google's word that the buyer controls the account.
    public let accountVerified: Bool?
    /// Google's word that the cardholder was authenticated.
    public let cardholderAuthenticated: Bool?
}

/// A decrypted Apple Pay payment.
public struct ApplePay: Sendable, Hashable {
    /// Of the device.
    public let pan: Secret<String>
    /// Of `pan`.
    public let expiry: Expiry
    /// Of the payment.
    public let cryptogram: Secret<String>?
    /// Electronic commerce indicator.
    public let eci: String?
    /// As on the card.
    public let cardholderName: Secret<String>?
}

extension PaymentMethodData {
    /// The one member; nil when there is none that is known. Two are a contradiction.
    static func read(_ reader: ObjectReader?) throws(FieldError) -> PaymentMethodData? {
        guard let reader else { return nil }
        var found: [PaymentMethodData] = []
        if let card = try reader.object("card") { found.append(.card(try Card(card))) }
        if let reference = try reader.object("reference") { found.append(.reference(try StoredReference(reference))) }
        if let googlePay = try reader.object("googlePay") { found.append(.googlePay(try GooglePay(googlePay))) }
        if let applePay = try reader.object("applePay") { found.append(.applePay(try ApplePay(applePay))) }
        if let ideal = try reader.object("ideal") {
            found.append(.ideal(issuerBank: try ideal.word("issuerBank") ?? .unknown))
        }
        guard found.count <= 1 else { throw reader.selfError(.value) }
        return found.first
    }
}

extension Expiry {
    init(_ reader: ObjectReader, year: StaticString, month: StaticString) throws(FieldError) {
        self.year = try reader.required(year, reader.integer(year, in: 1000...9999))
        self.month = try reader.required(month, reader.integer(month, in: 1...12))
    }
}

extension Card {
    init(_ reader: ObjectReader) throws(FieldError) {
        number = try reader.pan("number")
        expiry = try Expiry(reader, year: "year", month: "month")
        cvv = try reader.cvv("cvv")
        holderName = try reader.secret("holderName")
        networkTransactionId = try reader.secret("networkTransactionId")
        dsTransactionId = try reader.secret("dsTransactionId")
    }
}

extension StoredReference {
    init(_ reader: ObjectReader) throws(FieldError) {
        token = Secret(try reader.requiredText("token", bytesMax: Limits.tokenBytesMax))
    }
}

extension GooglePay {
    init(_ reader: ObjectReader) throws(FieldError) {
        pan = try reader.pan("pan")
        expiry = try Expiry(reader, year: "expirationYear", month: "expirationMonth")
        authenticationMethod = try reader.word("authenticationMethod") ?? .unknown
        cryptogram = try reader.secret("cryptogram", bytesMax: Limits.tokenBytesMax)
        eci = try reader.text("eci", bytesMax: Limits.idCharactersMax)
        accountVerified = try reader.bool("accountVerified")
        cardholderAuthenticated = try reader.bool("cardholderAuthenticated")
    }
}

extension ApplePay {
    init(_ reader: ObjectReader) throws(FieldError) {
        pan = try reader.pan("pan")
        expiry = try Expiry(reader, year: "expirationYear", month: "expirationMonth")
        cryptogram = try reader.secret("cryptogram", bytesMax: Limits.tokenBytesMax)
        eci = try reader.text("eci", bytesMax: Limits.idCharactersMax)
        cardholderName = try reader.secret("cardholderName")
    }
}

extension ObjectReader {
    /// A card number: digits of any count that may be meant as one, since a wrong one is the processor's 3015.
    fileprivate func pan(_ name: StaticString) throws(FieldError) -> Secret<String> {
        let number = try requiredText(name, bytesMax: Limits.cardNumberDigitsMax)
        guard isDigits(number) else { throw error(name, .format) }
        return Secret(number)
    }

    /// A CVV: likewise (3016).
    fileprivate func cvv(_ name: StaticString) throws(FieldError) -> Secret<String>? {
        guard let cvv = try secret(name, bytesMax: Limits.cvvDigitsMax) else { return nil }
        guard isDigits(cvv.reveal()) else { throw error(name, .format) }
        return cvv
    }
}
