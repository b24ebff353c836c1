// What Wix's calls are answered with (spec §3 to §5).
// Made by the endpoints. Each answer is an enum, so that an approval can't have a reason code, nor a decline a page.
// Absent members are left out; names are sorted, so that equal answers are equal bytes.

/// What became of a payment: the common part of answer and event, so that they can't differ (spec §6.5).
public enum TransactionOutcome: Sendable, Hashable {
    /// Paid, or with `authorizeOnly` authorized: no reason code.
    case approved(
        pluginTransactionId: String, credentialsOnFile: CredentialsOnFile? = nil, cardDetails: CardDetails? = nil)
    /// The final word comes by event.
    case pending(pluginTransactionId: String, Failure<PendingCode>)
    /// Not paid; the id is missing only when the PSP never gave one.
    case declined(pluginTransactionId: String?, Failure<DeclineCode>)
}

/// The answer to Create Transaction.
public enum CreateTransactionResponse: Sendable, Hashable {
    /// Known already.
    case outcome(TransactionOutcome)
    /// The buyer continues on a page of the PSP.
    case redirect(pluginTransactionId: String, RedirectURL)

    /// The body.
    public func json() -> [UInt8] {
        var members = WireMembers()
        switch self {
        case .outcome(let outcome): members.set(outcome)
        case .redirect(let pluginTransactionId, let url):
            members.pluginTransactionId = pluginTransactionId
            members.redirectUrl = url.text
        }
        return members.json()
    }
}

/// The answer to Refund Transaction: there is no pending refund (spec §5).
public enum RefundTransactionResponse: Sendable, Hashable {
    /// Refunded.
    case succeeded(pluginRefundId: String)
    /// Not refunded; the id is missing when the PSP never gave one.
    case failed(pluginRefundId: String?, Failure<RefundFailureCode>)

    /// The body.
    public func json() -> [UInt8] {
        var members = WireMembers()
        switch self {
        case .succeeded(let pluginRefundId): members.pluginRefundId = pluginRefundId
        case .failed(let pluginRefundId, let failure):
            members.pluginRefundId = pluginRefundId
            members.set(failure)
        }
        return members.json()
    }
}

/// The answer to Capture Transaction and Void Transaction.
public enum ActionResponse: Sendable, Hashable {
    /// `{}`.
    case succeeded
    /// Not captured, or not voided.
    case failed(Failure<ActionFailureCode>)

    /// The body.
    public func json() -> [UInt8] {
        var members = WireMembers()
        if case .failed(let failure) = self { members.set(failure) }
        return members.json()
    }
}

/// The answer to Connect Account.
public enum ConnectAccountResponse: Sendable, Hashable {
    /// `accountId` is the same for a merchant and mode for ever; `credentials` are the request's and whatever the PSP
    /// adds, and come back with every later call.
    case connected(accountId: String, accountName: String?, credentials: Secret<[String: String]>)
    /// Refused.
    case failed(Failure<ConnectionFailureCode>)

    /// The body.
    public func json() -> [UInt8] {
        var members = WireMembers()
        switch self {
        case .connected(let accountId, let accountName, let credentials):
            members.accountId = accountId
            members.accountName = accountName
            members.credentials = credentials.reveal()
        case .failed(let failure): members.set(failure)
        }
        return members.json()
    }
}
