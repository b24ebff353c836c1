// A busy store that keeps book of what it was answered: whatever was answered has to be there after any failure.

import Payments
import Store
import Synchronization
import WixPayments

/// What somebody was answered, so what must not be lost.
struct Ledger: Sendable {
    var claimed: Set<String> = []
    var states: [String: String] = [:]
    var refunds: [String: String] = [:]
    /// The errors of calls that failed.
    var errors: [StoreError] = []
}

final class Workload: Sendable {
    let ledger = Mutex(Ledger())

    /// Runs payments side by side, each with a refund or a capture, until they are done or the store fails. `round`
    /// makes their ids new.
    func run(_ store: Store, round: Int, lanes: Int = 4, payments: Int = 3) async {
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    for number in 0..<payments {
                        await self.keeping { try await self.pay(store, "p\(round)-\(lane)-\(number)", number) }
                    }
                }
            }
        }
    }

    private func pay(_ store: Store, _ id: String, _ number: Int) async throws {
        let claim = try await store.claimNew(Sample.payment(id))
        _ = ledger.withLock { $0.claimed.insert(id) }
        switch number % 3 {
        case 0:
            try await settle(store, id, claim, Sample.approved)
            let refund = try await store.claimRefund(Sample.refund("r-" + id, of: id, 100))
            ledger.withLock { $0.refunds["r-" + id] = "claimed" }
            let settled = try await store.settle(refund, .succeeded, requestID: nil, now: Sample.now)
            ledger.withLock { $0.refunds["r-" + id] = settled.record.refund.state.name }
        case 1:
            try await settle(store, id, claim, Sample.authorized)
            let capture = try await store.claimAction(Sample.action(.capture, of: id))
            ledger.withLock { $0.states[id] = "capturing" }
            _ = try await store.settle(capture, .capture, .succeeded, requestID: nil, now: Sample.now)
            ledger.withLock { $0.states[id] = "captured" }
        default: try await settle(store, id, claim, Sample.declined)
        }
    }

    private func settle(_ store: Store, _ id: String, _ claim: Claim, _ outcome: PaymentOutcome) async throws {
        let settled = try await store.settle(claim, Sample.outcome(outcome), now: Sample.now)
        ledger.withLock { $0.states[id] = settled.record.payment.state.name }
    }

    func checkpoint(_ store: Store) async {
        await keeping {
            guard let turn = try store.takeCourierTurn() else { return }
            defer { turn.end() }
            try await store.checkpoint()
        }
    }

    func keeping(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch let error as StoreError {
            ledger.withLock { $0.errors.append(error) }
        } catch {
            // A payment whose claim failed may be known all the same: the failure came after its commit was on disk.
        }
    }

    /// What was answered and is not there; empty as it should be.
    func missing(in store: Store) throws -> [String] {
        let ledger = ledger.withLock { $0 }
        var missing: [String] = []
        for id in ledger.claimed where try store.state(id) == nil { missing.append("claim of \(id)") }
        for (id, state) in ledger.states {
            let stored = try store.state(id)
            if !Self.follows(stored, state) { missing.append("\(id): \(state), but \(stored ?? "nothing") is stored") }
        }
        for (id, state) in ledger.refunds {
            let stored = try store.refund(wixRefundId: id, pluginRefundId: Sample.derived("refund:" + id))
            let name = stored?.1.refund.state.name
            if !Self.follows(name, state) { missing.append("\(id): \(state), but \(name ?? "nothing") is stored") }
        }
        return missing
    }

    /// What was answered, or what comes after it.
    private static func follows(_ stored: String?, _ answered: String) -> Bool {
        guard let stored else { return false }
        let later = ["authorized": ["capturing", "captured"], "capturing": ["captured"], "claimed": ["succeeded"]]
        return stored == answered || later[answered, default: []].contains(stored)
    }
}
