// What is bought (spec §4, Order).
// Read by Create Transaction, used by processors. Buyer data is secret: it is passed on to the gateway and neither
// stored nor logged (design rule 13).

/// The order of a payment.
public struct Order: Sendable, Hashable {
    /// For the merchant's correlation; not always the shop's order id.
    public let id: String?
    /// What is charged, and for what.
    public let description: OrderDescription
    /// Where the buyer is sent after a page of the PSP.
    public let returnUrls: ReturnURLs
}

/// What is charged, and for what.
public struct OrderDescription: Sendable, Hashable {
    /// `totalAmount` in `currency`: the one amount to charge, everything included. 0 is an account verification.
    public let total: Money
    /// Not promised to add up to the total.
    public let items: [OrderItem]
    /// Not promised to add up to the total.
    public let charges: AdditionalCharges?
    /// Where the bill goes.
    public let billingAddress: Secret<Address>?
    /// Where the goods go.
    public let shippingAddress: Secret<Address>?
    /// Who buys.
    public let buyerInfo: Secret<BuyerInfo>?
}

/// One line of an order; all fields may be missing.
public struct OrderItem: Sendable, Hashable {
    /// The shop's id.
    public let id: String?
    /// For people.
    public let name: String?
    /// Pieces.
    public let quantity: Int?
    /// Minor units; per unit or per line, Wix does not say.
    public let priceMinorUnits: Int64?
    /// For people.
    public let description: String?
    /// Kilograms.
    public let weightInKg: Double?
    /// A thing or a file.
    public let category: ItemCategory?
}

/// Parts of the total, in minor units.
public struct AdditionalCharges: Sendable, Hashable {
    /// Added.
    public let taxMinorUnits: Int64?
    /// Added.
    public let shippingMinorUnits: Int64?
    /// Taken off.
    public let discountMinorUnits: Int64?
}

/// A postal address with contact data; all fields may be missing.
public struct Address: Sendable, Hashable {
    /// Name of the person.
    public let firstName, lastName: String?
    /// Name of the firm.
    public let company: String?
    /// Street and number joined, and each alone.
    public let address, street, houseNumber: String?
    /// The place.
    public let city, state, zipCode: String?
    /// ISO 3166-1 alpha-2.
    public let countryCode: String?
    /// Ways to reach the person.
    public let phone, fax, email: String?
    /// The person's or firm's tax id.
    public let taxIdentifier: TaxIdentifier?
}

/// A tax id and its kind, such as CPF in Brazil.
public struct TaxIdentifier: Sendable, Hashable {
    /// The id.
    public let id: String?
    /// Its kind.
    public let type: String?
}

/// The buyer.
public struct BuyerInfo: Sendable, Hashable {
    /// Wix's id of the buyer.
    public let buyerId: String?
    /// `fr`, or `fr-CA` as well.
    public let buyerLanguage: String?
}

/// Where the buyer is sent afterwards, byte for byte as Wix wrote it.
public struct ReturnURLs: Sendable, Hashable {
    /// After approval.
    public let successUrl: String?
    /// After a decline.
    public let errorUrl: String?
    /// After the buyer canceled.
    public let cancelUrl: String?
    /// While the payment waits.
    public let pendingUrl: String?

    /// For what reads them back from the store.
    public init(successUrl: String?, errorUrl: String?, cancelUrl: String?, pendingUrl: String?) {
        self.successUrl = successUrl
        self.errorUrl = errorUrl
        self.cancelUrl = cancelUrl
        self.pendingUrl = pendingUrl
    }
}
