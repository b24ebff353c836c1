// One thread a process that writes: it takes all jobs that wait, runs them in one transaction and answers them after
// its fsync. So many requests share one sync, and processes queue for the file in the kernel.

import Dispatch
import Foundation
import GRDB
import Synchronization

final class GroupCommitWriter: Sendable {
    /// Jobs that one transaction takes at most; bounds how long a commit can get.
    static let batchJobsMax = 512
    /// Jobs that may wait; beyond it new ones are refused.
    static let waitingJobsMax = 20_000

    /// One piece of work: `run` inside the transaction, then exactly one call of `finish` after it.
    /// `run` may be called again when another job of its batch fails, so it has no effect but on the store.
    private struct Job: Sendable {
        let run: @Sendable (Database) throws -> Void
        let finish: @Sendable (StoreError?) -> Void
    }

    private struct Waiting: ~Copyable {
        var jobs: [Job] = []
        var stopped = false
        /// Set once a sync failed; nothing is written or read after it.
        var untrusted: StoreError?
    }

    /// Yields the error of a failed sync, then ends; ends without one when the writer is stopped.
    let distrust: AsyncStream<StoreError>

    private let database: DatabaseQueue
    private let queue: WriterQueue
    private let relief: WALRelief
    private let onCommit: @Sendable (Duration, Int) -> Void
    private let waiting = Mutex(Waiting())
    /// Whether `waiting.untrusted` is set; read before every access to the store.
    private let isUntrusted = Atomic(false)
    private let distrustContinuation: AsyncStream<StoreError>.Continuation
    /// Signalled whenever `jobs` turns from empty to filled, and to stop.
    private let filled = DispatchSemaphore(value: 0)
    /// Signalled at the thread's end, and again by whoever has seen it.
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread.
    init(
        database: DatabaseQueue, queue: consuming WriterQueue, relief: WALRelief,
        onCommit: @escaping @Sendable (Duration, Int) -> Void
    ) {
        self.database = database
        self.queue = queue
        self.relief = relief
        self.onCommit = onCommit
        (distrust, distrustContinuation) = AsyncStream.makeStream()
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

    /// Jobs that the thread has not taken yet.
    var waitingJobs: Int { waiting.withLock { $0.jobs.count } }

    // MARK: Trust

    /// The error that made this process distrust the file, if any.
    var untrusted: StoreError? {
        guard isUntrusted.load(ordering: .acquiring) else { return nil }
        return waiting.withLock { $0.untrusted }
    }

    /// Stops all work on the file. The first reason stays.
    func distrust(because error: StoreError) {
        waiting.withLock { $0.untrusted = $0.untrusted ?? error }
        isUntrusted.store(true, ordering: .releasing)
        distrustContinuation.yield(error)
        distrustContinuation.finish()
    }

    // MARK: The end

    /// Ends the thread after the jobs that wait.
    func stop() {
        waiting.withLock { $0.stopped = true }
        distrustContinuation.finish()
        filled.signal()
    }

    /// Ends the thread; it has ended on return.
    func stopAndWait() {
        stop()
        ended.wait()
        ended.signal()
    }

    /// After `stopAndWait`. SQLite keeps the WAL if what it does at the last close fails.
    func closeFile() { try? database.close() }

    // MARK: The thread

    private func submit(_ job: Job) {
        let refusal: StoreError? = waiting.withLock { waiting in
            if let error = waiting.untrusted { return error }
            if waiting.stopped { return StoreError(.failed, "the store is closed") }
            if waiting.jobs.count >= Self.waitingJobsMax {
                return StoreError(.overloaded, "the writer's queue is full")
            }
            waiting.jobs.append(job)
            if waiting.jobs.count == 1 { filled.signal() }
            return nil
        }
        if let refusal { job.finish(refusal) }
    }

    private func loop() {
        repeat {
            filled.wait()
            while waiting.withLock({ !$0.jobs.isEmpty }) {
                let (batch, errors) = queue.withTurn { () -> ([Job], [StoreError?]) in
                    // Taken only now: whoever came while another process wrote shares this commit.
                    let batch = take()
                    let errors = commit(batch)
                    if let error = relief.afterCommit(database) { distrust(because: error) }
                    return (batch, errors)
                }
                for (job, error) in zip(batch, errors) { job.finish(error) }
            }
        } while waiting.withLock({ !$0.stopped || !$0.jobs.isEmpty })
        ended.signal()
    }

    private func take() -> [Job] {
        waiting.withLock { waiting in
            guard waiting.jobs.count > Self.batchJobsMax else {
                return exchange(&waiting.jobs, with: [])
            }
            let batch = Array(waiting.jobs.prefix(Self.batchJobsMax))
            waiting.jobs.removeFirst(batch.count)
            return batch
        }
    }

    /// Commits the jobs together. A job that fails by itself is left out, and the others are run again without it.
    private func commit(_ batch: [Job]) -> [StoreError?] {
        var errors = [StoreError?](repeating: nil, count: batch.count)
        var rest = Array(batch.indices)
        while !rest.isEmpty {
            if let error = untrusted {
                for index in rest { errors[index] = error }
                break
            }
            var current: Int?
            do throws(StoreError) {
                try transaction(jobs: rest.count) { db in
                    for index in rest {
                        current = index
                        try batch[index].run(db)
                    }
                    current = nil
                }
                break
            } catch {
                // What the disk refuses, it refuses to all; so does a commit that fails.
                guard let failed = current, !error.code.concernsAll else {
                    for index in rest { errors[index] = error }
                    break
                }
                errors[failed] = error
                rest.removeAll { $0 == failed }
            }
        }
        return errors
    }

    private func transaction(jobs: Int, _ body: (Database) throws -> Void) throws(StoreError) {
        do {
            try database.inDatabase { db in
                var ran = ContinuousClock.now
                try db.inTransaction(.immediate) {
                    try body(db)
                    ran = .now
                    return .commit
                }
                onCommit(ran.duration(to: .now), jobs)
            }
        } catch {
            let error = StoreError(error)
            if error.code == .untrusted { distrust(because: error) }
            throw error
        }
    }
}

extension StoreError.Code {
    /// Whether the trouble is the disk's and not one job's.
    fileprivate var concernsAll: Bool {
        switch self {
        case .full, .readOnly, .untrusted: true
        case .damaged, .newer, .overloaded, .failed: false
        }
    }
}
