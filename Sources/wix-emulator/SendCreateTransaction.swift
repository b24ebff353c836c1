// `wix-emulator send create-transaction`: a buyer pays, by any of the flows of spec §8.

import ArgumentParser
import WixEmulator

struct SendCreateTransaction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-transaction", abstract: "A buyer pays.",
        discussion: "A card is charged unless a way to pay is given: --method, --google-pay, --apple-pay, --ideal, "
            + "--reference or --hosted-page.")

    @Option(help: "wixTransactionId, a GUID. Default: a new one.")
    var id: String?

    @Option(help: "Total in minor units.")
    var amount: Int64 = 4250

    @Option(help: "ISO 4217.")
    var currency = "EUR"

    @Option(help: "wixMerchantId.")
    var merchant = demoMerchantId

    @OptionGroup var merchantOptions: MerchantOptions

    @OptionGroup var modeOptions: ModeOptions

    // MARK: Ways to pay

    @Option(help: "Card number; for wallets the number that the wallet hands out.")
    var card: String?

    @Option(help: "The card's expiry, MM/YYYY.")
    var expiry = "04/2031"

    @Option(help: "The card's CVV.")
    var cvv = "123"

    @Option(help: "Card stored at Wix: its network reference; no CVV is sent then.")
    var networkTransactionId: String?

    @Option(help: "Card stored at Wix after 3-D Secure: its directory server reference.")
    var dsTransactionId: String?

    @Option(help: "Method stored at the PSP: its token.")
    var reference: String?

    @Option(help: "Google Pay: PAN_ONLY or CRYPTOGRAM_3DS.")
    var googlePay: String?

    @Flag(help: "Apple Pay.")
    var applePay = false

    @Option(help: "iDEAL: the issuing bank, for example RABOBANK.")
    var ideal: String?

    @Option(help: "Any other payment method's identifier, for example payPal or boleto.")
    var method: String?

    @Flag(help: "The PSP's own page: paymentMethod is --app-id, or absent.")
    var hostedPage = false

    @Option(help: "The Wix app's id, for --hosted-page.")
    var appId: String?

    // MARK: Flows

    @Flag(help: "Authorize without capture.")
    var authorizeOnly = false

    @Flag(help: "Ask the PSP to store the method for later charges.")
    var setupCredentials = false

    @Flag(help: "A later charge, without the buyer.")
    var offSession = false

    @Flag(help: "Mail or telephone order.")
    var moto = false

    @Flag(help: "Ask for strong customer authentication.")
    var sca = false

    @Option(help: "Number of installments.")
    var installments: Int64 = 1

    @OptionGroup var options: SendOptions

    func validate() throws {
        let ways = [reference != nil, googlePay != nil, applePay, ideal != nil, method != nil, hostedPage]
        guard ways.filter({ $0 }).count <= 1 else {
            throw ValidationError(
                "only one of --method, --google-pay, --apple-pay, --ideal, --reference, --hosted-page")
        }
        _ = try sampleMethod()
    }

    func run() async throws {
        let id = id ?? newGUID()
        let order = SampleOrder(
            id: newGUID(), amount: amount, currency: currency,
            returnUrls: .init(emulator: options.returnBase, wixTransactionId: id))
        var call = CreateCall(
            wixTransactionId: id, wixMerchantId: merchant, credentials: try merchantOptions.credentials(),
            order: order, method: try sampleMethod(), mode: modeOptions.value)
        call.authorizeOnly = authorizeOnly
        call.setupCredentials = setupCredentials
        call.offSession = offSession
        call.moto = moto
        call.scaRequested = sca
        call.installments = installments
        try await options.send(call.json, to: .createTransaction)
    }

    private func sampleMethod() throws -> SampleMethod {
        if let reference { return .reference(token: reference) }
        if let googlePay {
            return .googlePay(pan: card ?? SampleMethod.walletPan, authenticationMethod: googlePay)
        }
        if applePay { return .applePay(pan: card ?? SampleMethod.walletPan) }
        if let ideal { return .ideal(issuerBank: ideal) }
        if let method { return .other(identifier: method) }
        if hostedPage { return .hostedPage(appId: appId) }
        var sample = SampleCard(number: card ?? "4111111111111111")
        let parts = expiry.split(separator: "/").compactMap { Int64($0) }
        guard parts.count == 2 else { throw ValidationError("--expiry must be MM/YYYY") }
        (sample.month, sample.year) = (parts[0], parts[1])
        sample.cvv = networkTransactionId == nil ? cvv : nil
        sample.networkTransactionId = networkTransactionId
        sample.dsTransactionId = dsTransactionId
        return .card(sample)
    }
}
