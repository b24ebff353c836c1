// The limit of refused signatures, as a value: who is still checked, and who never is kept out.

import Metrics
import Testing

@testable import Endpoints

@Suite("Refusal limit") struct RefusalLimitTests {
    private let start = ContinuousClock.now
    private let stranger = CallerAddress("203.0.113.7")!
    private let wix = CallerAddress("198.51.100.1")!

    private func after(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    /// How many of `calls` at one instant are checked, each of them refused.
    private func checked(_ limit: inout RefusalLimit, _ address: CallerAddress, calls: Int, at seconds: Double) -> Int {
        (0..<calls).count { _ in
            guard limit.admits(address, now: after(seconds)) else { return false }
            limit.noteRefused(address, now: after(seconds))
            return true
        }
    }

    @Test("An address that only sends bad signatures has so many checked at once, and then so many a second")
    func flood() {
        var limit = RefusalLimit()
        #expect(checked(&limit, stranger, calls: 5_000, at: 0) == RefusalLimit.refusalsMax)
        #expect(checked(&limit, stranger, calls: 5_000, at: 1) == RefusalLimit.refusalsPerSecond)
        #expect(checked(&limit, stranger, calls: 5_000, at: 3) == 2 * RefusalLimit.refusalsPerSecond)
        #expect(checked(&limit, stranger, calls: 5_000, at: 3_600) == RefusalLimit.refusalsMax)
    }

    @Test("What one address sends is not held against another")
    func others() {
        var limit = RefusalLimit()
        _ = checked(&limit, stranger, calls: 5_000, at: 0)
        #expect(!limit.admits(stranger, now: start))
        #expect(limit.admits(wix, now: start))
    }

    @Test("An address that also sends genuine calls is never limited, whatever else comes from it")
    func shared() {
        var limit = RefusalLimit()
        limit.noteGenuine(wix, now: start)
        #expect(checked(&limit, wix, calls: 5_000, at: 1) == 5_000)
        // A call an hour keeps it so, and bad ones in between do not count.
        for hour in 1...48 {
            limit.noteGenuine(wix, now: after(Double(hour) * 3_600))
            #expect(checked(&limit, wix, calls: 600, at: Double(hour) * 3_600 + 1) == 600)
        }
    }

    @Test("A genuine call opens an address that was limited, at once")
    func opened() {
        var limit = RefusalLimit()
        _ = checked(&limit, wix, calls: 5_000, at: 0)
        #expect(!limit.admits(wix, now: start))
        limit.noteGenuine(wix, now: start)
        #expect(limit.admits(wix, now: start))
        #expect(checked(&limit, wix, calls: 5_000, at: 1) == 5_000)
    }

    @Test("A day without a genuine call makes an address a stranger's again")
    func forgotten() {
        var limit = RefusalLimit()
        limit.noteGenuine(wix, now: start)
        let day = Double(RefusalLimit.trustSeconds)
        #expect(checked(&limit, wix, calls: 5_000, at: day - 1) == 5_000)
        #expect(checked(&limit, wix, calls: 5_000, at: day) == RefusalLimit.refusalsMax)
    }

    @Test("However many addresses call, a bounded number is remembered, and nobody new is kept out")
    func crowd() throws {
        var limit = RefusalLimit()
        for number in 0..<RefusalLimit.addressesMax + 100 {
            let address = try #require(CallerAddress("10.1.\(number / 250).\(number % 250)"))
            limit.noteRefused(address, now: start)
        }
        #expect(limit.count == RefusalLimit.addressesMax)
        #expect(checked(&limit, stranger, calls: 1_000, at: 0) == 1_000)
        // The search for forgettable ones at `start` found none; the next one comes after a pause.
        limit.noteGenuine(wix, now: after(Double(RefusalLimit.sweepSeconds)))
        #expect(limit.count == 1)
    }

    @Test(
        "Addresses are told apart as their owners are",
        arguments: [
            ("203.0.113.7", "203.0.113.7", true), ("203.0.113.7", "203.0.113.8", false),
            ("::ffff:203.0.113.7", "203.0.113.7", true), ("::ffff:203.0.113.7", "::ffff:203.0.113.8", false),
            ("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::1", true), ("2001:db8:1:2::", "2001:db8:1:3::", false),
            ("::1", "127.0.0.1", false),
        ])
    func addresses(_ one: String, _ other: String, _ areSame: Bool) throws {
        #expect((try #require(CallerAddress(one)) == #require(CallerAddress(other))) == areSame)
    }

    @Test(
        "What is no address has no limit of its own",
        arguments: ["", "unix:", "localhost", "1.2.3", "1.2.3.4.5", "g::"])
    func none(_ text: String) {
        #expect(CallerAddress(text) == nil)
    }

    @Test("A limited address is answered 429 before its signature is looked at, and counted; others are served")
    func endpoint() async throws {
        let test = try TestService()
        let body = Array("{}".utf8)
        var bad = TestService.request("create-transaction", body: body, digests: ["JWT=x"])
        bad.address = "203.0.113.7"
        var statuses: Set<Int> = []
        for _ in 0..<RefusalLimit.refusalsMax { statuses.insert(await test.answer(bad).status) }
        #expect(statuses == [401])
        // The clock runs on, and gives some back: of so many, most have to be limited.
        for _ in 0..<RefusalLimit.refusalsMax { statuses.insert(await test.answer(bad).status) }
        #expect(statuses == [401, 429])
        #expect(test.metrics.value(.digestRefusal(.limited)) >= 1)
        #expect(
            test.metrics.value(.digestRefusal(.limited))
                == test.metrics.value(.request(.createTransaction, .tooManyRequests)))
        #expect(test.metrics.value(.digestRefusal(.malformed)) >= UInt64(RefusalLimit.refusalsMax))

        var genuine = bad
        genuine.digests = [try TestKey.of(bits: 2_048).digest(body)]
        genuine.address = "198.51.100.1"
        #expect(await test.answer(genuine).status == 200)
        genuine.address = nil
        #expect(await test.answer(genuine).status == 200)
    }
}
