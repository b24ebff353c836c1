// Finds out what became of what nobody holds any more (design rules 8 and 9): claims of dead workers and outcomes that
// a live one could not learn, payments that stay open, redirects that were left. Every settle is conditional, so a
// worker, a repeat and this can race as they like.

import Logging
import Payments
import Processors
import Store
import WixPayments

final class Reconciler: Sendable {
    let courier: Courier
    /// Sends events that a settlement stored.
    private let release: @Sendable ([Int64]) -> Void

    /// How often the store is asked what is due, in milliseconds (design rule 8: within a second).
    private static let sweepMilliseconds = 500
    /// Processor calls of one kind that are made at once.
    private static let callsMax = 16

    init(courier: Courier, release: @escaping @Sendable ([Int64]) -> Void) {
        self.courier = courier
        self.release = release
    }

    var store: Store { courier.store }
    var processor: any PaymentProcessor { courier.processor }
    var now: Int64 { courier.clock() }

    /// Works until its task is canceled. Each kind of work has its own lane: a processor that takes its time for one
    /// does not keep the others, or the search for dead workers, from going on.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await Courier.every(Self.sweepMilliseconds) { await self.handOverDeadClaims() } }
            group.addTask {
                await self.lane({ () throws(StoreError) in try self.store.dueLookups(now: self.now) }, \.id) {
                    await self.settle($0)
                }
            }
            group.addTask {
                await self.lane({ () throws(StoreError) in try self.store.dueExpiries(now: self.now) }, \.id) {
                    await self.expire($0)
                }
            }
            group.addTask {
                await self.lane({ () throws(StoreError) in try self.store.dueChecks(now: self.now) }, \.id) {
                    await self.check($0)
                }
            }
        }
    }

    private func handOverDeadClaims() async {
        let count = await withStore { () async throws(StoreError) in
            try await self.store.handOverDeadClaims(now: self.now)
        }
        guard let count, count > 0 else { return }
        courier.logger.warning("took over the claims of dead processes", metadata: ["count": "\(count)"])
    }

    // MARK: Lanes

    private enum LaneSignal: Sendable {
        case tick
        case done(Int64)
    }

    /// Takes what is due again and again, some at once, none twice at once.
    private func lane<Item: Sendable>(
        _ due: @escaping @Sendable () throws(StoreError) -> [Item], _ id: @escaping @Sendable (Item) -> Int64,
        _ body: @escaping @Sendable (Item) async -> Void
    ) async {
        let (signals, continuation) = AsyncStream.makeStream(of: LaneSignal.self)
        var waiting: ArraySlice<Item> = []
        var busy: Set<Int64> = []
        await withDiscardingTaskGroup { group in
            group.addTask { await Courier.every(Self.sweepMilliseconds) { continuation.yield(.tick) } }
            for await signal in signals {
                if case .done(let id) = signal { busy.remove(id) }
                if case .tick = signal, waiting.isEmpty { waiting = (await withStore(due) ?? [])[...] }
                while busy.count < Self.callsMax, let item = waiting.popFirst() {
                    guard busy.insert(id(item)).inserted else { continue }
                    group.addTask {
                        await body(item)
                        continuation.yield(.done(id(item)))
                    }
                }
            }
        }
    }

    // MARK: What all of them need

    func outcome(_ report: PaymentReport, _ source: OutcomeSource) -> NewOutcome {
        NewOutcome(
            report, source: source,
            redirectExpiryMilliseconds: courier.settings.redirectExpiryMilliseconds)
    }

    /// Sends what a settlement stored, and tells of what it could not settle.
    func note(_ settlement: Settlement, _ how: String) {
        let id = settlement.record.payment.wixTransactionId
        switch settlement {
        case .settled(let record, let event):
            courier.logger.info(
                "payment settled by the reconciler",
                metadata: ["payment": "\(id)", "state": "\(record.payment.state.name)", "by": "\(how)"])
            send(event)
        case .conflict:
            courier.logger.error("outcome contradicts what Wix was told", metadata: ["payment": "\(id)"])
        case .unchanged, .lateRedirect, .superseded: break
        }
    }

    func send(_ event: Int64?) {
        if let event { release([event]) }
    }

    /// Cancels a page that nobody will see.
    func cancelLateRedirect(_ record: PaymentRecord) async throws(OutcomeUnknown) -> PaymentReport {
        let canceled = try await processor.cancel(ProcessorPayment(record.payment, state: record.processorState))
        guard let report = canceled.afterLateRedirect(of: record.payment) else {
            throw OutcomeUnknown("the cancel was not confirmed")
        }
        return report
    }

    /// Uses the store; an error is logged here. What nobody holds is due again in the next sweep.
    @discardableResult
    func withStore<T>(_ body: () async throws(StoreError) -> T) async -> T? {
        do throws(StoreError) {
            return try await body()
        } catch {
            courier.logger.error("the reconciler cannot use the store", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
