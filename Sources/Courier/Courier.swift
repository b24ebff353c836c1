// The helper process that settles accounts with Wix: it delivers events, and finds out what became of claims and open
// payments that nobody holds any more. One works at a time; a second one waits for its turn.

public import Logging
public import Metrics
public import Processors
public import Store

/// The courier.
public final class Courier: Sendable {
    let settings: CourierSettings
    let store: Store
    let processor: any PaymentProcessor
    let logger: Logger
    let metrics: Metrics
    let clock: @Sendable () -> Int64
    let health: CourierHealth

    /// How often the store is asked what is due, in milliseconds; workers' wake-ups come in between.
    private static let tickMilliseconds = 250
    /// How often the WAL is brought back into the file, in milliseconds.
    private static let checkpointMilliseconds = 1_000
    /// How often the courier's status is looked at, in milliseconds.
    private static let statusMilliseconds = 1_000
    /// How often overdue payments are looked for, in milliseconds.
    private static let overdueMilliseconds = 30_000
    /// How often old work is looked for that may go, in milliseconds.
    private static let retentionMilliseconds = 3_600_000
    /// How long a second courier waits between two looks whether the first one has ended, in milliseconds.
    private static let turnMilliseconds = 200

    /// Creates the courier.
    ///
    /// - Parameter clock: milliseconds since 1970.
    public init(
        settings: CourierSettings, store: Store, processor: any PaymentProcessor, logger: Logger,
        metrics: Metrics = .unshared(), clock: @escaping @Sendable () -> Int64
    ) {
        self.settings = settings
        self.store = store
        self.processor = CountedProcessor(processor, metrics)
        self.logger = logger
        self.metrics = metrics
        self.clock = clock
        health = CourierHealth(now: clock(), logger: logger)
    }

    /// Works until its task is canceled; deliveries that are under way are finished first.
    ///
    /// Throws when it cannot start, and when the store can no longer be trusted (design, The store).
    public func run() async throws {
        guard let turn = try await waitForTurn() else { return }
        defer { turn.end() }
        let client = try WixClient(settings)
        let dispatcher = Dispatcher(courier: self, client: client, last: try store.courierStatus())
        let reconciler = Reconciler(courier: self, release: { dispatcher.signal(.released($0)) })
        logger.info("courier started")
        let ending: (any Error)?
        do {
            try await work(dispatcher, reconciler, listen())
            ending = nil
        } catch {
            ending = error
        }
        try await client.shutdown()
        if let ending { throw ending }
        logger.info("courier stopped")
    }

    private func work(_ dispatcher: Dispatcher, _ reconciler: Reconciler, _ listener: WakeListener?) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await dispatcher.run() }
            group.addTask { await reconciler.run() }
            if let listener {
                group.addTask { for await signal in listener.signals { dispatcher.signal(signal) } }
            }
            group.addTask { await Self.every(Self.tickMilliseconds) { dispatcher.signal(.tick) } }
            group.addTask { await Self.every(Self.checkpointMilliseconds) { await self.checkpoint() } }
            group.addTask { await Self.every(Self.overdueMilliseconds) { self.lookForOverdue() } }
            group.addTask { await Self.every(Self.retentionMilliseconds) { await self.retire() } }
            group.addTask { try await Self.every(Self.statusMilliseconds) { try await self.keepStatus() } }
        }
    }

    private func waitForTurn() async throws -> CourierTurn? {
        var told = false
        while !Task.isCancelled {
            if let turn = try store.takeCourierTurn() { return turn }
            if !told { logger.notice("another courier is running; waiting for it to stop") }
            told = true
            try? await Task.sleep(for: .milliseconds(Self.turnMilliseconds))
        }
        return nil
    }

    private func listen() -> WakeListener? {
        do throws(WakeError) {
            return try WakeListener(store: store.path)
        } catch {
            logger.error(
                "workers cannot wake the courier; events leave a second later", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    static func every(_ milliseconds: Int, _ body: () async throws -> Void) async rethrows {
        while !Task.isCancelled {
            try await body()
            try? await Task.sleep(for: .milliseconds(milliseconds))
        }
    }

    private func checkpoint() async {
        do throws(StoreError) {
            try await store.checkpoint()
        } catch {
            logger.error("checkpoint failed", metadata: ["error": "\(error)"])
        }
    }

    private func retire() async {
        do throws(StoreError) {
            let retired = try await store.retire(settings.retention, now: clock())
            guard retired.events + retired.payments > 0 else { return }
            logger.info(
                "old records removed", metadata: ["events": "\(retired.events)", "payments": "\(retired.payments)"])
        } catch {
            logger.error("old records could not be removed", metadata: ["error": "\(error)"])
        }
    }

    private func keepStatus() async throws {
        if let error = store.untrusted { throw error }
        guard let status = health.news(now: clock()) else { return }
        do throws(StoreError) {
            try await store.keep(status)
        } catch {
            logger.error("the courier's status could not be stored", metadata: ["error": "\(error)"])
        }
    }

    /// Payments whose age is counted at most, and named.
    private static let overdueCountMax = 100_000
    private static let overdueExamplesMax = 10

    private func lookForOverdue() {
        let madeBefore = clock() - Int64(settings.alertAfterMinutes * 60_000)
        do throws(StoreError) {
            health.overdue(
                try store.overduePayments(
                    madeBefore: madeBefore, countMax: Self.overdueCountMax, examplesMax: Self.overdueExamplesMax),
                afterMinutes: settings.alertAfterMinutes)
        } catch {
            logger.error("overdue payments cannot be counted", metadata: ["error": "\(error)"])
        }
    }
}
