// Deadlines of waits: each rings once, and what is answered in time leaves nothing behind.

import Synchronization
import Testing

@testable import Endpoints

@Suite("Alarms")
struct AlarmsTests {
    @Test(
        "Alarms ring once each, whatever the order they were set in",
        arguments: [[1, 20, 40], [40, 20, 1], [20, 1, 40]])
    func order(milliseconds: [Int]) async {
        let alarms = Alarms()
        let (rings, continuation) = AsyncStream.makeStream(of: Int.self)
        let now = ContinuousClock.now
        for delay in milliseconds {
            _ = alarms.set(now.advanced(by: .milliseconds(delay))) { continuation.yield(delay) }
        }
        var rung: [Int] = []
        for await delay in rings {
            #expect(ContinuousClock.now >= now.advanced(by: .milliseconds(delay)))
            rung.append(delay)
            if rung.count == milliseconds.count { break }
        }
        #expect(rung.sorted() == milliseconds.sorted())
        #expect(alarms.count == 0)
    }

    @Test("A canceled alarm is forgotten at once and never rings")
    func canceled() async {
        let alarms = Alarms()
        let (rings, continuation) = AsyncStream.makeStream(of: String.self)
        let now = ContinuousClock.now
        let first = alarms.set(now.advanced(by: .milliseconds(20))) { continuation.yield("canceled") }
        _ = alarms.set(now.advanced(by: .milliseconds(40))) { continuation.yield("kept") }
        alarms.cancel(first)
        #expect(alarms.count == 1)
        #expect(await rings.first { _ in true } == "kept")
    }

    @Test("A wait whose value comes in time leaves no alarm; one whose value does not come ends at its deadline")
    func replies() async {
        let reply = Reply<Int>()
        let far = ContinuousClock.now.advanced(by: .seconds(600))
        async let value = reply.wait(until: far)
        #expect(reply.offer(7))
        #expect(await value == 7)

        let silent = Reply<Int>()
        #expect(await silent.wait(until: ContinuousClock.now.advanced(by: .milliseconds(5))) == nil)
        #expect(await Reply<Int>().wait(until: ContinuousClock.now) == nil)
    }
}
