// Create Transaction, as Wix asks for it (spec §4).
// Parsed by its endpoint after the digest was verified, handed on to a processor. `parse` is the only way to make one,
// so that holding one means that every field was checked.

/// A buyer pays.
public struct CreateTransactionRequest: Sendable {
    /// The payment at Wix, and the idempotency key.
    public let wixTransactionId: String
    /// The merchant at Wix.
    public let wixMerchantId: String
    /// What Connect Account answered.
    public let merchantCredentials: Secret<[String: String]>
    /// What is bought.
    public let order: Order
    /// Nil is a hosted page: the identifier is absent, the app id or unknown (spec §12).
    public let paymentMethod: PaymentMethod?
    /// `paymentMethod` as it came.
    public let paymentMethodIdentifier: String?
    /// What the buyer pays with, where Wix knows it.
    public let paymentMethodData: PaymentMethodData?
    /// Live or sandbox.
    public let mode: Mode
    /// Payments asked for, cards only.
    public let installments: Int?
    /// The buyer's address on the net.
    public let fraudInformation: Secret<FraudInformation>?
    /// The method is to be stored too, for later charges.
    public let setupCredentialsOnFile: SetupCredentialsOnFile?
    /// No buyer is present: never a redirect.
    public let offSession: Bool
    /// Mail or telephone order.
    public let moto: Bool
    /// Wix asks for 3-D Secure.
    public let scaRequested: Bool
    /// Authorize now, capture later.
    public let authorizeOnly: Bool
    /// The members as they came, for a gateway.
    public let asSent: Secret<SentMembers>

    /// No buyer is there who could be sent to a page.
    public var isUnattended: Bool { offSession || moto }

    /// What the payment is worth.
    public var amount: Money { order.description.total }

    /// Reads a request body.
    public static func parse(_ body: [UInt8]) throws(RequestError) -> Self {
        try SentCreateTransaction(body).checked()
    }

    fileprivate init(_ reader: ObjectReader) throws(FieldError) {
        wixTransactionId = try reader.required("wixTransactionId", reader.id("wixTransactionId"))
        wixMerchantId = try reader.required("wixMerchantId", reader.id("wixMerchantId"))
        order = try Order(try reader.required("order", reader.object("order")))
        merchantCredentials = try reader.required("merchantCredentials", reader.credentials("merchantCredentials"))
        paymentMethodIdentifier = try reader.text("paymentMethod", bytesMax: Limits.idCharactersMax)
        paymentMethod = paymentMethodIdentifier.flatMap(PaymentMethod.init)
        paymentMethodData = try .read(try reader.object("paymentMethodData"))
        mode = try reader.mode("mode")
        installments = try reader.integer("installments", in: 1...Limits.installmentsMax)
        fraudInformation = try FraudInformation(try reader.object("fraudInformation")).map(Secret.init)
        setupCredentialsOnFile = try SetupCredentialsOnFile(try reader.object("setupCredentialsOnFile"))
        offSession = try reader.bool("offSession") ?? false
        moto = try reader.bool("moto") ?? false
        scaRequested = try reader.bool("scaRequested") ?? false
        authorizeOnly = try reader.bool("authorizeOnly") ?? false
        asSent = Secret(SentMembers(reader))
    }
}

/// A body in two steps: a repeat is told what is stored, for which its ids are enough; every field is checked only of
/// a payment that is still to be made.
public struct SentCreateTransaction: Sendable {
    private let reader: ObjectReader
    /// What of the ids can be read, whatever else is wrong.
    public let ids: ReadableIds

    /// Takes a body that is a JSON object.
    public init(_ body: [UInt8]) throws(RequestError) {
        reader = try ObjectReader(body: body)
        ids = .read(reader)
    }

    /// The request, every field of it checked. Throws `RequestError.field`.
    public func checked() throws(RequestError) -> CreateTransactionRequest {
        do throws(FieldError) {
            return try CreateTransactionRequest(reader)
        } catch {
            throw .field(error, ids: ids)
        }
    }
}

extension CreateTransactionRequest: CustomStringConvertible, CustomReflectable {
    /// Ids, amount and mode: nothing about the buyer.
    public var description: String {
        "create transaction \(wixTransactionId) of merchant \(wixMerchantId): \(amount), \(mode.rawValue)"
    }
    /// The description alone.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// What Wix knows about the buyer's device.
public struct FraudInformation: Sendable, Hashable {
    /// The buyer's IP address.
    public let remoteIp: String?

    init?(_ reader: ObjectReader?) throws(FieldError) {
        guard let reader else { return nil }
        remoteIp = try reader.text("remoteIp")
    }
}

/// How the method is to be stored.
public struct SetupCredentialsOnFile: Sendable, Hashable {
    /// For charges that the merchant begins.
    public let offSession: Bool

    init?(_ reader: ObjectReader?) throws(FieldError) {
        guard let reader else { return nil }
        offSession = try reader.bool("offSession") ?? false
    }
}
