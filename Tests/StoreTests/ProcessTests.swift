import Foundation
import Glibc
import Payments
import Store
import Testing
import WixPayments

@Suite("Several processes")
struct ProcessTests {
    @Test("The claim of a process that was killed with SIGKILL is found and handed over")
    func killed() async throws {
        let folder = try TemporaryFolder()
        let courier = try Store(path: folder.store)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.store as String] in
            let store = try Store(path: path)
            _ = try await store.claimNew(Sample.payment("a"))
            kill(getpid(), SIGKILL)
        }
        #expect(try courier.state("a") == "claimed")
        #expect(try await courier.handOverDeadClaims(now: Sample.now) == 1)
        #expect(try courier.dueLookups(now: Sample.now).count == 1)
    }

    @Test("Two processes write at once, and each payment is claimed by one of them")
    func twoWriters() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(path: folder.store)
        async let other = #expect(processExitsWith: .success) { [path = folder.store as String] in
            try await Writers.claimAll(path: path)
        }
        let mine = try await Writers.claimAll(store: store)
        _ = await other
        #expect(try StoreInspector(path: folder.store).check().isSound)
        let statistics = try StoreInspector(path: folder.store).statistics()
        #expect(statistics.payments == ["approved": Writers.payments])
        #expect(mine <= Writers.payments)
    }

    @Test("A process that dies while it writes leaves a store that opens, with all that it was answered")
    func killedWhileWriting() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.store as String] in
            let store = try Store(path: path)
            await withTaskGroup(of: Void.self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        for number in 0... {
                            let id = "p\(lane)-\(number)"
                            guard (try? await store.make(id, Sample.approved)) != nil else { return }
                            // What was answered is told outside the store.
                            let told = open(path + ".told", O_WRONLY | O_CREAT | O_APPEND, 0o600)
                            let line = Array("\(id)\n".utf8)
                            write(told, line, line.count)
                            close(told)
                            if number == 5, lane == 3 { kill(getpid(), SIGKILL) }
                        }
                    }
                }
            }
        }
        let store = try Store(path: folder.store)
        let told = String(decoding: try folder.read("pspd.db.told"), as: UTF8.self).split(separator: "\n")
        #expect(told.count >= 6)
        for id in told { #expect(try store.state(String(id)) == "approved") }
        #expect(try StoreInspector(path: folder.store).check().isSound)
    }
}

enum Writers {
    static let payments = 200

    static func claimAll(path: String) async throws { _ = try await claimAll(store: try Store(path: path)) }

    /// Claims and settles all payments that nobody else has claimed; returns how many.
    static func claimAll(store: Store) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    var count = 0
                    for number in stride(from: lane, to: payments, by: 8) {
                        let new = NewPayment(Sample.payment("p\(number)"))
                        guard case .claimed(let claim, _) = try await store.claim(new, now: Sample.now) else {
                            continue
                        }
                        _ = try await store.settle(claim, Sample.outcome(Sample.approved), now: Sample.now)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
