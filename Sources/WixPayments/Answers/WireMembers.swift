// The members of answers and events as they go over the wire.
// Filled by `Responses` and `Event`. Promises that what is absent is left out and that equal values give equal bytes.

/// Every member that an answer or event can have.
struct WireMembers {
    var wixTransactionId: String?
    var wixRefundId: String?
    var pluginTransactionId: String?
    var pluginRefundId: String?
    var amount: String?
    var redirectUrl: String?
    var reasonCode: Int?
    var errorCode: String?
    var errorMessage: String?
    var credentialsOnFile: CredentialsOnFile?
    var cardDetails: CardDetails?
    var accountId: String?
    var accountName: String?
    var credentials: [String: String]?

    mutating func set<Code>(_ failure: Failure<Code>) {
        reasonCode = failure.code.rawValue
        errorCode = failure.errorCode
        errorMessage = failure.errorMessage
    }

    mutating func set(_ outcome: TransactionOutcome) {
        switch outcome {
        case .approved(let pluginTransactionId, let credentialsOnFile, let cardDetails):
            self.pluginTransactionId = pluginTransactionId
            self.credentialsOnFile = credentialsOnFile
            self.cardDetails = cardDetails
        case .pending(let pluginTransactionId, let failure):
            self.pluginTransactionId = pluginTransactionId
            set(failure)
        case .declined(let pluginTransactionId, let failure):
            self.pluginTransactionId = pluginTransactionId
            set(failure)
        }
    }

    mutating func set(_ event: ActionEvent) {
        wixTransactionId = event.wixTransactionId
        amount = String(event.amountMinorUnits)
        if let failure = event.failure { set(failure) }
    }

    /// Sorted names, no escaped slashes.
    ///
    /// Flat texts and numbers, which is what nearly every answer and event holds, are written here: JSONEncoder took a
    /// twentieth of the time of a whole payment. The nested members are the encoder's.
    func json() -> [UInt8] {
        var text = WireText()
        text.member("accountId", accountId)
        text.member("accountName", accountName)
        text.member("amount", amount)
        text.member("cardDetails", nested: cardDetails)
        text.member("credentials", nested: credentials)
        text.member("credentialsOnFile", nested: credentialsOnFile)
        text.member("errorCode", errorCode)
        text.member("errorMessage", errorMessage)
        text.member("pluginRefundId", pluginRefundId)
        text.member("pluginTransactionId", pluginTransactionId)
        text.member("reasonCode", reasonCode)
        text.member("redirectUrl", redirectUrl)
        text.member("wixRefundId", wixRefundId)
        text.member("wixTransactionId", wixTransactionId)
        return text.object()
    }
}
