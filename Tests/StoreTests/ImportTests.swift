import Payments
import Testing
import WixPayments

@testable import Store

@Suite("Imports")
struct ImportTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    private func imported(
        _ id: String, plugin: String, state: PaymentState = .approved, amount: Int64 = 1_000, refunded: Int64 = 0
    ) throws -> ImportedPayment {
        let payment = Payment(
            wixTransactionId: id, pluginTransactionId: plugin, wixMerchantId: Sample.merchant, mode: .live,
            amount: Sample.money(amount), authorizeOnly: false, state: state, refunded: refunded)
        return try #require(
            ImportedPayment(payment, derivedTransactionId: Sample.derived(id), createdAt: Sample.now - 1))
    }

    @Test("An imported payment keeps the other system's id: calls that name it find it")
    func foreignIDs() async throws {
        // One looks like an id of pspd's own.
        for plugin in ["their-id-1", String(repeating: "ab", count: 16)] {
            let id = "wix-" + plugin
            let result = try await store.importPayments(
                [try imported(id, plugin: plugin, refunded: 300)], now: Sample.now)
            #expect(result == [.imported])
            #expect(try store.record(id).payment.pluginTransactionId == plugin)
            #expect(try store.payment(pluginTransactionId: plugin)?.1.payment.wixTransactionId == id)
            var refund = Sample.refund("r-" + plugin, of: id, nil)
            refund.namedTransactionId = plugin
            guard case .claimed(let claim, let record, let payment) = try await store.claim(refund, now: Sample.now)
            else { throw Unexpected("not claimed") }
            #expect(record.refund.amount == 700)
            #expect(payment.payment.pluginTransactionId == plugin)
            _ = try await store.settle(claim, .succeeded, requestID: nil, now: Sample.now)
        }
        #expect(try StoreInspector(path: folder.store).check().isSound)
    }

    @Test("An imported authorization can be captured")
    func capture() async throws {
        _ = try await store.importPayments([try imported("a", plugin: "theirs", state: .authorized)], now: Sample.now)
        var action = Sample.action(.capture, of: "a")
        action.namedTransactionId = "theirs"
        let claim = try await store.claimAction(action)
        _ = try await store.settle(claim, .capture, .succeeded, requestID: nil, now: Sample.now)
        #expect(try store.state("a") == "captured")
        #expect(try StoreInspector(path: folder.store).check().isSound)
    }

    @Test("Wix is told nothing, and a repeat of Create is answered")
    func quiet() async throws {
        _ = try await store.importPayments([try imported("a", plugin: "theirs")], now: Sample.now)
        #expect(try store.eventCount() == 0)
        guard case .existing(_, let record) = try await store.claim(NewPayment(Sample.payment("a")), now: Sample.now)
        else { throw Unexpected("claimed") }
        #expect(record.payment.createAnswer != nil)
    }

    @Test("A second import changes nothing; what differs is told and stays")
    func again() async throws {
        try await store.make("mine", Sample.approved)
        let rows = [
            try imported("a", plugin: "1"), try imported("a", plugin: "1"), try imported("a", plugin: "2"),
            try imported("a", plugin: "1", amount: 5), try imported("b", plugin: "1"),
            try imported("mine", plugin: "3"), try imported("c", plugin: Sample.derived("mine")),
        ]
        let results = try await store.importPayments(rows, now: Sample.now)
        #expect(
            results == [.imported, .known, .conflicting, .conflicting, .conflicting, .conflicting, .conflicting])
    }

    @Test("What pspd would have to go on with is not imported")
    func open() throws {
        for state in [PaymentState.claimed, .pending(Failure(.general)), .capturing(amount: 1), .voiding] {
            let payment = Payment(
                wixTransactionId: "a", pluginTransactionId: "b", wixMerchantId: nil, mode: .live,
                amount: Sample.money(1), authorizeOnly: true, state: state)
            #expect(ImportedPayment(payment, derivedTransactionId: Sample.derived("a"), createdAt: 1) == nil)
        }
    }

    @Test("A merchant who has connected to pspd stays as he is")
    func accounts() async throws {
        let mine = Account(wixMerchantId: "m", mode: .live, accountId: "1", country: "DE", currency: "EUR")
        try await store.keep(mine, now: 1)
        var theirs = mine
        theirs.accountId = "2"
        var other = mine
        other.mode = .sandbox
        let results = try await store.importAccounts([mine, theirs, other], now: 2)
        #expect(results == [.known, .conflicting, .imported])
        #expect(try store.account(wixMerchantId: "m", mode: .live) == mine)
        #expect(try store.account(wixMerchantId: "m", mode: .sandbox) == other)
    }
}
