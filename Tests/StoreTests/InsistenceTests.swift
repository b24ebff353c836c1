import Synchronization
import Testing

@testable import Store

@Suite("Insisting")
struct InsistenceTests {
    private static let full = StoreError(.full, "no room")

    @Test("What must not get lost is stored after a day of trouble, and soon after its end")
    func day() async {
        let passed = Mutex(Duration.zero)
        let longest = Mutex(Duration.zero)
        let stored = await Store.insist(
            while: { true },
            { () async throws(StoreError) in
                if passed.withLock({ $0 < .seconds(86_400) }) { throw Self.full }
                return "stored"
            }, onError: { _ in },
            pausing: { pause in
                passed.withLock { $0 += pause }
                longest.withLock { $0 = max($0, pause) }
            })
        #expect(stored == "stored")
        #expect(longest.withLock { $0 } == .seconds(Store.insistPauseSecondsMax))
    }

    @Test("Nothing is tried again with an untrusted store, or when the process ends", arguments: [true, false])
    func end(isUntrusted: Bool) async {
        let tries = Counter()
        let errors = Counter()
        let stored: String? = await Store.insist(
            while: { isUntrusted },
            { () async throws(StoreError) in
                _ = tries.next()
                throw isUntrusted ? StoreError(.untrusted, "a sync failed") : Self.full
            }, onError: { _ in _ = errors.next() }, pausing: { _ in })
        #expect(stored == nil)
        #expect(tries.count == 1)
        #expect(errors.count == 1)
    }
}
