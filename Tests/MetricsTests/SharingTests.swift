// Several processes at the same numbers: each exit test runs its body in a process of its own.

import Glibc
import Testing

@testable import Metrics

@Suite("Numbers of several processes", .timeLimit(.minutes(1))) struct SharingTests {
    @Test("What processes count at once adds up, with one of them killed in the midst of others")
    func sums() async throws {
        let store = try TemporaryStore()
        let path = store.path
        let metrics = try Metrics(store: path)
        async let counted: Void = Task.detached {
            for _ in 0..<200_000 {
                metrics.count(.request(.createTransaction, .approved))
                metrics.observe(.storeCommit, .milliseconds(3))
            }
        }.value
        async let killed = #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let metrics = try Metrics(store: path)
            for _ in 0..<100_000 {
                metrics.count(.request(.createTransaction, .approved))
                metrics.observe(.storeCommit, .milliseconds(3))
            }
            kill(getpid(), SIGKILL)
        }
        async let ended = #expect(processExitsWith: .success) { [path = path as String] in
            let metrics = try Metrics(store: path)
            for _ in 0..<50_000 {
                metrics.count(.request(.createTransaction, .approved))
                metrics.observe(.storeCommit, .milliseconds(3))
            }
        }
        _ = await (counted, killed, ended)
        #expect(metrics.value(.request(.createTransaction, .approved)) == 350_000)
        #expect(metrics.count(of: .storeCommit) == 350_000)
        #expect(try Metrics(store: path).value(.request(.createTransaction, .approved)) == 350_000)
    }

    @Test("A killed process is no longer shown, and the next one that starts counts the crash")
    func crash() async throws {
        let store = try TemporaryStore()
        let path = store.path
        let metrics = try Metrics(store: path)
        let own = try #require(metrics.join(as: .courier, at: 1_000))
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let metrics = try Metrics(store: path)
            let slot = metrics.join(as: .worker, at: 2_000)
            _ = slot?.begin()
            precondition(metrics.processes().map(\.role) == [.courier, .worker])
            kill(getpid(), SIGKILL)
        }
        #expect(metrics.processes().map(\.role) == [.courier])
        #expect(metrics.value(.processCrash(.worker)) == 0)
        let next = try #require(metrics.join(as: .worker, at: 3_000))
        #expect(metrics.value(.processCrash(.worker)) == 1)
        #expect(metrics.value(.processStart(.worker)) == 2)
        let view = try #require(metrics.processes().last)
        #expect(view.startedAt == 3_000 && view.openRequests == 0 && view.processID == getpid())
        next.leave()
        own.leave()
        #expect(metrics.processes().isEmpty)
    }

    @Test("A process that ends its work is no crash")
    func leaving() async throws {
        let store = try TemporaryStore()
        let path = store.path
        let metrics = try Metrics(store: path)
        await #expect(processExitsWith: .success) { [path = path as String] in
            try Metrics(store: path).join(as: .worker, at: 0)?.leave()
        }
        metrics.join(as: .worker, at: 0)?.leave()
        #expect(metrics.value(.processCrash(.worker)) == 0)
        #expect(metrics.value(.processStart(.worker)) == 2)
    }

    @Test("Processes that start together count in one file")
    func beginning() async throws {
        let store = try TemporaryStore()
        let path = store.path
        try await withThrowingTaskGroup { group in
            for _ in 0..<16 {
                group.addTask { try Metrics(store: path).count(.storeJob) }
            }
            try await group.waitForAll()
        }
        #expect(try Metrics(store: path).value(.storeJob) == 16)
        #expect(try store.names == ["pspd.db.metrics"])
    }
}
