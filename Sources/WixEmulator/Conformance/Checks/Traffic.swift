// Ordinary traffic for the checks at the end: they look at all that came of it, and at all that the other checks made.

import Synchronization

extension Probe {
    /// Makes one payment and one refund, if it has not been done yet, and waits for their events.
    func makeTraffic() async throws {
        let isMade = session.state.withLock { state in
            defer { state.isTrafficMade = true }
            return state.isTrafficMade
        }
        guard !isMade, session.approval != .never else { return }
        do {
            let payment = try await approved()
            if session.wix != nil { _ = try await event(of: payment.id) { $0.kind == .transaction } }
            if plan.lacks(.refunds) { return }
            _ = try await refundOfNothing()
            _ = try await refunded(payment, payment.amount)
            if session.wix != nil { _ = try await event(of: payment.id) { $0.kind == .refund } }
        } catch is Finding {
            // What there is will do.
        }
    }

    /// The events of all ordinary payments, oldest first.
    func ordinaryEvents() async throws -> [SeenEvent] {
        let ids = Set(session.calls.filter { $0.endpoint == .createTransaction }.map(\.wixTransactionId))
        return try await wix().events(since: session.eventsSeenBefore).filter {
            $0.wixTransactionId.map(ids.contains) ?? false
        }
    }

    /// The same, by payment; at least one.
    func trafficEvents() async throws -> [(id: String, events: [SeenEvent])] {
        try await makeTraffic()
        let all = try await ordinaryEvents()
        if all.isEmpty { throw Finding.skipped("no event of this run has come") }
        return Dictionary(grouping: all) { $0.wixTransactionId ?? "" }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }
}
