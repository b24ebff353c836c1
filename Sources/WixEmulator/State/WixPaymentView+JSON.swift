// A payment's view as `GET /emulator/payments` shows it.

extension WixPaymentView {
    /// One object; what is not known is left out.
    ///
    /// - Parameter now: seconds since 1970.
    func json(now: Int64) -> JSON {
        var members: [String: JSON] = [
            "wixTransactionId": .string(wixTransactionId), "status": .string(status.rawValue),
            "refundedAmount": .integer(refundedAmount), "awaitsEvent": .bool(awaitsEvent),
            "problems": .array(doubts.map { .string($0.description) }),
            "refunds": .array(refunds.map(\.json)),
            "awaitedEvents": .array(awaited.map { .string($0.subject.name) }),
            "flags": .array(flags(now: now).map(\.json)),
        ]
        if let terms {
            members["amount"] = .integer(terms.amount)
            members["currency"] = .string(terms.currency)
            members["authorizeOnly"] = .bool(terms.authorizeOnly)
        }
        members["pluginTransactionId"] = transaction?.pluginTransactionId.map(JSON.string)
        members["reasonCode"] = transaction?.reasonCode.map { .integer(Int64($0)) }
        return .object(members)
    }
}

extension ReceivedEvent.Refund {
    fileprivate var json: JSON {
        var members: [String: JSON] = [
            "pluginRefundId": .string(pluginRefundId), "amount": .integer(amount),
            "status": .string(reasonCode == nil ? "succeeded" : "failed"),
        ]
        members["wixRefundId"] = wixRefundId.map(JSON.string)
        members["reasonCode"] = reasonCode.map { .integer(Int64($0)) }
        return .object(members)
    }
}
