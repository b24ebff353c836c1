// Amounts, failure texts, card numbers in text, page addresses.

import Testing

@testable import WixPayments

@Suite("Texts")
struct TextTests {
    @Test(
        "Money is shown with its currency's digits",
        arguments: [
            (4250, "EUR", "42.50"), (5, "EUR", "0.05"), (0, "EUR", "0.00"), (5800, "JPY", "5800"),
            (12345, "KWD", "12.345"), (7, "KWD", "0.007"),
        ] as [(Int64, String, String)])
    func money(minorUnits: Int64, code: String, text: String) throws {
        let money = Money(minorUnits: minorUnits, currency: try #require(Currency(code)))
        #expect(money.decimalText == text)
        #expect("\(money)" == "\(text) \(code)")
    }

    @Test("An unlisted currency can't be made", arguments: ["", "eur", "EU", "XXX", "ZWG", "CLF", "€"])
    func unlisted(code: String) {
        #expect(Currency(code) == nil)
    }

    @Test("Failure texts are cut to Wix's lengths")
    func cut() {
        let long = String(repeating: "é", count: 400)
        let failure = Failure(DeclineCode.generalError, errorCode: long, errorMessage: long)
        #expect(failure.errorCode?.utf16.count == 50)
        #expect(failure.errorMessage?.utf16.count == 300)
    }

    @Test("A cut never splits a character")
    func cutCharacters() {
        let family = String(repeating: "👩‍👩‍👧", count: 40)
        let message = Failure(DeclineCode.generalError, errorMessage: family).errorMessage
        #expect(message == String(repeating: "👩‍👩‍👧", count: 37))
    }

    @Test("A cut leaves no part of a card number at the end")
    func cutAfterScrub() {
        let text = String(repeating: "x", count: 288) + "4111111111111111"
        let message = Failure(DeclineCode.generalError, errorMessage: text).errorMessage
        #expect(message == String(repeating: "x", count: 288) + "************")
    }

    @Test("Empty failure texts are absent")
    func empty() {
        let failure = Failure(DeclineCode.generalError, errorCode: "", errorMessage: "")
        #expect(failure.errorCode == nil)
        #expect(failure.errorMessage == nil)
    }

    @Test(
        "Card numbers are Luhn-valid",
        arguments: ["4111111111111111", "4761349999000039", "5555555555554444", "378282246310005", "00"])
    func luhn(digits: String) {
        #expect(Luhn.isValid(digits))
    }

    @Test("Others are not", arguments: ["4111111111111112", "", "0", "411111111111111a", "4111 1111 1111 1111"])
    func notLuhn(digits: String) {
        #expect(!Luhn.isValid(digits))
    }

    @Test(
        "Card numbers in text are masked however they are grouped",
        arguments: [
            ("card 4111111111111111 declined", "card **************** declined"),
            ("4111 1111 1111 1111", "**** **** **** ****"),
            ("4111-1111.1111_1111", "****-****.****_****"),
            ("4111 - 1111 / 1111, 1111", "**** - **** / ****, ****"),
            ("4111    1111\t1111\r\n1111", "****    ****\t****\r\n****"),
            ("4111\u{A0}1111\u{200B}1111\u{2013}1111", "****\u{A0}****\u{200B}****\u{2013}****"),
            ("order 12 4111111111111111", "order 12 ****************"),
            ("4111111111111111 12/31 123", "**************** 12/31 123"),
            ("PAN=4111111111111111;", "PAN=****************;"),
            ("3782 822463 10005", "**** ****** *****"),
            ("٤١١١١١١١١١١١١١١١", "****************"),
            ("4111111111111111,5555555555554444", "****************,****************"),
            ("99994111111111111111", nil),
        ] as [(String, String?)])
    func scrub(text: String, scrubbed: String?) {
        let result = CardScrubber.scrub(text)
        if let scrubbed { #expect(result == scrubbed) }
        #expect(!result.contains("1111111111"))
        #expect(CardScrubber.scrub(result) == result)
    }

    @Test(
        "Other text stays as it is",
        arguments: [
            "", "declined", "4111111111111112", "41111111111", "c2a4e6f8-1b3d-4f57-9a81-2c4e6f8a0b1d",
            "4111a1111b1111c1111", "4111 ------- 1111 ------- 1111 ------- 1111", "psp_txn_01HZX3K8Q2 für 42,50 €",
        ])
    func scrubNothing(text: String) {
        #expect(CardScrubber.scrub(text) == text)
    }

    @Test(
        "A page of some host can be redirected to",
        arguments: [
            "https://pay.psp.example.com/hosted/psp_txn_01HZX3K8Q2", "http://localhost:8443/x?y=%20#z",
            "HTTPS://EXAMPLE.ORG", "https://[::1]:8443/", "https://example.org?next=https://other.example",
        ])
    func redirect(url: String) {
        #expect(RedirectURL(url)?.text == url)
    }

    @Test(
        "Nothing else can",
        arguments: [
            "", "/checkout", "//example.org/", "javascript:alert(1)", "javascript://example.org/%0aalert(1)",
            "data:text/html,x", "ftp://example.org", "https:example.org", "https://", "https:///x", "https://:443/",
            "https://user@/", "https://example.org/a b", "https://example.org/\r\nSet-Cookie:a", "https://exämple.org",
            " https://example.org", "https:\\\\example.org", "https://example.org/\"onload=",
            "https://example.org/" + String(repeating: "a", count: 2_000),
        ])
    func noRedirect(url: String) {
        #expect(RedirectURL(url) == nil)
    }
}
