import GRDB
import Payments
import Synchronization
import Testing

@testable import Store

@Suite("Group commit")
struct WriterTests {
    let folder: TemporaryFolder
    let commits = CommitCount()
    let store: Store

    /// Commits and the jobs in them.
    final class CommitCount: Sendable {
        let jobs = Mutex<[Int]>([])
    }

    init() throws {
        folder = try TemporaryFolder()
        let commits = commits
        store = try Store(path: folder.store, onCommit: { _, jobs in commits.jobs.withLock { $0.append(jobs) } })
    }

    private struct Mine: Error {}

    /// Holds the writer until `count` jobs wait.
    private func gathering(_ count: Int, _ job: @escaping @Sendable (Int) async throws -> Void) async throws {
        let lock = try LockFile(path: folder.store + ".lock")
        ByteLock.take(lock.descriptor, WriterQueue.desk)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count { group.addTask { try await job(number) } }
            // Until all have handed their job in; then the writer takes them together.
            while store.waitingJobs < count { await Task.yield() }
            ByteLock.drop(lock.descriptor, WriterQueue.desk)
            try await group.waitForAll()
        }
        _ = consume lock
    }

    @Test("Jobs that wait together share a commit")
    func shared() async throws {
        try await gathering(20) { number in _ = try await store.claimNew(Sample.payment("p\(number)")) }
        #expect(commits.jobs.withLock { $0 } == [20])
    }

    @Test("A job that fails by itself fails alone, and the others are committed")
    func alone() async throws {
        let failed = Counter()
        try await gathering(10) { number in
            do {
                try await store.write { db in
                    try db.execute(sql: "INSERT INTO marks (name, value) VALUES (?, 1)", arguments: ["n\(number)"])
                    if number % 4 == 1 { throw StoreError(.damaged, "mine") }
                    if number % 4 == 2 { throw Mine() }
                }
            } catch { _ = failed.next() }
        }
        #expect(failed.count == 5)
        let kept = try store.read {
            try String.fetchAll($0, sql: "SELECT name FROM marks WHERE value = 1 ORDER BY name")
        }
        #expect(kept == ["n0", "n3", "n4", "n7", "n8"])
    }

    @Test("A program that holds SQLite's lock and does not queue makes all wait, then fails them together")
    func foreignLock() async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let foreign = try DatabaseQueue(path: folder.store, configuration: configuration)
        try await store.make("a", Sample.approved)
        try foreign.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        let started = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    await #expect(throws: StoreError.self) { try await store.claimNew(Sample.payment("p\(number)")) }
                }
            }
        }
        // Five seconds for all of them, or twice when the first went alone; not for each.
        #expect(started.duration(to: .now) < .seconds(14))
        try foreign.inDatabase { db in try db.execute(sql: "ROLLBACK") }
        try await store.make("b", Sample.approved)
    }

    @Test("The courier's checkpoints bring the WAL into the file; nobody else's do")
    func checkpoints() async throws {
        await #expect(throws: StoreError.self) { try await store.checkpoint() }
        let turn = try #require(try store.takeCourierTurn())
        #expect(try Store(path: folder.store).takeCourierTurn() == nil)
        try await store.make("a", Sample.approved)
        try await store.checkpoint()
        // What is in the file alone, without the WAL.
        try folder.write(try folder.read("pspd.db"), to: "copy.db")
        let copy = try StoreInspector(path: folder.file("copy.db")).statistics()
        #expect(copy.payments == ["approved": 1])
        turn.end()
        await #expect(throws: StoreError.self) { try await store.checkpoint() }
        let next = try Store(path: folder.store)
        #expect(try next.takeCourierTurn() != nil)
    }

    @Test("The WAL does not grow while the courier checkpoints")
    func walStaysSmall() async throws {
        let turn = try #require(try store.takeCourierTurn())
        var sizes: [Int] = []
        for round in 0..<6 {
            for number in 0..<5 { try await store.make("p\(round)-\(number)", Sample.approved) }
            try await store.checkpoint()
            sizes.append(try folder.read("pspd.db-wal").count)
        }
        #expect(sizes.last == sizes[1])
        turn.end()
    }

    @Test("A checkpoint with nothing to do does not touch the disk")
    func idleCheckpoint() async throws {
        let disk = CrashDisk(folder: folder.path, seed: 1)
        store.close()
        let store = try disk.open()
        let turn = try #require(try store.takeCourierTurn())
        try await store.make("a", Sample.approved)
        try await store.checkpoint()
        let calls = Counter()
        disk.inject { _ in
            _ = calls.next()
            return nil
        }
        try await store.checkpoint()
        #expect(calls.count == 0)
        turn.end()
        store.close()
    }
}
