// Reads an order from a request, field by field (spec §4).
// Used by Create Transaction.

extension Order {
    init(_ reader: ObjectReader) throws(FieldError) {
        id = try reader.text("id", bytesMax: Limits.textBytesMax)
        description = try OrderDescription(try reader.required("description", reader.object("description")))
        returnUrls = try ReturnURLs(try reader.object("returnUrls"))
    }
}

extension OrderDescription {
    init(_ reader: ObjectReader) throws(FieldError) {
        let amount = try reader.required("totalAmount", reader.amount("totalAmount"))
        let currency = try reader.required("currency", reader.currency("currency"))
        total = Money(minorUnits: amount, currency: currency)
        var items: [OrderItem] = []
        for item in try reader.objects("items", countMax: Limits.itemsMax) { items.append(try OrderItem(item)) }
        self.items = items
        charges = try AdditionalCharges(try reader.object("charges"))
        billingAddress = try Address(try reader.object("billingAddress")).map(Secret.init)
        shippingAddress = try Address(try reader.object("shippingAddress")).map(Secret.init)
        buyerInfo = try BuyerInfo(try reader.object("buyerInfo")).map(Secret.init)
    }
}

extension OrderItem {
    init(_ reader: ObjectReader) throws(FieldError) {
        id = try reader.text("id")
        name = try reader.text("name")
        quantity = try reader.integer("quantity", in: 0...Limits.quantityMax)
        priceMinorUnits = try reader.amount("price")
        description = try reader.text("description", bytesMax: Limits.itemDescriptionBytesMax)
        weightInKg = try reader.number("weightInKg")
        category = try reader.word("category")
    }
}

extension AdditionalCharges {
    init?(_ reader: ObjectReader?) throws(FieldError) {
        guard let reader else { return nil }
        taxMinorUnits = try reader.amount("tax")
        shippingMinorUnits = try reader.amount("shipping")
        discountMinorUnits = try reader.amount("discount")
    }
}

extension Address {
    init?(_ reader: ObjectReader?) throws(FieldError) {
        guard let reader else { return nil }
        firstName = try reader.text("firstName")
        lastName = try reader.text("lastName")
        company = try reader.text("company")
        address = try reader.text("address")
        street = try reader.text("street")
        houseNumber = try reader.text("houseNumber")
        city = try reader.text("city")
        state = try reader.text("state")
        zipCode = try reader.text("zipCode")
        countryCode = try reader.text("countryCode")
        phone = try reader.text("phone")
        fax = try reader.text("fax")
        email = try reader.text("email")
        taxIdentifier = try TaxIdentifier(try reader.object("taxIdentifier"))
    }
}

extension TaxIdentifier {
    init?(_ reader: ObjectReader?) throws(FieldError) {
        guard let reader else { return nil }
        id = try reader.text("id")
        type = try reader.text("type")
    }
}

extension BuyerInfo {
    init?(_ reader: ObjectReader?) throws(FieldError) {
        guard let reader else { return nil }
        buyerId = try reader.text("buyerId")
        buyerLanguage = try reader.text("buyerLanguage")
    }
}

extension ReturnURLs {
    init(_ reader: ObjectReader?) throws(FieldError) {
        successUrl = try Self.url("successUrl", in: reader)
        errorUrl = try Self.url("errorUrl", in: reader)
        cancelUrl = try Self.url("cancelUrl", in: reader)
        pendingUrl = try Self.url("pendingUrl", in: reader)
    }

    /// Not parsed, so that every byte stays; but no control characters, because it will stand in a Location header.
    private static func url(_ name: StaticString, in reader: ObjectReader?) throws(FieldError) -> String? {
        guard let reader, let url = try reader.text(name, bytesMax: Limits.returnUrlBytesMax), !url.isEmpty else {
            return nil
        }
        guard url.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw reader.error(name, .format) }
        return url
    }
}
