// The order of a made-up shop, as realistic as Wix's own: items, charges, addresses, buyer, return
// URLs (spec §4, Order). Pure.

/// What Create Transaction's `order` holds.
public struct SampleOrder: Sendable {
    /// The order's id at Wix.
    public var id: String
    /// Total in minor units, everything included.
    public var amount: Int64
    /// ISO 4217.
    public var currency: String
    /// Buyer's language, ISO 639-1.
    public var language = "fr"
    /// Where the PSP sends the buyer back to.
    public var returnUrls: ReturnURLs

    /// The four return URLs (spec §4).
    public struct ReturnURLs: Sendable {
        /// The buyer paid.
        public var success: String
        /// The payment failed.
        public var error: String
        /// The buyer changed their mind.
        public var cancel: String
        /// The outcome is open.
        public var pending: String

        /// Four URLs.
        public init(success: String, error: String, cancel: String, pending: String) {
            self.success = success
            self.error = error
            self.cancel = cancel
            self.pending = pending
        }

        /// The emulator's own pages.
        public init(emulator base: String, wixTransactionId: String) {
            func page(_ page: ReturnPage) -> String {
                "\(base)\(ReturnPage.path)\(page.rawValue)?wixTransactionId=\(wixTransactionId)"
            }
            self.init(success: page(.success), error: page(.error), cancel: page(.cancel), pending: page(.pending))
        }
    }

    /// An order.
    public init(id: String, amount: Int64, currency: String, returnUrls: ReturnURLs) {
        self.id = id
        self.amount = amount
        self.currency = currency
        self.returnUrls = returnUrls
    }

    var json: JSON {
        [
            "id": .string(id),
            "description": [
                "totalAmount": .integer(amount), "currency": .string(currency), "items": items, "charges": charges,
                "billingAddress": Self.address(street: "Rue des Lilas", house: "14", zip: "69003"),
                "shippingAddress": Self.address(street: "Quai Perrache", house: "2", zip: "69002"),
                "buyerInfo": [
                    "buyerId": "b7e19d40-6a52-4f0e-93c8-1f2d3e4a5b6c", "buyerLanguage": .string(language),
                ],
            ],
            "returnUrls": [
                "successUrl": .string(returnUrls.success), "errorUrl": .string(returnUrls.error),
                "cancelUrl": .string(returnUrls.cancel), "pendingUrl": .string(returnUrls.pending),
            ],
        ]
    }

    /// The two items whose prices add up to the default amount.
    private static let basketAmount: Int64 = 4250

    private var items: JSON {
        guard amount == Self.basketAmount else {
            return [
                [
                    "id": "sku-7", "name": "Tea set", "quantity": 1, "price": .integer(amount), "category": "physical",
                ]
            ]
        }
        return [
            [
                "id": "sku-101", "name": "Linen apron", "quantity": 1, "price": 3000,
                "description": "Natural linen, one size", "weightInKg": 0.42, "category": "physical",
            ],
            [
                "id": "sku-202", "name": "Recipe booklet (PDF)", "quantity": 1, "price": 1000,
                "description": "Digital download", "category": "digital",
            ],
        ]
    }

    private var charges: JSON {
        amount == Self.basketAmount
            ? ["tax": 200, "shipping": 450, "discount": 400] : ["tax": 0, "shipping": 0, "discount": 0]
    }

    private static func address(street: String, house: String, zip: String) -> JSON {
        [
            "firstName": "Ada", "lastName": "Moreau", "company": "Moreau Atelier",
            "address": .string("\(house) \(street)"), "street": .string(street), "houseNumber": .string(house),
            "city": "Lyon", "state": "ARA", "zipCode": .string(zip), "countryCode": "FR", "phone": "+33478000000",
            "fax": "+33478000001", "email": "ada.moreau@example.org",
            "taxIdentifier": ["id": "FR40303265045", "type": "VAT"],
        ]
    }
}
