// A store of its own, payments in it, and a courier at work on it.

import Foundation
import GRDB
import Payments
import Processors
import Store
import Synchronization
import WixPayments

@testable import Courier

/// A clock that a test can set and stop.
final class TestClock: Sendable {
    private let offset = Mutex<Int64>(0)
    private let stoppedAt = Mutex<Int64?>(nil)

    /// Milliseconds since 1970.
    @Sendable func now() -> Int64 { stoppedAt.withLock(\.self) ?? running() }

    /// From now on nothing falls due any more.
    func stop() { stoppedAt.withLock { $0 = $0 ?? running() } }

    private func running() -> Int64 { offset.withLock { Int64(Date().timeIntervalSince1970 * 1_000) + $0 } }

    func jump(milliseconds: Int64) { offset.withLock { $0 += milliseconds } }
}

/// One store in a folder of its own, gone with it.
final class Fixture: Sendable {
    let store: Store
    let clock = TestClock()
    let processor: any PaymentProcessor
    /// What the couriers logged.
    let lines = Lines()
    private let folder: String

    init(processor: any PaymentProcessor = ScriptedProcessor()) throws {
        folder = NSTemporaryDirectory() + "pspd-courier-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try Store(path: "\(folder)/pspd.db")
        self.processor = processor
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Payments

    static func payment(_ id: String, authorizeOnly: Bool = false) -> Payment {
        let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let pluginID = String(hash, radix: 16) + String(repeating: "0", count: 32)
        return Payment(
            wixTransactionId: id, pluginTransactionId: String(pluginID.prefix(32)), wixMerchantId: "merchant",
            mode: .sandbox, amount: Money(minorUnits: 1_000, currency: Currency("EUR")!), authorizeOnly: authorizeOnly)
    }

    /// Claims a payment, as a worker of this process.
    func claim(_ id: String, authorizeOnly: Bool = false) async throws -> Claim {
        guard
            case .claimed(let claim, _) = try await store.claim(
                NewPayment(Self.payment(id, authorizeOnly: authorizeOnly)), now: clock.now())
        else { throw FixtureError() }
        return claim
    }

    /// Stores a payment with an outcome; its event, if any.
    @discardableResult
    func settle(_ id: String, _ outcome: PaymentOutcome) async throws -> Int64? {
        try await settle(try await claim(id), outcome)
    }

    @discardableResult
    func settle(_ claim: Claim, _ outcome: PaymentOutcome) async throws -> Int64? {
        let new = NewOutcome(PaymentReport(outcome), source: .answer, redirectExpiryMilliseconds: 60_000)
        return try await store.settle(claim, new, now: clock.now()).event
    }

    /// What was learned later of a payment.
    @discardableResult
    func report(_ claim: Claim, _ outcome: PaymentOutcome) async throws -> Int64? {
        let new = NewOutcome(PaymentReport(outcome), source: .notification, redirectExpiryMilliseconds: 60_000)
        return try await store.report(new, payment: claim.operation, now: clock.now()).event
    }

    /// Makes what is stored by now due, whatever its not-before.
    func passNotBefore() { clock.jump(milliseconds: 1_000) }

    /// An approved payment that waits to be told to Wix.
    @discardableResult
    func approved(_ id: String) async throws -> Int64 {
        guard let event = try await settle(id, .approved(ApprovalDetails())) else { throw FixtureError() }
        return event
    }

    struct FixtureError: Error {}

    // MARK: The courier

    /// Settings with short times.
    static func settings(_ url: String, change: (inout CourierSettings) -> Void = { _ in }) -> CourierSettings {
        var settings = CourierSettings(
            appID: "app", appSecret: Secret("app-secret"), apiBaseURL: url, caFile: TestCertificates.authority,
            userAgent: "pspd-tests/1.0.0", concurrency: 32, requestTimeoutSeconds: 30,
            retryScheduleSeconds: [0.05, 0.1, 0.2], giveUpAfterHours: 96, alertAfterMinutes: 60,
            redirectExpiryMinutes: 1, retention: RetentionPolicy(deliveredEventsDays: 30, operationsDays: 540))
        change(&settings)
        return settings
    }

    func courier(_ settings: CourierSettings) -> Courier {
        Courier(
            settings: settings, store: store, processor: processor,
            logger: lines.logger, clock: clock.now)
    }

    // MARK: Trouble

    /// From now on the store refuses updates of operations: all, or those of `column`.
    func refuseOperations(column: String? = nil) throws {
        let what = column.map { "UPDATE OF \($0)" } ?? "UPDATE"
        try foreign(
            "CREATE TRIGGER refusal BEFORE \(what) ON operations BEGIN SELECT RAISE(ABORT, 'refused by the test'); END")
    }

    func refuseNothing() throws { try foreign("DROP TRIGGER refusal") }

    /// As another program with the file open.
    private func foreign(_ sql: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        try DatabaseQueue(path: store.path, configuration: configuration).write { try $0.execute(sql: sql) }
    }

    /// Runs a courier for as long as `body` runs.
    func withCourier<T: Sendable>(
        _ settings: CourierSettings, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        let courier = courier(settings)
        let running = Task { try await courier.run() }
        do {
            let result = try await body()
            running.cancel()
            try await running.value
            return result
        } catch {
            running.cancel()
            _ = try? await running.value
            throw error
        }
    }

    // MARK: Waiting

    func state(_ event: Int64) throws -> EventState? { try store.event(id: event)?.event.state }

    func attempts(_ event: Int64) throws -> [Attempt] { try store.event(id: event)?.attempts ?? [] }

    /// Waits until `isTrue`; the test's time limit ends the wait. What happens in the store is seen by asking.
    func until(_ isTrue: () async throws -> Bool) async throws {
        while try await !isTrue() { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Waits until an event has been tried so often.
    func attempted(_ event: Int64, times: Int = 1) async throws -> [Attempt] {
        try await until { try attempts(event).count >= times }
        return try attempts(event)
    }

    func delivered(_ events: [Int64]) async throws {
        for event in events { try await until { try state(event) == .delivered } }
    }
}
