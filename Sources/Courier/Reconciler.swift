// Finds out what became of what nobody holds any more (design rules 8 and 9): claims of dead workers and outcomes that
// a live one could not learn, payments that stay open, redirects that were left. Every settle is conditional, so a
// worker, a repeat and this sweep can race as they like.

internal import Logging
internal import Payments
internal import Processors
internal import Store
internal import WixPayments

final class Reconciler: Sendable {
    let courier: Courier
    /// Sends events that a settlement stored.
    private let release: @Sendable ([Int64]) -> Void

    /// Processor calls that a sweep makes at once.
    private static let callsMax = 16

    init(courier: Courier, release: @escaping @Sendable ([Int64]) -> Void) {
        self.courier = courier
        self.release = release
    }

    var store: Store { courier.store }
    var processor: any PaymentProcessor { courier.processor }
    var now: Int64 { courier.clock() }

    /// One round over everything that is due.
    func sweep() async {
        do throws(StoreError) {
            let orphans = try await store.handOverDeadClaims(now: now)
            if orphans > 0 { courier.logger.warning("claims of dead processes", metadata: ["count": "\(orphans)"]) }
            await sideBySide(try store.dueLookups(now: now)) { try await self.settle($0) }
            await sideBySide(try store.dueExpiries(now: now)) { try await self.expire($0) }
            await sideBySide(try store.dueChecks(now: now)) { try await self.check($0) }
        } catch {
            courier.logger.error("the reconciler cannot use the store", metadata: ["error": "\(error)"])
        }
    }

    /// Runs `body` for each item, some at once; an error costs only its item, which is due again in the next sweep.
    private func sideBySide<Item: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            for lane in 0..<min(Self.callsMax, items.count) {
                group.addTask {
                    for index in stride(from: lane, to: items.count, by: Self.callsMax) {
                        do {
                            try await body(items[index])
                        } catch {
                            self.courier.logger.error("reconciling failed", metadata: ["error": "\(error)"])
                        }
                    }
                }
            }
        }
    }

    func outcome(_ report: PaymentReport, _ source: OutcomeSource) -> NewOutcome {
        NewOutcome(
            report, source: source,
            redirectExpiryMilliseconds: Int64(courier.settings.redirectExpiryMinutes) * 60_000)
    }

    /// Sends what a settlement stored, and tells of what it could not settle.
    func note(_ settlement: Settlement, _ how: String) {
        let id = settlement.record.payment.wixTransactionId
        switch settlement {
        case .settled(let record, let event):
            courier.logger.info(
                "payment settled by the reconciler",
                metadata: ["payment": "\(id)", "state": "\(record.payment.state.name)", "by": "\(how)"])
            if let event { release([event]) }
        case .conflict:
            courier.logger.error("outcome contradicts what Wix was told", metadata: ["payment": "\(id)"])
        case .unchanged, .lateRedirect, .superseded: break
        }
    }

    func send(_ event: Int64?) {
        if let event { release([event]) }
    }
}
