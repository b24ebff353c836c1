import Payments
import Synchronization
import Testing

@testable import Store

@Suite("The reserve on the disk")
struct RoomTests {
    final class Disk: Sendable {
        let free = Mutex<Int64?>(1_000)
        let asked = Counter()
    }

    private func room(_ disk: Disk) -> Room {
        Room(reserveBytes: 500) {
            _ = disk.asked.next()
            return disk.free.withLock { $0 }
        }
    }

    @Test("Below the reserve new work is refused, and work in progress settles")
    func refuses() async throws {
        let folder = try TemporaryFolder()
        let disk = Disk()
        disk.free.withLock { $0 = 499 }
        let rich = try Store(path: folder.store)
        try await rich.make("paid", Sample.approved)
        try await rich.make("authorized", Sample.authorized)
        let claim = try await rich.claimNew(Sample.payment("open"))
        let store = try Store(path: folder.store, room: room(disk))
        func isFull(_ error: any Error) -> Bool { (error as? StoreError)?.code == .full }
        await #expect(throws: StoreError.self) { try await store.claimNew(Sample.payment("new")) }
        await #expect { try await store.claimRefund(Sample.refund("r", of: "paid", 1)) } throws: { isFull($0) }
        await #expect { try await store.claimAction(Sample.action(.capture, of: "authorized")) } throws: { isFull($0) }
        _ = try await store.settle(claim, Sample.outcome(Sample.approved), now: Sample.now)
        #expect(try store.state("open") == "approved")
        #expect(try store.state("new") == nil)
        guard case .unknownPayment = try await store.claim(Sample.action(.void, of: "x"), now: Sample.now) else {
            throw Unexpected("a call that begins nothing was refused")
        }
    }

    @Test("The file system is asked at most once a second, and room is seen again within that")
    func cached() async throws {
        let disk = Disk()
        let room = room(disk)
        for _ in 0..<100 { try room.demand() }
        #expect(disk.asked.count == 1)
        disk.free.withLock { $0 = 0 }
        try await Task.sleep(for: Room.believedFor)
        #expect(throws: StoreError.self) { try room.demand() }
        disk.free.withLock { $0 = 500 }
        try await Task.sleep(for: Room.believedFor)
        try room.demand()
    }

    @Test("A file system that does not say is not a full one, and without a reserve none is asked")
    func unknown() throws {
        let disk = Disk()
        disk.free.withLock { $0 = nil }
        try room(disk).demand()
        try Room(path: "/nowhere", reserveBytes: 0).demand()
        try Room(path: "/nowhere", reserveBytes: 1).demand()
    }
}
