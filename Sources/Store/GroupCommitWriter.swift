// One thread a process that writes: it takes all jobs that wait, runs them in one transaction and answers them after
// its fsync. So many requests share one sync, and processes queue for the file in the kernel.

internal import Dispatch
internal import Foundation
internal import GRDB
internal import Synchronization

final class GroupCommitWriter: Sendable {
    /// Jobs that one transaction takes at most; bounds how long a commit can get.
    static let batchJobsMax = 512
    /// Jobs that may wait; beyond it new ones are refused.
    static let waitingJobsMax = 20_000

    /// One piece of work: `run` inside the transaction, then exactly one call of `finish` after it.
    /// `run` may be called twice (a batch that failed is run again job by job), so it has no effect but on the store.
    private struct Job: Sendable {
        let run: @Sendable (Database) throws -> Void
        let finish: @Sendable (StoreError?) -> Void
    }

    private struct Waiting: ~Copyable {
        var jobs: [Job] = []
        /// Answers to those who asked for a checkpoint.
        var checkpoints: [@Sendable (StoreError?) -> Void] = []
        var stopped = false
        /// Set once a sync failed; nothing is written or read after it.
        var untrusted: StoreError?
    }

    private let pool: DatabasePool
    private let queue: WriterQueue
    private let waiting = Mutex(Waiting())
    /// Signalled whenever `jobs` turns from empty to filled, and to stop.
    private let filled = DispatchSemaphore(value: 0)

    /// Starts the thread.
    init(pool: DatabasePool, queue: consuming WriterQueue) {
        self.pool = pool
        self.queue = queue
        let thread = Thread { [self] in loop() }
        thread.name = "store-writer"
        thread.start()
    }

    /// Runs `body` in a transaction and returns once that is on disk.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(StoreError) -> T {
        let result = Mutex<T?>(nil)
        let outcome: StoreError? = await withCheckedContinuation { continuation in
            submit(
                Job(
                    run: { db in
                        let value = try body(db)
                        result.withLock { $0 = value }
                    },
                    finish: { continuation.resume(returning: $0) }
                ))
        }
        if let outcome { throw outcome }
        guard let value = result.withLock({ $0 }) else { throw StoreError(.failed, "a job ended without a result") }
        return value
    }

    /// Brings the WAL's pages back into the file, in a turn of its own between two batches.
    ///
    /// Most of the work is done before, beside the writers of other processes; the turn catches up with what they
    /// added meanwhile, so that the next writer starts the WAL anew and it stops growing.
    func checkpoint() async throws(StoreError) {
        let error: StoreError? = await withCheckedContinuation { continuation in
            let refusal: StoreError? = waiting.withLock { waiting in
                if let error = waiting.untrusted { return error }
                if waiting.stopped { return StoreError(.failed, "the store is closed") }
                waiting.checkpoints.append { continuation.resume(returning: $0) }
                return nil
            }
            if let refusal { continuation.resume(returning: refusal) } else { filled.signal() }
        }
        if let error { throw error }
    }

    /// The error that made this process distrust the file, if any.
    var untrusted: StoreError? { waiting.withLock { $0.untrusted } }

    /// Ends the thread after the jobs that wait.
    func stop() {
        waiting.withLock { $0.stopped = true }
        filled.signal()
    }

    private func submit(_ job: Job) {
        let refusal: StoreError? = waiting.withLock { waiting in
            if let error = waiting.untrusted { return error }
            if waiting.stopped { return StoreError(.failed, "the store is closed") }
            if waiting.jobs.count >= Self.waitingJobsMax { return StoreError(.overloaded, "the writer's queue is full") }
            waiting.jobs.append(job)
            if waiting.jobs.count == 1 { filled.signal() }
            return nil
        }
        if let refusal { job.finish(refusal) }
    }

    private func loop() {
        while true {
            filled.wait()
            while waiting.withLock({ !$0.jobs.isEmpty }) {
                let (batch, errors) = queue.withTurn { () -> ([Job], [StoreError?]) in
                    let batch = take()
                    return (batch, commit(batch))
                }
                for (job, error) in zip(batch, errors) { job.finish(error) }
                runCheckpoints()
            }
            runCheckpoints()
            if waiting.withLock({ $0.stopped && $0.jobs.isEmpty }) { return }
        }
    }

    private func runCheckpoints() {
        let asked = waiting.withLock { waiting in
            defer { waiting.checkpoints = [] }
            return waiting.checkpoints
        }
        guard !asked.isEmpty else { return }
        let error = checkpointOnce() ?? queue.withTurn { checkpointOnce() }
        for finish in asked { finish(error) }
    }

    /// SQLite may report that a reader or another checkpoint is in the way; what is left is for the next time.
    private func checkpointOnce() -> StoreError? {
        do {
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
            return nil
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED {
            return nil
        } catch {
            let error = StoreError(error)
            if error.code == .full || error.code == .readOnly { return error }
            let fatal = StoreError(.untrusted, "checkpoint: \(error.reason)")
            waiting.withLock { $0.untrusted = fatal }
            return fatal
        }
    }

    private func take() -> [Job] {
        waiting.withLock { waiting in
            let batch = Array(waiting.jobs.prefix(Self.batchJobsMax))
            waiting.jobs.removeFirst(batch.count)
            return batch
        }
    }

    /// Commits the jobs together; when that fails, each alone, so that one job's error stays its own.
    private func commit(_ batch: [Job]) -> [StoreError?] {
        if let error = untrusted { return batch.map { _ in error } }
        do {
            try transaction { db in for job in batch { try job.run(db) } }
            return batch.map { _ in nil }
        } catch {
            // What the disk refuses, it refuses to all.
            if batch.count == 1 || error.code != .failed { return batch.map { _ in error } }
            return batch.map { commit([$0])[0] }
        }
    }

    private func transaction(_ body: (Database) throws -> Void) throws(StoreError) {
        do {
            try pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try body(db)
                    return .commit
                }
            }
        } catch {
            let error = StoreError(error)
            if error.code == .untrusted { waiting.withLock { $0.untrusted = error } }
            throw error
        }
    }
}
