// `/status`: what is in it, for whom, and what is not.

import Foundation
import Metrics
import Store
import Testing

@testable import Endpoints

@Suite("Status") struct StatusTests {
    private static let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    @Test("It shows processes, queue, claims, store and keys")
    func report() async throws {
        let test = try TestService()
        let slot = try #require(test.metrics.join(as: .worker, at: 1_790_000_000_123))
        _ = slot.begin()
        slot.note(error: "store failed: full", at: 1_790_000_001_000)
        _ = try await test.call("create-transaction", "create-transaction.request.card")
        let status = try await test.get("/status").object
        #expect(status["version"] as? String == "1.2.3")
        let worker = try #require((status["processes"] as? [[String: Any]])?.first)
        #expect(worker["role"] as? String == "worker" && worker["state"] as? String == "working")
        #expect(worker["pid"] as? Int == Int(getpid()))
        #expect(worker["openRequests"] as? Int == 1)
        #expect(worker["oldestRequestSeconds"] is Int)
        #expect(worker["lastError"] as? String == "store failed: full")
        #expect(worker["startedAt"] as? String == "2026-09-21T14:13:20.123Z")
        let queued = try #require((status["events"] as? [String: [String: Any]])?["queued"])
        #expect(queued["count"] as? Int == 1)
        #expect((queued["byAge"] as? [String: Int])?["minute"] == 1)
        #expect((status["claims"] as? [String: Any])?["open"] as? Int == 0)
        #expect((status["store"] as? [String: Any])?["bytes"] as? Int ?? 0 > 0)
        let key = try #require((status["keys"] as? [[String: Any]])?.first)
        #expect(key["bits"] as? Int == 2_048 && (key["fingerprint"] as? String)?.count == 64)
        slot.leave()
    }

    @Test(
        "No page shows a card, a credential or the buyer", arguments: ["/status", "/metrics", "/readyz", "/healthz"])
    func secrecy(_ path: String) async throws {
        let test = try TestService()
        _ = try await test.call("create-transaction", "create-transaction.request.card")
        _ = try await test.call("connect-account", "connect-account.request")
        for accept in [Self.browser, "*/*"] {
            let response = await test.get(path, accept: accept)
            for mark in TestService.marks { #expect(!response.text.contains(mark)) }
        }
    }

    @Test("A browser gets a page without scripts, under a policy that lets none in")
    func html() async throws {
        let test = try TestService()
        let slot = try #require(test.metrics.join(as: .worker, at: 0))
        slot.note(error: "<script>alert(1)</script>", at: 0)
        let response = await test.get("/status", accept: Self.browser)
        #expect(response.header("Content-Type") == "text/html; charset=utf-8")
        #expect(response.header("Content-Security-Policy")?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
        #expect(response.text.contains("<meta http-equiv=\"refresh\""))
        #expect(response.text.contains("&lt;script&gt;"))
        #expect(!response.text.contains("<script"))
        #expect(response.text.contains("No courier is running"))
        slot.leave()
    }

    @Test(
        "HTML is for those who want it more than JSON",
        arguments: [
            ([], false), (["*/*"], false), (["application/json"], false), ([browser], true), (["text/html"], true),
            (["text/html;q=0.5, application/json"], false), (["application/json;q=0.5", "text/html"], true),
            (["TEXT/HTML; q=1, */*; q=0.1"], true), (["text/*"], true), (["text/html;q=0"], false), ([""], false),
        ])
    func media(_ accept: [String], isHTML: Bool) {
        #expect(MediaPreference.prefersHTML(accept) == isHTML)
    }

    @Test("HEAD gets everything but the body", arguments: ["/healthz", "/readyz", "/status", "/metrics"])
    func head(_ path: String) async throws {
        let test = try TestService()
        let (head, get) = (await test.get(path, method: "HEAD"), await test.get(path))
        #expect(head.body.isEmpty && !get.body.isEmpty)
        #expect(head.status == get.status)
        #expect(head.header("Content-Type") == get.header("Content-Type"))
    }

    @Test("Nothing but reading is allowed", arguments: ["/healthz", "/readyz", "/status", "/metrics"])
    func methods(_ path: String) async throws {
        let response = await try TestService().get(path, method: "POST")
        #expect(response.status == 405 && response.header("Allow") == "GET, HEAD")
    }

    @Test("Without settings for them there are no pages")
    func none() async throws {
        #expect(await try TestService(pages: false).get("/status").status == 404)
    }

    // MARK: What needs attention

    enum Suffering: CaseIterable {
        case breaker, overdue, token, processor

        var status: CourierStatus {
            var status = CourierStatus(processID: 1, startedAt: TestService.now())
            switch self {
            case .breaker: (status.breaker, status.lastError) = (.open, "timeout")
            case .overdue: status.overduePayments = 3
            case .token: status.tokenRefusedSince = 0
            case .processor: status.processorSilentSince = 1_000
            }
            return status
        }

        var sentence: String {
            switch self {
            case .breaker: "The breaker is open: deliveries to Wix fail; last error timeout."
            case .overdue: "Wix has not accepted the final event of 3 payments for over 60 minutes."
            case .token:
                "Wix has refused the app's token since 1970-01-01T00:00:00.000Z: check wix.app-id and its secret."
            case .processor: "The processor has not answered look-ups since 1970-01-01T00:00:01.000Z."
            }
        }
    }

    @Test("What the courier suffers from is said in a sentence", arguments: Suffering.allCases)
    func courier(_ suffering: Suffering) async throws {
        let test = try TestService()
        let turn = try #require(try test.store.takeCourierTurn())
        let status = suffering.status
        try await test.store.keep(status)
        let slot = test.metrics.join(as: .worker, at: 0)
        let reading = OperatorReading(
            store: test.store, path: test.path, metrics: test.metrics, now: status.seenAt)
        #expect(reading.attention(test.settings) == [suffering.sentence])
        slot?.leave()
        turn.end()
    }

    @Test("A courier without a heartbeat, a weak key, no worker: each is said")
    func others() async throws {
        let test = try TestService(keyBits: 1_024)
        let turn = try #require(try test.store.takeCourierTurn())
        let now = TestService.now()
        try await test.store.keep(CourierStatus(processID: 1, startedAt: now - 60_000))
        let reading = OperatorReading(store: test.store, path: test.path, metrics: test.metrics, now: now)
        let attention = reading.attention(test.settings)
        #expect(attention.count == 3)
        #expect(attention[0] == "The courier has not reported for 60 s.")
        #expect(attention[1] == "No worker is running: Wix's calls fail.")
        #expect(attention[2].hasSuffix("has 1024 bits; 2048 are advised."))
        turn.end()
    }

    @Test("A store that can't be opened leaves gaps and says why")
    func unreadable() throws {
        let test = try TestService()
        let reading = OperatorReading(
            store: nil, path: test.path, storeError: "damaged: no database", metrics: test.metrics, now: 0)
        let report = OperatorReport(reading, test.settings)
        #expect(report.events == nil && report.claims == nil)
        #expect(report.store.error == "damaged: no database")
        #expect(report.attention.first == "The store can't be read: damaged: no database.")
    }
}
