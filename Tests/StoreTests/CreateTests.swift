import Payments
import Store
import Testing
import WixPayments

@Suite("Payments in the idempotency cache")
struct CreateTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    @Test("A payment is claimed once; a repeat finds it")
    func claimedOnce() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        guard
            case .existing(let status, let record) = try await store.claim(
                NewPayment(Sample.payment("a")), now: Sample.now)
        else { throw Unexpected("claimed twice") }
        #expect(status.claim == claim)
        #expect(status.owner == store.owner.owner)
        #expect(record.payment == Sample.payment("a"))
    }

    @Test("What is stored comes back as it was")
    func roundTrip() async throws {
        let urls = ReturnURLs(successUrl: "https://s", errorUrl: nil, cancelUrl: "https://c", pendingUrl: nil)
        let new = NewPayment(Sample.payment("a", 7), returnURLs: urls)
        guard case .claimed(let claim, _) = try await store.claim(new, now: 5) else { throw Unexpected("known") }
        let details = ApprovalDetails(
            credentialsOnFile: .cardReference(networkTransactionId: "n", dsTransactionId: nil),
            cardDetails: CardDetails(bin: "411111", lastFour: "1111"))
        let outcome = NewOutcome(
            PaymentReport(.approved(details), processorState: "mine"), source: .answer, redirectExpiryMilliseconds: 1)
        let settled = try await store.settle(claim, outcome, now: 6)
        let stored = try store.record("a")
        #expect(stored == settled.record)
        #expect(stored.returnURLs == urls)
        #expect(stored.createdAt == 5)
        #expect(stored.payment.details == details)
        #expect(stored.processorState == "mine")
    }

    @Test("Of many that claim one id at the same time, one gets it", arguments: [2, 50])
    func oneWins(count: Int) async throws {
        let claims = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<count {
                group.addTask {
                    if case .claimed = try await store.claim(NewPayment(Sample.payment("a")), now: Sample.now) {
                        true
                    } else {
                        false
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(claims == 1)
    }

    @Test("A refused payment is declined in the commit that claims it, with its event")
    func refused() async throws {
        let new = NewPayment(Sample.payment("a"), refusal: Failure(.requiredFieldsMissing))
        guard case .refused(let record, let event) = try await store.claim(new, now: Sample.now) else {
            throw Unexpected("not refused")
        }
        #expect(record.payment.state.name == "declined")
        #expect(event > 0)
        #expect(try store.status("a").isSettled)
    }

    @Test("A merchant who has not connected is refused with 3041, in the mode that he has not connected")
    func merchants() async throws {
        let new = NewPayment(Sample.payment("a"), requireConnectedMerchant: true)
        try await store.keep(
            Account(wixMerchantId: Sample.merchant, mode: .live, accountId: "1", country: nil, currency: nil), now: 1)
        guard case .refused(let record, _) = try await store.claim(new, now: Sample.now),
            case .declined(let failure) = record.payment.state
        else { throw Unexpected("not refused") }
        #expect(failure.code == .invalidAccount)
        try await store.keep(
            Account(wixMerchantId: Sample.merchant, mode: .sandbox, accountId: "1", country: nil, currency: nil),
            now: 1)
        let second = NewPayment(Sample.payment("b"), requireConnectedMerchant: true)
        guard case .claimed = try await store.claim(second, now: Sample.now) else { throw Unexpected("refused") }
    }

    @Test("A repeat with another amount finds what is stored, and changes nothing")
    func mismatch() async throws {
        try await store.make("a", Sample.approved)
        guard
            case .existing(_, let record) = try await store.claim(
                NewPayment(Sample.payment("a", 2_000)), now: Sample.now)
        else { throw Unexpected("claimed") }
        #expect(record.payment.amount == Sample.money(1_000))
    }

    @Test("A payment is found by its plugin id and by its row")
    func lookups() async throws {
        let record = try await store.make("a", Sample.approved)
        #expect(try store.payment(pluginTransactionId: Sample.derived("a"))?.1 == record)
        #expect(try store.payment(id: record.id)?.1 == record)
        #expect(try store.payment(pluginTransactionId: Sample.derived("b")) == nil)
        #expect(try store.payment(pluginTransactionId: "short") == nil)
    }
}
