import Payments
import Store
import Testing
import WixPayments

@Suite("Who may settle")
struct GenerationTests {
    let folder: TemporaryFolder
    /// Two processes' accesses, as far as the store can tell.
    let worker: Store
    let courier: Store

    init() throws {
        folder = try TemporaryFolder()
        worker = try Store(path: folder.store)
        courier = try Store(path: folder.store)
    }

    @Test("A claim that was handed over is due for a look-up at once, and still settles")
    func handOver() async throws {
        let claim = try await worker.claimNew(Sample.payment("a"))
        try await worker.handOver(claim, now: Sample.now)
        #expect(try courier.dueLookups(now: Sample.now).map(\.claim) == [claim])
        guard
            case .settled = try await courier.settle(
                claim, Sample.outcome(Sample.approved, .lookup), now: Sample.now)
        else { throw Unexpected("not settled") }
        #expect(try courier.dueLookups(now: .max).isEmpty)
    }

    @Test("A living owner's claims are left alone, a dead one's handed over within one sweep")
    func dead() async throws {
        let claim = try await worker.claimNew(Sample.payment("a"))
        #expect(try await courier.handOverDeadClaims(now: Sample.now) == 0)
        var dying: Store? = try Store(path: folder.store)
        let lost = try #require(try await dying?.claimNew(Sample.payment("b")))
        dying?.close()
        dying = nil
        #expect(try await courier.handOverDeadClaims(now: Sample.now) == 1)
        let due = try courier.dueLookups(now: Sample.now)
        #expect(due.map(\.id) == [lost.operation])
        #expect(due.map(\.generation) == [lost.generation + 1])
        #expect(try worker.status("a").claim == claim)
    }

    @Test("Whoever was only thought dead cannot settle what others took over")
    func superseded() async throws {
        let claim = try await worker.claimNew(Sample.payment("a"))
        try await worker.handOver(claim, now: Sample.now)
        let seized = try #require(try await courier.seize(try courier.status("a"), now: Sample.now))
        guard case .superseded = try await worker.settle(claim, Sample.outcome(Sample.approved), now: Sample.now) else {
            throw Unexpected("settled with an old claim")
        }
        _ = try await courier.settle(seized, Sample.outcome(Sample.declined, .lookup), now: Sample.now)
        // Now that it has ended, the late outcome is compared.
        guard case .conflict = try await worker.settle(claim, Sample.outcome(Sample.approved), now: Sample.now) else {
            throw Unexpected("no conflict")
        }
    }

    @Test(
        "Wix's repeat may take a lost claim over only while its time runs",
        arguments: [(29_999, true), (30_000, false)])
    func window(_ milliseconds: Int64, _ isTaken: Bool) async throws {
        let claim = try await worker.claimNew(Sample.payment("a"))
        try await worker.handOver(claim, now: Sample.now)
        #expect(try await worker.reclaim(try worker.status("a"), now: Sample.now) == nil)
        try await courier.noteLookup(
            try courier.status("a"), nextAt: Sample.now + 30_000, notFoundAt: Sample.now)
        let taken = try await worker.reclaim(try worker.status("a"), now: Sample.now + milliseconds)
        #expect((taken != nil) == isTaken)
        if let taken { #expect(taken.generation == claim.generation + 1) }
    }

    @Test("Of settle, reclaim and seize at the same time, one wins")
    func race() async throws {
        for round in 0..<40 {
            let id = "p\(round)"
            let claim = try await worker.claimNew(Sample.payment(id))
            try await worker.handOver(claim, now: Sample.now)
            try await courier.noteLookup(try courier.status(id), nextAt: Sample.now, notFoundAt: Sample.now)
            let status = try courier.status(id)
            async let reclaimed = worker.reclaim(status, now: Sample.now)
            async let seized = courier.seize(status, now: Sample.now)
            async let settled = worker.settle(claim, Sample.outcome(Sample.approved), now: Sample.now)
            var winners = try await [reclaimed, seized].compactMap(\.self).count
            if case .settled = try await settled { winners += 1 }
            #expect(winners == 1)
        }
    }

    @Test("A handed-over claim that is asked for again and again waits between the look-ups")
    func backoff() async throws {
        let claim = try await worker.claimNew(Sample.payment("a"))
        try await worker.handOver(claim, now: Sample.now)
        try await courier.noteLookup(try courier.status("a"), nextAt: Sample.now + 500, notFoundAt: nil)
        #expect(try courier.dueLookups(now: Sample.now + 499).isEmpty)
        #expect(try courier.dueLookups(now: Sample.now + 500).map(\.lookups) == [1])
    }

    @Test("When the owners' file was replaced, nobody is taken for dead")
    func replacedOwners() async throws {
        _ = try await worker.claimNew(Sample.payment("a"))
        try folder.remove("pspd.db.owners")
        await #expect(throws: StoreError.self) { try await courier.handOverDeadClaims(now: Sample.now) }
    }

    @Test("Only one turn of a key at a time, in this process and others")
    func turns() async throws {
        let soon = ContinuousClock.now.advanced(by: .milliseconds(30))
        let outcome = try await worker.withTurn(of: "k", until: soon) { () async throws(StoreError) in
            try await courier.withTurn(of: "k", until: soon) { () async throws(StoreError) in true }
        }
        #expect(outcome == .some(nil))
        #expect(try await courier.withTurn(of: "k", until: soon) { () async throws(StoreError) in true } == true)
    }
}
