import GRDB
import Payments
import TestChance
import Testing

@testable import Store

@Suite("Power loss")
struct PowerLossTests {
    @Test("Whatever was answered before the power failed is there afterwards, at any sync")
    func anySync() async throws {
        let seed = Effort.seed("power loss")
        for round in 0..<Effort.rounds(short: 40, long: 3_000) {
            try await failOnce(seed: seed &+ UInt64(round), atSync: 1 + round % 37)
        }
    }

    /// A store lives through two power failures: one at sync number `number`, one at a random later moment.
    private func failOnce(seed: UInt64, atSync number: Int) async throws {
        let folder = try TemporaryFolder()
        let disk = CrashDisk(folder: folder.path, seed: seed)
        var generator = SplitMix64(seed: seed)
        let work = Workload()
        disk.failPower(atSync: number)
        await live(folder, disk, work, round: 0)
        try disk.restart()
        disk.failPower(atSync: Int.random(in: 1...20, using: &generator))
        await live(folder, disk, work, round: 1)
        try disk.restart()
        let store = try disk.open()
        let missing = try work.missing(in: store)
        #expect(missing.count == 0, "seed \(seed), sync \(number): \(missing.prefix(3))")
        let check = try StoreInspector(path: folder.store).check()
        #expect(check.isSound, "seed \(seed), sync \(number): \(check)")
        store.close()
    }

    private func live(_ folder: TemporaryFolder, _ disk: CrashDisk, _ work: Workload, round: Int) async {
        guard let store = try? disk.open() else { return }
        for part in 0..<3 where !disk.isOff {
            await work.run(store, round: round * 10 + part, lanes: 3, payments: 3)
            await work.checkpoint(store)
        }
        // Nobody has the time to close a store when the power fails.
        disk.cutPower()
        store.close()
    }

    @Test("A store that lost its power while it was being made can be made")
    func whileMaking() throws {
        let seed = Effort.seed("power loss while making")
        for number in 1...Effort.rounds(short: 12, long: 40) {
            let folder = try TemporaryFolder()
            let disk = CrashDisk(folder: folder.path, seed: seed &+ UInt64(number))
            disk.failPower(atSync: number)
            try? disk.open().close()
            try disk.restart()
            let store = try disk.open()
            #expect(try store.state("a") == nil)
            store.close()
        }
    }

    @Test("After a failed sync the next process shows nothing that a power failure could take away")
    func lostWrites() async throws {
        let seed = Effort.seed("lost writes")
        for round in 0..<Effort.rounds(short: 30, long: 2_000) {
            let folder = try TemporaryFolder()
            let disk = CrashDisk(folder: folder.path, seed: seed &+ UInt64(round))
            let work = Workload()
            let store = try disk.open()
            await work.run(store, round: 0)
            // The sync loses its writes, but the cache shows them on.
            let failing = 1 + round % 6
            let syncs = Counter()
            disk.inject { call in call == .sync && syncs.next() == failing ? .syncLosesWrites : nil }
            await work.run(store, round: 1)
            await work.checkpoint(store)
            #expect(store.untrusted?.code == .untrusted)
            store.close()
            disk.inject(nil)
            // The next process starts in the same boot: what it shows, it shows to somebody.
            let next = try disk.open()
            var shown: [String: String] = [:]
            for lane in 0..<4 {
                for number in 0..<3 { shown["p1-\(lane)-\(number)"] = try next.state("p1-\(lane)-\(number)") }
            }
            await work.run(next, round: 2)
            disk.cutPower()
            next.close()
            try disk.restart()
            let last = try disk.open()
            for (id, state) in shown { #expect(try last.state(id) == state, "seed \(seed), round \(round)") }
            let missing = try work.missing(in: last)
            #expect(missing.count == 0, "seed \(seed), round \(round): \(missing.prefix(3))")
            #expect(try StoreInspector(path: folder.store).check().isSound)
            last.close()
        }
    }
}
