// However long the emulator runs, it remembers only so much, and the latest.

import Foundation
import Testing

@testable import WixEmulator

@Suite("Memory stays bounded")
struct BoundsTests {
    @Test("The oldest events are forgotten by number")
    func number() {
        var log = EventLog()
        for number in 1...EventLog.recordsKept * 2 { log.append(record(body: "\(number)")) }
        #expect(log.records.count < EventLog.recordsKept * 6 / 5)
        #expect(log.records.last?.body == "\(EventLog.recordsKept * 2)")
    }

    @Test("The oldest events are forgotten by bytes")
    func bytes() {
        var log = EventLog()
        let body = String(repeating: "x", count: EventLog.bodyBytesKept / 10)
        for _ in 1...25 { log.append(record(body: body)) }
        let kept = log.records.reduce(0) { $0 + $1.body.utf8.count }
        #expect(kept <= EventLog.bodyBytesKept * 6 / 5)
        #expect(!log.records.isEmpty)
    }

    @Test("The oldest payments are forgotten")
    func payments() {
        var ledger = WixLedger()
        for number in 1...WixLedger.paymentsKept * 2 { ledger.update("\(number)") { _ in } }
        #expect(ledger.ids.count <= WixLedger.paymentsKept * 6 / 5)
        #expect(ledger.ids.count == ledger.payments.count)
        #expect(ledger["1"] == nil)
        #expect(ledger["\(WixLedger.paymentsKept * 2)"] != nil)
    }

    @Test("The oldest tokens are forgotten, the latest serve")
    func tokens() {
        var desk = TokenDesk()
        let first = desk.issue(now: 0)
        for _ in 1...TokenDesk.tokensKept * 6 / 5 { _ = desk.issue(now: 0) }
        #expect(desk.spend(first, now: 0) != nil)
        #expect(desk.spend(desk.issue(now: 0), now: 0) == nil)
    }

    private func record(body: String) -> EventRecord {
        EventRecord(time: .now, path: Emulator.eventPath, status: 200, body: body, problems: [])
    }
}
