// What a process shows of itself.

import Testing

@testable import Metrics

@Suite("What a process shows") struct ProcessSlotTests {
    private func joined() throws -> (Metrics, ProcessSlot) {
        let metrics = Metrics.unshared()
        return (metrics, try #require(metrics.join(as: .worker, at: 5)))
    }

    private func view(_ metrics: Metrics, after seconds: UInt64 = 0) throws -> ProcessView {
        try #require(metrics.processes(now: Monotonic.seconds() + seconds).first)
    }

    @Test("Open requests are counted, with the age of the oldest")
    func openRequests() throws {
        let (metrics, slot) = try joined()
        #expect(try view(metrics).oldestRequestSeconds == nil)
        let first = slot.begin()
        let second = slot.begin()
        #expect(try view(metrics).openRequests == 2)
        let age = try view(metrics, after: 90).oldestRequestSeconds ?? 0
        #expect(age >= 90 && age < 120)
        slot.end(first, status: 200)
        slot.end(second, status: 503)
        let view = try view(metrics, after: 90)
        #expect(view.openRequests == 0 && view.oldestRequestSeconds == nil)
        #expect(view.requests == 2 && view.serverErrors == 1)
    }

    @Test("A process that gives no sign is silent for as long")
    func silence() throws {
        let (metrics, slot) = try joined()
        slot.beat()
        let silent = try view(metrics, after: 7).silentSeconds
        #expect(silent >= 7 && silent < 30)
        #expect(try view(metrics).residentBytes > 100_000)
    }

    @Test(
        "The last error is shown, cut to its room",
        arguments: [
            ("store failed: full: disk", "store failed: full: disk"),
            (String(repeating: "x", count: 500), String(repeating: "x", count: 192)), ("", ""), ("zwölf", "zwölf"),
        ])
    func errors(_ text: String, shown: String) throws {
        let (metrics, slot) = try joined()
        slot.note(error: "an older one, which is longer than some that follow", at: 1)
        slot.note(error: text, at: 77)
        let view = try view(metrics)
        #expect(view.lastError == shown)
        #expect(view.lastErrorAt == 77)
    }

    @Test("A stopping process says so, and one that has left is gone")
    func states() throws {
        let (metrics, slot) = try joined()
        #expect(try view(metrics).state == .working)
        slot.stopping()
        #expect(try view(metrics).state == .stopping)
        slot.leave()
        #expect(metrics.processes().isEmpty)
    }

    @Test("When all places are taken a process still counts, and is not shown")
    func fullHouse() throws {
        let metrics = Metrics.unshared()
        let slots = (0..<Layout.slotsMax).compactMap { _ in metrics.join(as: .worker, at: 0) }
        #expect(slots.count == Layout.slotsMax)
        #expect(metrics.join(as: .worker, at: 0) == nil)
        #expect(metrics.value(.processStart(.worker)) == UInt64(Layout.slotsMax + 1))
    }
}
