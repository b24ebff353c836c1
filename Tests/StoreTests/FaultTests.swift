import GRDB
import Payments
import Synchronization
import TestChance
import Testing

@testable import Store

/// Counts calls.
final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }

    var count: Int { value.withLock { $0 } }
}

@Suite("Input and output errors")
struct FaultTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fault: DiskFault
        var isTransient: Bool
        var codes: Set<StoreError.Code>

        /// Whether a call can fail in this way.
        func concerns(_ call: DiskCall) -> Bool {
            switch fault {
            case .full: call == .write
            case .inputOutput: true
            case .syncLosesWrites: call == .sync
            }
        }
    }

    static let kinds = [
        Kind(testDescription: "full once", fault: .full(written: 0), isTransient: true, codes: [.full, .failed]),
        Kind(
            testDescription: "short write once", fault: .full(written: 100), isTransient: true, codes: [.full, .failed]),
        Kind(
            testDescription: "full from then on", fault: .full(written: 0), isTransient: false, codes: [.full, .failed]),
        Kind(testDescription: "input-output error once", fault: .inputOutput, isTransient: true, codes: [.failed]),
        Kind(
            testDescription: "input-output errors from then on", fault: .inputOutput, isTransient: false,
            codes: [.failed]),
        Kind(testDescription: "sync loses writes", fault: .syncLosesWrites, isTransient: true, codes: []),
    ]

    @Test("A fault at each call in turn loses nothing that was answered", arguments: kinds)
    func eachCall(_ kind: Kind) async throws {
        let seed = Effort.seed("faults, \(kind.testDescription)")
        let stride = Effort.isLong ? 1 : 7
        var number = 1
        while try await survives(kind, at: number, seed: seed) { number += stride }
        #expect(number > 20)
    }

    /// False when the work made fewer calls than `number`.
    private func survives(_ kind: Kind, at number: Int, seed: UInt64) async throws -> Bool {
        let folder = try TemporaryFolder()
        let disk = CrashDisk(folder: folder.path, seed: seed &+ UInt64(number))
        let store = try disk.open()
        let work = Workload()
        await work.run(store, round: 0, lanes: 1, payments: 3)
        let syncFailed = Mutex(false)
        let calls = Counter()
        disk.inject { what in
            guard kind.concerns(what) else { return nil }
            let call = calls.next()
            guard kind.isTransient ? call == number : call >= number else { return nil }
            if what == .sync { syncFailed.withLock { $0 = true } }
            return kind.fault
        }
        await work.run(store, round: 1, lanes: 2, payments: 3)
        await work.checkpoint(store)
        await work.run(store, round: 2, lanes: 1, payments: 3)
        let wasReached = calls.count >= number
        let context = "\(kind.testDescription), seed \(seed), call \(number)"
        check(store, work, kind, syncFailed: syncFailed.withLock { $0 }, context)
        disk.inject(nil)
        if store.untrusted == nil {
            // It recovers by itself.
            #expect(try await store.make("after", Sample.approved).payment.state == .approved, "\(context)")
        }
        disk.cutPower()
        store.close()
        try disk.restart()
        let next = try disk.open()
        let missing = try work.missing(in: next)
        #expect(missing.count == 0, "\(context): \(missing.prefix(3))")
        let soundness = try StoreInspector(path: folder.store).check()
        #expect(soundness.isSound, "\(context): \(soundness)")
        next.close()
        return wasReached
    }

    private func check(_ store: Store, _ work: Workload, _ kind: Kind, syncFailed: Bool, _ context: String) {
        let errors = work.ledger.withLock { $0.errors }
        // Nothing is trusted after a failed sync, and only then; a checkpoint's error counts as one.
        let checkpointFailed = errors.contains { $0.reason.hasPrefix("checkpoint") }
        #expect((store.untrusted != nil) == (syncFailed || checkpointFailed), "\(context): \(errors)")
        for error in errors {
            #expect(kind.codes.contains(error.code) || error.code == .untrusted, "\(context): \(error)")
        }
        if store.untrusted != nil {
            #expect(throws: StoreError.self, "\(context)") { try store.state("p0-0-0") }
        } else {
            #expect(throws: Never.self, "\(context)") { try store.state("p0-0-0") }
        }
    }

    @Test("After a failed sync nothing is written or read, and whoever waits for it is told why")
    func untrusted() async throws {
        let folder = try TemporaryFolder()
        let disk = CrashDisk(folder: folder.path, seed: 1)
        let store = try disk.open()
        let claim = try await store.claimNew(Sample.payment("a"))
        disk.inject { call in call == .sync ? .inputOutput : nil }
        async let told = store.untilUntrusted()
        await #expect(throws: StoreError.self) {
            try await store.settle(claim, Sample.outcome(Sample.approved), now: Sample.now)
        }
        #expect(await told?.code == .untrusted)
        disk.inject(nil)
        await #expect(throws: StoreError.self) { try await store.claimNew(Sample.payment("b")) }
        #expect(throws: StoreError.self) { try store.state("a") }
        store.close()
        // The next process finds the claim, whose owner is dead.
        let next = try disk.open()
        #expect(try await next.handOverDeadClaims(now: Sample.now) <= 1)
        next.close()
    }

    @Test("A store that is closed in peace tells nobody of distrust")
    func peace() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(path: folder.store)
        async let told = store.untilUntrusted()
        store.close()
        #expect(await told == nil)
    }

    @Test("On a full disk new work is refused, and repeats of settled work are answered")
    func repeats() async throws {
        let folder = try TemporaryFolder()
        let disk = CrashDisk(folder: folder.path, seed: 1)
        let store = try disk.open()
        try await store.make("paid", Sample.approved)
        try await store.make("captured", Sample.authorized)
        let capture = try await store.claimAction(Sample.action(.capture, of: "captured"))
        _ = try await store.settle(capture, .capture, .succeeded, requestID: nil, now: Sample.now)
        disk.inject { _ in .full(written: 0) }
        await #expect { try await store.claimNew(Sample.payment("new")) } throws: { ($0 as? StoreError)?.code == .full }
        #expect(try store.state("paid") == "approved")
        guard
            case .forbidden(.alreadyCaptured, _) = try await store.claim(
                Sample.action(.capture, of: "captured"), now: Sample.now)
        else { throw Unexpected("not answered") }
        disk.inject(nil)
        try await store.make("new", Sample.approved)
        store.close()
    }
}
