// Every Create Transaction example decodes to what it says.

import Testing

@testable import WixPayments

@Suite("Create Transaction requests")
struct CreateTransactionRequestTests {
    private func parse(_ name: String) throws -> CreateTransactionRequest {
        try CreateTransactionRequest.parse(try Fixtures.example("create-transaction.request.\(name)"))
    }

    @Test("The card example, field by field")
    func card() throws {
        let request = try parse("card")
        #expect(request.wixTransactionId == "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d")
        #expect(request.wixMerchantId == "6f0d2c1e-4b7a-4f38-9c52-0b1e7d9a3c44")
        #expect(
            request.merchantCredentials.reveal() == [
                "merchant_key": "mk_live_7Qd2", "merchant_secret": "ms_live_c91f0e", "psp_account_id": "acct_40312",
                "settlement_delay_days": "2", "statement_descriptor_enabled": "true",
            ])
        #expect(request.paymentMethod == .creditCard)
        #expect(request.mode == .live)
        #expect(request.installments == 1)
        #expect(request.fraudInformation?.reveal().remoteIp == "203.0.113.24")
        #expect(request.setupCredentialsOnFile == nil)
        #expect(
            [request.offSession, request.moto, request.scaRequested, request.authorizeOnly] == [
                false, false, false, false,
            ])
        guard case .card(let card) = request.paymentMethodData else {
            Issue.record("no card")
            return
        }
        #expect(card.number.reveal() == "4111111111111111")
        #expect(card.expiry == Expiry(year: 2031, month: 4))
        #expect(card.cvv?.reveal() == "123")
        #expect(card.holderName?.reveal() == "Ada Moreau")
        #expect(card.networkTransactionId == nil)
        #expect(card.dsTransactionId == nil)
    }

    @Test("The order of the card example, field by field")
    func order() throws {
        let order = try parse("card").order
        #expect(order.id == "1d9b7a52-0c3e-4b8f-8a67-5e2f9c4d7b10")
        #expect(order.description.total == Money(minorUnits: 4250, currency: try #require(Currency("EUR"))))
        let items = order.description.items
        #expect(items.map(\.id) == ["sku-101", "sku-202"])
        #expect(items.map(\.name) == ["Linen apron", "Recipe booklet (PDF)"])
        #expect(items.map(\.quantity) == [1, 1])
        #expect(items.map(\.priceMinorUnits) == [3000, 1000])
        #expect(items.map(\.description) == ["Natural linen, one size", "Digital download"])
        #expect(items.map(\.weightInKg) == [0.42, nil])
        #expect(items.map(\.category) == [.physical, .digital])
        let charges = try #require(order.description.charges)
        #expect([charges.taxMinorUnits, charges.shippingMinorUnits, charges.discountMinorUnits] == [200, 450, 400])
        let billing = try #require(order.description.billingAddress?.reveal())
        #expect([billing.firstName, billing.lastName, billing.company] == ["Ada", "Moreau", "Moreau Atelier"])
        #expect([billing.address, billing.street, billing.houseNumber] == ["14 Rue des Lilas", "Rue des Lilas", "14"])
        #expect([billing.city, billing.state, billing.zipCode, billing.countryCode] == ["Lyon", "ARA", "69003", "FR"])
        #expect(
            [billing.phone, billing.fax, billing.email] == ["+33478000000", "+33478000001", "ada.moreau@example.org"])
        #expect(billing.taxIdentifier == TaxIdentifier(id: "FR40303265045", type: "VAT"))
        #expect(order.description.shippingAddress?.reveal().address == "2 Quai Perrache")
        #expect(
            order.description.buyerInfo?.reveal()
                == BuyerInfo(buyerId: "b7e19d40-6a52-4f0e-93c8-1f2d3e4a5b6c", buyerLanguage: "fr"))
        #expect(
            order.returnUrls
                == ReturnURLs(
                    successUrl: "https://shop.example.org/pay/success?r=4f1",
                    errorUrl: "https://shop.example.org/pay/error?r=4f1",
                    cancelUrl: "https://shop.example.org/pay/cancel?r=4f1",
                    pendingUrl: "https://shop.example.org/pay/pending?r=4f1"))
    }

    @Test("The minimal example has the defaults")
    func minimal() throws {
        let request = try parse("minimal")
        #expect(request.paymentMethod == nil)
        #expect(request.paymentMethodIdentifier == nil)
        #expect(request.paymentMethodData == nil)
        #expect(request.mode == .live)
        #expect(request.installments == nil)
        #expect(request.order.description.items.isEmpty)
        #expect(request.order.returnUrls.successUrl == nil)
    }

    @Test("Google Pay with a cryptogram")
    func googlePayCryptogram() throws {
        guard case .googlePay(let pay) = try parse("google-pay.cryptogram-3ds").paymentMethodData else {
            Issue.record("no Google Pay")
            return
        }
        #expect(pay.pan.reveal() == "4761349999000039")
        #expect(pay.expiry == Expiry(year: 2030, month: 9))
        #expect(pay.authenticationMethod == .cryptogram3DS)
        #expect(pay.cryptogram?.reveal() == "AgAAAAAABk4DWZ4C28yUQAAAAAA=")
        #expect(pay.eci == "05")
        #expect([pay.accountVerified, pay.cardholderAuthenticated] == [true, true])
    }

    @Test("Google Pay with the card's own number")
    func googlePayPanOnly() throws {
        guard case .googlePay(let pay) = try parse("google-pay.pan-only").paymentMethodData else {
            Issue.record("no Google Pay")
            return
        }
        #expect(pay.authenticationMethod == .panOnly)
        #expect(pay.cryptogram == nil)
        #expect(pay.cardholderAuthenticated == false)
    }

    @Test("Apple Pay")
    func applePay() throws {
        guard case .applePay(let pay) = try parse("apple-pay.inferred").paymentMethodData else {
            Issue.record("no Apple Pay")
            return
        }
        #expect(pay.pan.reveal() == "4761349999000039")
        #expect(pay.expiry == Expiry(year: 2030, month: 9))
        #expect(pay.cryptogram?.reveal() == "AgAAAAAABk4DWZ4C28yUQAAAAAA=")
        #expect(pay.eci == "07")
        #expect(pay.cardholderName?.reveal() == "Ada Moreau")
    }

    @Test("iDEAL")
    func ideal() throws {
        let request = try parse("ideal")
        #expect(request.paymentMethod == .iDeal)
        #expect(request.paymentMethodData == .ideal(issuerBank: IssuerBank(rawValue: "RABOBANK")))
    }

    @Test("The hosted page: an app id is no payment method")
    func hostedPage() throws {
        let request = try parse("hosted-page")
        #expect(request.paymentMethod == nil)
        #expect(request.paymentMethodIdentifier == "0a8f4c6d-2e1b-4d39-8f57-3c6b9a7e5d21")
    }

    @Test("A recurring charge by the network's ids")
    func networkReference() throws {
        let request = try parse("recurring-charge.network-reference")
        guard case .card(let card) = request.paymentMethodData else {
            Issue.record("no card")
            return
        }
        #expect(request.offSession)
        #expect(card.cvv == nil)
        #expect(card.networkTransactionId?.reveal() == "831200119955661")
        #expect(card.dsTransactionId?.reveal() == "5a1f7c1e-33d4-4a8e-9a61-0f8f6c2f7b9d")
    }

    @Test("A recurring charge by token")
    func token() throws {
        let request = try parse("recurring-charge.token")
        #expect(request.paymentMethodData == .reference(StoredReference(token: Secret("pmt_tok_8f3k2"))))
    }

    @Test("The flags and methods of the other examples")
    func flags() throws {
        #expect(try parse("authorize-only").authorizeOnly)
        #expect(try parse("moto").moto)
        #expect(try parse("sca-requested").scaRequested)
        #expect(try parse("installments").installments == 3)
        #expect(try parse("recurring-setup").setupCredentialsOnFile?.offSession == true)
        #expect(try parse("offline-voucher").paymentMethod?.identifier == "boleto")
        #expect(try parse("redirect-apm").paymentMethod?.identifier == "payPal")
        #expect("\(try parse("three-decimal-kwd").amount)" == "12.345 KWD")
        #expect("\(try parse("zero-decimal-jpy").amount)" == "5800 JPY")
    }

    @Test("What was sent is kept byte for byte")
    func asSent() throws {
        let body =
            [UInt8](
                #"{"wixTransactionId":"w","wixMerchantId":"m","merchantCredentials":{},"installments": 1 ,"moto":null,"#
                    .utf8)
            + [UInt8](#""order": {"description" :{"currency":"EUR","totalAmount":"1","new\/field":[1.0]}}, "#.utf8)
            + [UInt8](#""paymentMethod":"pay\u0050al"}"#.utf8)
        let sent = try CreateTransactionRequest.parse(body).asSent.reveal()
        #expect(
            sent.json(of: "order")
                == Array(#"{"description" :{"currency":"EUR","totalAmount":"1","new\/field":[1.0]}}"#.utf8))
        #expect(sent.json(of: "paymentMethod") == Array(#""pay\u0050al""#.utf8))
        #expect(sent.json(of: "installments") == Array("1".utf8))
        #expect(sent.json(of: "moto") == nil)
        #expect(sent.json(of: "offSession") == nil)
    }

    @Test("Return URLs keep every byte")
    func returnUrls() throws {
        let url = "https://shop.example.org/ü/%2e%2E/?a=b&c= d#é"
        let body = try Fixtures.card { $0.set("order.returnUrls.successUrl", url) }
        #expect(try CreateTransactionRequest.parse(body).order.returnUrls.successUrl == url)
    }
}
