// The checked-in tables against the CSVs of the protocol reference.

import Testing

@testable import WixPayments

@Suite("Tables")
struct TableTests {
    @Test("The currency table has the CSV's 161 rows")
    func currencies() throws {
        let rows = try Fixtures.rows(of: "currencies.csv", columns: 3)
        #expect(rows.count == 161)
        #expect(Currency.all.map { [$0.code, String($0.minorUnitDigits)] } == rows.map { Array($0.prefix(2)) })
    }

    @Test("The reason code table has the CSV's rows")
    func reasonCodes() throws {
        let rows = try Fixtures.rows(of: "reason-codes.csv", columns: 4)
        #expect(rows.count > 70)
        #expect(
            ReasonCodeTable.rows.map { [String($0.code), $0.group.rawValue, $0.message] }
                == rows.map { Array($0.prefix(3)) })
    }

    @Test("Every group but the legacy ones is sent by some context", arguments: ReasonCodeGroup.allCases)
    func groups(group: ReasonCodeGroup) {
        let sent = DeclineCode.groups.union(PendingCode.groups).union(RefundFailureCode.groups)
            .union(ConnectionFailureCode.groups).union(ActionFailureCode.groups)
        #expect(sent.contains(group) != group.rawValue.hasSuffix("_legacy"))
    }

    @Test("The payment methods are 80 different ones")
    func paymentMethods() {
        #expect(PaymentMethod.all.count == 80)
        #expect(Set(PaymentMethod.all.map { $0.identifier.lowercased() }).count == 80)
    }

    @Test(
        "A payment method is found whatever its case, in Wix's spelling",
        arguments: [("creditCard", "creditCard"), ("paypal", "payPal"), ("IDEAL", "iDeal"), ("visaqr", "visaQR")])
    func spelling(given: String, listed: String) {
        #expect(PaymentMethod(given)?.identifier == listed)
    }

    @Test("Anything else is no payment method", arguments: ["", "pinWheel", "0a8f4c6d-2e1b-4d39-8f57-3c6b9a7e5d21"])
    func unknownMethod(identifier: String) {
        #expect(PaymentMethod(identifier) == nil)
    }

    @Test("The methods named in code are in the list")
    func namedMethods() {
        let named: [PaymentMethod] = [.creditCard, .googlePay, .applePay, .iDeal]
        #expect(named.allSatisfy(PaymentMethod.all.contains))
    }
}
