import GRDB
import Payments
import Testing
import WixPayments

@testable import Store

@Suite("Retention")
struct RetentionTests {
    let folder: TemporaryFolder
    let store: Store
    let policy = RetentionPolicy(deliveredEventsDays: 30, operationsDays: 540)

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    /// Marks all events as delivered, `day` days after `Sample.now`.
    private func deliverAll(day: Int64 = 0) async throws {
        try await store.write { db in
            try db.execute(
                sql: "UPDATE events SET state = 'delivered', done_at = ? WHERE done_at IS NULL",
                arguments: [Sample.now + day * Sample.day])
            try db.execute(
                sql: """
                    INSERT INTO attempts (event_id, at, stage, milliseconds) \
                    SELECT id, 1, 'submit', 1 FROM events WHERE id NOT IN (SELECT event_id FROM attempts)
                    """)
        }
    }

    private func retire(day: Int64) async throws -> Retired {
        try await store.retire(policy, now: Sample.now + day * Sample.day)
    }

    @Test("A delivered event and its attempts go after their days, not before, and the store stays sound")
    func events() async throws {
        for number in 0..<250 { try await store.make("p\(number)", Sample.approved) }
        try await deliverAll()
        try await store.make("open", Sample.approved)
        #expect(try await retire(day: 30).events == 0)
        #expect(try await retire(day: 31).events == 250)
        let statistics = try StoreInspector(path: folder.store).statistics()
        #expect(statistics.events == ["queued": 1])
        #expect(statistics.attempts == 0)
        #expect(try StoreInspector(path: folder.store).check().isSound)
    }

    @Test("An old payment is shrunk to what its repeats need; its refunds get 3033")
    func payments() async throws {
        let details = ApprovalDetails(cardDetails: CardDetails(bin: "411111", lastFour: "1111"))
        try await store.make("a", .approved(details))
        try await store.make("b", .declined(Failure(.insufficientFunds, errorCode: "E", errorMessage: "text")))
        let refund = try await store.claimRefund(Sample.refund("r", of: "a", 100))
        _ = try await store.settle(refund, .succeeded, requestID: nil, now: Sample.now)
        try await deliverAll()
        #expect(try await retire(day: 540).payments == 0)
        #expect(try await retire(day: 541).payments == 2)
        let record = try store.record("a")
        #expect(record.retiredAt != nil)
        #expect(record.payment.state == .approved)
        #expect(record.payment.details.isEmpty)
        #expect(record.payment.amount == Sample.money(1_000))
        #expect(record.payment.refunded == 100)
        guard case .declined(let failure) = try store.record("b").payment.state else {
            throw Unexpected("not declined")
        }
        #expect(failure.code == .insufficientFunds)
        #expect(failure.errorMessage == nil)
        guard case .refused(let refused, _) = try await store.claim(Sample.refund("s", of: "a", 1), now: Sample.now),
            case .failed(let reason) = refused.refund.state
        else { throw Unexpected("not refused") }
        #expect(reason.code == .refundTimeLimitExceeded)
        #expect(try StoreInspector(path: folder.store).statistics().refunds == ["failed": 1])
        #expect(try StoreInspector(path: folder.store).check().isSound)
    }

    @Test("What is not final, runs, waits for Wix, or has changed since stays as it is")
    func kept() async throws {
        try await store.make("authorized", Sample.authorized)
        try await store.make("pending", Sample.pending)
        _ = try await store.claimNew(Sample.payment("claimed"))
        try await store.make("refunding", Sample.approved)
        _ = try await store.claimRefund(Sample.refund("r", of: "refunding", 1))
        try await store.make("conflict", Sample.declined)
        _ = try await store.report(
            Sample.outcome(Sample.approved, .lookup), payment: try store.record("conflict").id, now: Sample.now)
        try await store.make("refunded-lately", Sample.approved)
        let refund = try await store.claimRefund(Sample.refund("s", of: "refunded-lately", 1))
        _ = try await store.settle(refund, .succeeded, requestID: nil, now: Sample.now + 10 * Sample.day)
        try await deliverAll()
        try await store.make("not-delivered", Sample.approved)
        try await store.make("old", Sample.approved)
        try await store.write { db in
            try db.execute(sql: "UPDATE events SET state = 'discarded', done_at = 1 WHERE wix_transaction_id = 'old'")
        }
        #expect(try await retire(day: 541).payments == 1)
        #expect(try store.record("old").retiredAt != nil)
        #expect(try await retire(day: 541).payments == 0)
    }

    @Test("Remembered notifications and refunds of unknown payments go too")
    func rest() async throws {
        for number in 0..<120 {
            try await store.write { db in
                try db.execute(
                    sql: "INSERT INTO notifications (webhook_id, at) VALUES (?, ?)",
                    arguments: ["w\(number)", Sample.now + Int64(number / 110) * 100 * Sample.day])
            }
        }
        _ = try await store.claim(Sample.refund("r", of: "unknown", 1), now: Sample.now)
        try await deliverAll()
        #expect(try await retire(day: 31).notifications == 110)
        _ = try await retire(day: 541)
        #expect(try StoreInspector(path: folder.store).statistics().refunds.isEmpty)
        #expect(try store.refund(wixRefundId: "r", pluginRefundId: Sample.derived("refund:r")) == nil)
    }
}
