import GRDB
import Testing

@testable import Store

@Suite("A wall clock that was put back")
struct ClockCorrectionTests {
    private static let longest = LongestPauses(lookup: 60_000, check: 3_600_000, expiry: 1_800_000)

    /// A claim that the processor never received, a pending payment, a redirected one and an event, all stored at `now`.
    private func store(_ folder: TemporaryFolder, at now: Int64) async throws -> Store {
        let store = try Store(path: folder.store)
        try await store.handOver(try await store.claimNew(Sample.payment("lost"), now: now), now: now)
        try await store.noteLookup(
            try store.status("lost"), nextAt: now + Store.repeatWindowMilliseconds, notFoundAt: now)
        try await store.make("pending", Sample.pending, now: now)
        try await store.make("redirected", Sample.redirect, now: now)
        return store
    }

    private struct Times: Equatable {
        var lookup, notFound, pendingCheck, redirectCheck, expiry: Int64?
    }

    private func times(_ store: Store) throws -> Times {
        let lost = try store.status("lost")
        return Times(
            lookup: lost.lookupAt, notFound: lost.notFoundAt, pendingCheck: try store.record("pending").checkAt,
            redirectCheck: try store.record("redirected").checkAt,
            expiry: try store.read { try Int64.fetchOne($0, sql: "SELECT max(expires_at) FROM payments") })
    }

    private func correct(_ store: Store, limit: Int = 10) async throws -> Int {
        try await store.correctTimes(now: Sample.now, longest: Self.longest, limit: limit)
    }

    @Test("Look-ups, checks, expiries and events wait no longer than their longest pause")
    func putBack() async throws {
        let folder = try TemporaryFolder()
        let store = try await store(folder, at: Sample.now + Sample.day)
        while try await correct(store, limit: 1) == 1 {}
        #expect(
            try times(store)
                == Times(
                    lookup: Sample.now + Self.longest.lookup, notFound: Sample.now,
                    pendingCheck: Sample.now + Self.longest.check, redirectCheck: Sample.now + Self.longest.check,
                    expiry: Sample.now + Self.longest.expiry))
        #expect(try store.dueEvents(now: Sample.now, limit: 10).count == 1)
        store.close()
    }

    @Test("What was set by the clock as it is stays")
    func right() async throws {
        let folder = try TemporaryFolder()
        let store = try await store(folder, at: Sample.now)
        let before = try times(store)
        #expect(try await correct(store) == 0)
        #expect(try times(store) == before)
        store.close()
    }
}
