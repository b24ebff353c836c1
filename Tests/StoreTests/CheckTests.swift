import GRDB
import Payments
import Testing

@testable import Store

@Suite("store check, backup and stats")
struct CheckTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    /// A store with a bit of everything.
    private func fill() async throws {
        try await store.make("approved", Sample.approved)
        try await store.make("declined", Sample.declined)
        try await store.make("pending", Sample.pending)
        try await store.make("redirected", Sample.redirect)
        try await store.make("authorized", Sample.authorized)
        try await store.make("captured", Sample.authorized)
        let capture = try await store.claimAction(Sample.action(.capture, of: "captured"))
        _ = try await store.settle(capture, .capture, .succeeded, requestID: nil, now: Sample.now)
        try await store.make("voiding", Sample.authorized)
        _ = try await store.claimAction(Sample.action(.void, of: "voiding"))
        let refund = try await store.claimRefund(Sample.refund("refund", of: "approved", 100))
        _ = try await store.settle(refund, .succeeded, requestID: nil, now: Sample.now)
        _ = try await store.claimRefund(Sample.refund("running", of: "captured", 100))
        _ = try await store.claim(Sample.refund("unknown", of: "nothing", 100), now: Sample.now)
        _ = try await store.claimNew(Sample.payment("claimed"))
    }

    private func check() throws -> StoreCheck { try StoreInspector(path: folder.store).check() }

    @Test("A store in use is sound")
    func sound() async throws {
        try await fill()
        #expect(try check() == StoreCheck(damage: [], findings: []))
    }

    /// A rule's name, and what breaks it.
    private static let breaks: [(rule: String, sql: String)] = [
        ("one-operation-per-key", copy("key = 'approved'")),
        ("one-attempt-per-key", copy("kind = 'capture'")),
        ("create-has-payment", "DELETE FROM payments WHERE wix_transaction_id = 'approved'"),
        ("payment-has-create", "DELETE FROM operations WHERE key = 'approved'"),
        ("key-is-found", "UPDATE operations SET key_hash = 7 WHERE key = 'approved'"),
        ("refund-has-operation", "DELETE FROM refunds WHERE wix_refund_id = 'refund'"),
        ("refund-has-operation", "DELETE FROM operations WHERE key = 'refund'"),
        ("claimed-runs", "UPDATE operations SET settled_at = 1, owner = NULL WHERE key = 'claimed'"),
        ("claimed-runs", "UPDATE operations SET settled_at = NULL, owner = 1 WHERE key = 'approved'"),
        ("running-is-watched", "UPDATE operations SET owner = NULL WHERE key = 'claimed'"),
        ("open-is-watched", "UPDATE payments SET check_at = NULL WHERE state = 'pending'"),
        ("open-is-watched", "UPDATE payments SET expires_at = 1 WHERE state = 'approved'"),
        ("refund-runs", "UPDATE refunds SET state = 'claimed' WHERE wix_refund_id = 'refund'"),
        ("refund-sums", "UPDATE payments SET refunded = 101 WHERE wix_transaction_id = 'approved'"),
        ("refund-sums", "UPDATE payments SET refunding = 0 WHERE wix_transaction_id = 'captured'"),
        ("refunds-within-charge", "UPDATE payments SET amount = 99 WHERE wix_transaction_id = 'approved'"),
        ("acting-runs", "UPDATE payments SET state = 'authorized' WHERE wix_transaction_id = 'voiding'"),
        ("acting-runs", "UPDATE operations SET settled_at = 1, owner = NULL WHERE kind = 'void'"),
        ("captured-has-capture", "UPDATE payments SET captured = 999 WHERE wix_transaction_id = 'captured'"),
        ("attempts-are-counted", "UPDATE payments SET attempts = 2 WHERE wix_transaction_id = 'captured'"),
        ("outcome-has-event", "DELETE FROM events WHERE wix_transaction_id = 'declined'"),
        ("pending-has-event", "DELETE FROM events WHERE wix_transaction_id = 'pending'"),
        ("operation-has-event", "DELETE FROM events WHERE kind = 'capture'"),
        ("event-tells-the-outcome", "UPDATE payments SET reason_code = 3012 WHERE wix_transaction_id = 'declined'"),
        ("event-tells-the-outcome", "UPDATE refunds SET amount = 99 WHERE wix_refund_id = 'refund'"),
        ("open-event-waits", "UPDATE events SET done_at = 1 WHERE id = 1"),
        ("delivered-has-attempt", "UPDATE events SET state = 'delivered', done_at = 1 WHERE id = 1"),
        ("attempt-has-event", "INSERT INTO attempts (event_id, at, stage, milliseconds) VALUES (999, 1, 'token', 1)"),
    ]

    /// The same operation once more.
    private static func copy(_ condition: String) -> String {
        let columns = """
            kind, key, key_hash, payment_id, amount, generation, owner, claimed_at, settled_at, lookup_at, lookups, \
            not_found_at, reason_code, error_code, error_message
            """
        return "INSERT INTO operations SELECT 99, \(columns) FROM operations WHERE \(condition)"
    }

    @Test("Each broken rule is found", arguments: breaks)
    func finds(_ rule: String, _ sql: String) async throws {
        try await fill()
        try await store.write { try $0.execute(sql: sql) }
        let check = try check()
        #expect(check.findings.map(\.rule).contains(rule), "\(check)")
        #expect(check.findings.allSatisfy { $0.count > 0 && !$0.examples.isEmpty })
    }

    @Test("Every rule has a test that breaks it")
    func complete() {
        #expect(Set(CheckRule.all.map(\.name)) == Set(Self.breaks.map(\.rule)))
    }

    @Test("Damage inside the file is found and told, and no rule is looked at")
    func damage() async throws {
        try await fill()
        let page = try store.read { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'payments'")
        }
        store.close()
        var bytes = try folder.read("pspd.db")
        let start = (try #require(page) - 1) * 4_096
        for index in start..<start + 100 { bytes[index] = 0xFF }
        try folder.write(bytes, to: "pspd.db")
        let check = try check()
        #expect(!check.damage.isEmpty)
        #expect(check.findings.isEmpty)
    }

    @Test("A backup is whole, opens as a store, and is for its owner alone")
    func backup() async throws {
        try await fill()
        let target = folder.file("backup.db")
        let inspector = try StoreInspector(path: folder.store)
        let backup = try inspector.backUp(to: target)
        #expect(backup.bytes == Int64(try folder.read("backup.db").count))
        #expect(!folder.exists("backup.db.partial"))
        #expect(!folder.exists("backup.db-wal"))
        #expect(try StoreInspector(path: target).check().isSound)
        #expect(throws: StoreError.self) { try inspector.backUp(to: target) }
        let restored = try Store(path: target)
        #expect(try restored.state("captured") == "captured")
        // Its claims are those of processes that are dead.
        #expect(try await restored.handOverDeadClaims(now: Sample.now) == 3)
    }

    @Test("A backup while the store is written to is whole")
    func backupOnline() async throws {
        let inspector = try StoreInspector(path: folder.store)
        async let written = Writers.claimAll(store: store)
        for number in 0..<5 {
            let target = folder.file("backup\(number).db")
            _ = try inspector.backUp(to: target)
            #expect(try StoreInspector(path: target).check().isSound)
        }
        _ = try await written
    }

    @Test("A store that is not there is told, not made", arguments: ["nothing.db", "no/nothing.db"])
    func missing(_ name: String) {
        #expect(throws: StoreError.self) { try StoreInspector(path: folder.file(name)) }
        #expect(!folder.exists(name))
    }

    @Test("Statistics count what is there, and who lives")
    func statistics() async throws {
        try await fill()
        let statistics = try StoreInspector(path: folder.store).statistics()
        #expect(statistics.payments["approved"] == 1)
        #expect(statistics.refunds == ["claimed": 1, "failed": 1, "succeeded": 1])
        #expect(statistics.running == 3)
        #expect(statistics.handedOver == 0)
        #expect(statistics.fileBytes > 0)
        #expect(statistics.diskFreeBytes > 0)
        store.close()
        #expect(try StoreInspector(path: folder.store).statistics().handedOver == 3)
    }
}
