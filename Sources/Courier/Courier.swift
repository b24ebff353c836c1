// The helper process that settles accounts with Wix: it delivers events, and finds out what became of claims and open
// payments that nobody holds any more. One works at a time; a second one waits for its turn.

internal import Foundation
public import Logging
public import Processors
public import Store

/// The courier.
public final class Courier: Sendable {
    let settings: CourierSettings
    let store: Store
    let processor: any PaymentProcessor
    let logger: Logger
    let clock: @Sendable () -> Int64

    /// How often the store is asked what is due, in milliseconds; workers' pokes come in between.
    private static let tickMilliseconds = 250
    /// How often dead claims are looked for, in milliseconds (design rule 8: within a second).
    private static let sweepMilliseconds = 500
    /// How often the WAL is brought back into the file, in milliseconds.
    private static let checkpointMilliseconds = 1_000
    /// How long a second courier waits between two looks whether the first one has ended, in milliseconds.
    private static let turnMilliseconds = 200

    /// Creates the courier.
    ///
    /// - Parameter clock: milliseconds since 1970.
    public init(
        settings: CourierSettings, store: Store, processor: any PaymentProcessor, logger: Logger,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.settings = settings
        self.store = store
        self.processor = processor
        self.logger = logger
        self.clock = clock
    }

    /// Works until its task is canceled; deliveries that are under way are finished first.
    public func run() async throws {
        guard let turn = try await waitForTurn() else { return }
        defer { turn.end() }
        let listener = try PokeListener(store: store.path)
        let client = try WixClient(settings)
        let dispatcher = Dispatcher(courier: self, client: client)
        let reconciler = Reconciler(courier: self, release: { dispatcher.signal(.released($0)) })
        logger.info("courier works")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await dispatcher.run() }
            group.addTask { for await ids in listener.events { dispatcher.signal(.released(ids)) } }
            group.addTask { await self.every(Self.tickMilliseconds) { dispatcher.signal(.tick) } }
            group.addTask { await self.every(Self.sweepMilliseconds) { await reconciler.sweep() } }
            group.addTask { await self.every(Self.checkpointMilliseconds) { await self.checkpoint() } }
            // All of them end with this task's cancellation.
            await group.waitForAll()
        }
        try await client.shutdown()
        logger.info("courier ends")
    }

    private func waitForTurn() async throws -> CourierTurn? {
        var told = false
        while !Task.isCancelled {
            if let turn = try store.takeCourierTurn() { return turn }
            if !told { logger.notice("another courier works; waiting for its end") }
            told = true
            try? await Task.sleep(for: .milliseconds(Self.turnMilliseconds))
        }
        return nil
    }

    private func every(_ milliseconds: Int, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
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
}
