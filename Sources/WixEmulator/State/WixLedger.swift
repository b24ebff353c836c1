// The payments that the emulator knows, oldest forgotten first, so that memory stays bounded
// however long it runs. A value; the emulator guards it.

/// All payments, by `wixTransactionId`.
struct WixLedger: Sendable {
    /// Payments kept; a fifth more may stand until the next clean-up.
    static let paymentsKept = 10_000

    private(set) var payments: [String: WixPaymentView] = [:]
    /// Ids in the order they were first seen.
    private(set) var ids: [String] = []
    /// The payment of each `pluginRefundId`.
    private var refundOwners: [String: String] = [:]

    /// A GUID's case says nothing, so payments are known by the lower-case one.
    subscript(id: String) -> WixPaymentView? { payments[id.lowercased()] }

    /// Changes a payment; one that is not known begins here.
    mutating func update<T>(_ id: String, _ change: (inout WixPaymentView) -> T) -> T {
        let key = id.lowercased()
        if payments[key] == nil {
            forgetOldest()
            ids.append(key)
        }
        return change(&payments[key, default: WixPaymentView(wixTransactionId: id)])
    }

    /// An event has come.
    ///
    /// - Returns: why Wix must refuse it; empty when it was taken in.
    mutating func receive(_ event: ReceivedEvent) -> [Problem] {
        let problems = update(event.wixTransactionId) { $0.receive(event) }
        guard problems.isEmpty, case .refund(let refund) = event.kind else { return problems }
        let key = event.wixTransactionId.lowercased()
        let owner = refundOwners[refund.pluginRefundId, default: key]
        refundOwners[refund.pluginRefundId] = owner
        if owner != key { payments[key]?.reuse(refund.pluginRefundId, of: owner) }
        return problems
    }

    /// An event of a payment was refused. One that is not known stays so.
    mutating func refuse(_ problems: [Problem], of id: String?) {
        guard let key = id?.lowercased() else { return }
        payments[key]?.refuse(problems)
    }

    private mutating func forgetOldest() {
        guard ids.count >= Self.paymentsKept * 6 / 5 else { return }
        let surplus = ids.count - Self.paymentsKept
        for id in ids.prefix(surplus) { payments[id] = nil }
        ids.removeFirst(surplus)
        refundOwners = refundOwners.filter { payments[$0.value] != nil }
    }
}
