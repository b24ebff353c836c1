import Payments
import Store
import Testing
import WixPayments

@Suite("Settling")
struct SettlementTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    @Test("An outcome settles the claim and stores one event")
    func settles() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        let settlement = try await store.settle(claim, Sample.outcome(Sample.approved), now: Sample.now)
        let event = try #require(settlement.event)
        #expect(try store.status("a").isSettled)
        #expect(event > 0)
        #expect(try store.eventCount() == 1)
    }

    @Test("The same outcome again changes nothing and tells Wix nothing")
    func again() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        _ = try await store.settle(claim, Sample.outcome(Sample.approved), now: Sample.now)
        guard case .unchanged = try await store.settle(claim, Sample.outcome(Sample.approved), now: Sample.now) else {
            throw Unexpected("settled twice")
        }
        #expect(try store.eventCount() == 1)
    }

    @Test("A redirect stores no event, and its expiry one")
    func redirects() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        let settlement = try await store.settle(claim, Sample.outcome(Sample.redirect), now: Sample.now)
        #expect(settlement.event == nil)
        #expect(try store.dueExpiries(now: Sample.now + 1_800_000).map(\.id) == [claim.operation])
        let expired = try await store.expire(
            payment: claim.operation, because: Failure(.buyerCanceled), now: Sample.now + 1_800_000)
        #expect(expired.event != nil)
        #expect(try store.state("a") == "expired")
    }

    @Test("An expired redirect is no longer looked after")
    func expiredIsQuiet() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        _ = try await store.settle(claim, Sample.outcome(Sample.redirect), now: Sample.now)
        _ = try await store.expire(payment: claim.operation, because: Failure(.buyerCanceled), now: Sample.now)
        #expect(try store.dueExpiries(now: .max).isEmpty)
        #expect(try store.dueChecks(now: .max).isEmpty)
    }

    @Test("An expiry and an approval at the same time: one is the outcome, a contradiction becomes a conflict")
    func expiryAgainstApproval() async throws {
        for round in 0..<20 {
            let claim = try await store.claimNew(Sample.payment("p\(round)"))
            _ = try await store.settle(claim, Sample.outcome(Sample.redirect), now: Sample.now)
            async let expired = store.expire(
                payment: claim.operation, because: Failure(.buyerCanceled), now: Sample.now)
            async let approved = store.report(
                Sample.outcome(Sample.approved, .notification), payment: claim.operation, now: Sample.now)
            let events = try await [expired.event, approved.event].compactMap(\.self)
            #expect(events.count == 1)
            let conflicts = try store.openConflicts(limit: 100).filter { $0.payment == claim.operation }
            #expect(conflicts.count == (try store.state("p\(round)") == "expired" ? 1 : 0))
        }
    }

    @Test("Pending at the deadline leaves the claim; the processor's own pending is kept with what it wants remembered")
    func deferred() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        let deadline = try await store.deferAnswer(claim, Sample.outcome(Sample.pending, .deadline), now: Sample.now)
        #expect(deadline.event != nil)
        #expect(try !store.status("a").isSettled)
        let settlement = try await store.settle(
            claim, Sample.outcome(Sample.pending, state: "mine", checkAfter: 2_000), now: Sample.now)
        guard case .unchanged = settlement else { throw Unexpected("settled") }
        let record = try store.record("a")
        #expect(record.processorState == "mine")
        #expect(record.checkAt == Sample.now + 2_000)
        #expect(try store.status("a").isSettled)
    }

    @Test("A redirect after the deadline is handed back to be canceled, and the claim stays open until then")
    func lateRedirect() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        _ = try await store.deferAnswer(claim, Sample.outcome(Sample.pending, .deadline), now: Sample.now)
        guard
            case .lateRedirect = try await store.settle(
                claim, Sample.outcome(Sample.redirect, state: "page"), now: Sample.now)
        else { throw Unexpected("settled") }
        #expect(try !store.status("a").isSettled)
        #expect(try store.record("a").processorState == "page")
    }

    @Test("An outcome that contradicts a final state is kept as one conflict, however often it comes")
    func conflicts() async throws {
        let record = try await store.make("a", Sample.declined)
        for _ in 0..<2 {
            guard
                case .conflict = try await store.report(
                    Sample.outcome(Sample.approved, .notification), payment: record.id, now: Sample.now)
            else { throw Unexpected("no conflict") }
        }
        let open = try store.openConflicts(limit: 10)
        #expect(open.map(\.wixTransactionId) == ["a"])
        #expect(open.map(\.source) == ["notification"])
        #expect(try store.state("a") == "declined")
        #expect(try await store.resolveConflict(id: open[0].id, now: Sample.now))
        #expect(try await store.resolveConflict(id: open[0].id, now: Sample.now) == false)
        #expect(try store.openConflicts(limit: 10).isEmpty)
    }

    @Test("A final report ends the Create that still runs; its worker's answer is then compared")
    func reportEndsCreate() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        _ = try await store.report(Sample.outcome(Sample.approved, .notification), payment: claim.operation, now: 1)
        #expect(try store.status("a").isSettled)
        guard case .conflict = try await store.settle(claim, Sample.outcome(Sample.declined), now: 2) else {
            throw Unexpected("no conflict")
        }
    }
}
