// `/metrics`, and the files under `deploy/` that rely on its names.

import Foundation
import Metrics
import Store
import TestPrometheus
import Testing

@testable import Endpoints

@Suite("Metrics page") struct MetricsPageTests {
    private func page(_ test: TestService) async throws -> PrometheusPage {
        let response = await test.get("/metrics")
        #expect(response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        return try PrometheusPage(response.text)
    }

    @Test("It parses, and shows what has happened")
    func page() async throws {
        let test = try TestService()
        _ = try await test.call("create-transaction", "create-transaction.request.card")
        _ = try await test.call("create-transaction", "create-transaction.request.card")
        let page = try await page(test)
        let create = ["endpoint": "create-transaction", "outcome": "approved"]
        #expect(page.value("pspd_requests_total", create) == 2)
        #expect(page.value("pspd_request_duration_seconds_count", ["endpoint": "create-transaction"]) == 2)
        #expect(page.value("pspd_processor_calls_total", ["call": "pay", "result": "approved"]) == 1)
        #expect(page.value("pspd_store_commit_duration_seconds_count") ?? 0 > 0)
        #expect(page.value("pspd_events_open", ["state": "queued"]) == 1)
        #expect(page.value("pspd_events_total") == 1)
        #expect(page.value("pspd_operations_total") == 1)
        #expect(page.value("pspd_claims_open", ["holder": "process"]) == 0)
        #expect(page.value("pspd_courier_up") == 0)
        #expect(page.value("pspd_store_readable") == 1)
        #expect(page.value("pspd_build_info", ["version": "1.2.3"]) == 1)
    }

    @Test("It shows how the courier stands")
    func courier() async throws {
        let now = TestService.now()
        let test = try TestService(clock: { now })
        let turn = try #require(try test.store.takeCourierTurn())
        var status = CourierStatus(processID: 1, startedAt: now - 9_000)
        status.breaker = .halfOpen
        status.overduePayments = 4
        status.tokenRefusedSince = now - 61_000
        try await test.store.keep(status)
        let page = try await page(test)
        #expect(page.value("pspd_courier_up") == 1)
        #expect(page.value("pspd_courier_breaker", ["state": "half-open"]) == 1)
        #expect(page.value("pspd_courier_breaker", ["state": "closed"]) == 0)
        #expect(page.value("pspd_payments_overdue") == 4)
        #expect(page.value("pspd_token_refused_seconds") == 61)
        #expect(page.value("pspd_courier_silent_seconds") == 9)
        turn.end()
    }

    @Test("An outcome has a word of its own", arguments: ["card", "minimal", "hosted-page", "recurring-setup"])
    func outcomes(_ example: String) async throws {
        let test = try TestService()
        let response = try await test.call("create-transaction", "create-transaction.request.\(example)")
        #expect(OutcomeLabel(word: response.outcome) != .other)
    }

    @Test(
        "Dashboard and alert rules use names that are exported", arguments: ["grafana-dashboard.json", "alerts.yaml"])
    func deployed(_ file: String) async throws {
        let test = try TestService()
        let turn = try #require(try test.store.takeCourierTurn())
        try await test.store.keep(CourierStatus(processID: 1, startedAt: TestService.now()))
        let slot = test.metrics.join(as: .worker, at: 0)
        _ = try await test.call("create-transaction", "create-transaction.request.card")
        let exported = try await page(test).sampleNames
        let text = try projectFile("deploy/\(file)")
        let used = Set(text.matches(of: /\bpspd_[a-z0-9_]+/).map { String($0.output) })
        #expect(used.count > 10)
        #expect(used.subtracting(exported) == [])
        slot?.leave()
        turn.end()
    }

    @Test("README says of every alert, with its severity, what to do")
    func explained() throws {
        let alerts = try projectFile("deploy/alerts.yaml").matches(
            of: /- alert: (\w+)[^#]*?severity: (\w+)/)
        #expect(alerts.count > 20)
        let readme = try projectFile("README.md")
        for alert in alerts {
            #expect(readme.contains("\n| \(alert.1) (\(alert.2)) | "))
        }
    }

    @Test("The log's lines that README explains are lines of the programs")
    func logged() throws {
        let readme = try projectFile("README.md")
        let table = try #require(readme.firstMatch(of: /What lines of level error or critical mean:\n\n((?:\|.*\n)+)/))
            .1
        let lines = table.split(separator: "\n").flatMap { row in
            row.dropFirst().prefix { $0 != "|" }.matches(of: /`…?(.+?)…?`/).map { String($0.1) }
        }
        #expect(lines.count > 15)
        let sources = try FileManager.default.subpathsOfDirectory(atPath: project("Sources").path)
            .filter { $0.hasSuffix(".swift") }.map { try projectFile("Sources/\($0)") }
        #expect(lines.filter { line in !sources.contains { $0.contains(line) } } == [])
    }

    private func projectFile(_ path: String) throws -> String {
        try String(contentsOf: project(path), encoding: .utf8)
    }

    private func project(_ path: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../\(path)")
    }
}
