// The page that Prometheus reads.

import TestPrometheus
import Testing

@testable import Metrics

@Suite("Prometheus' page") struct PrometheusTextTests {
    private func page(_ metrics: Metrics) throws -> PrometheusPage {
        var text = PrometheusText()
        metrics.write(to: &text)
        return try PrometheusPage(text.text)
    }

    @Test("All that can be counted parses, before and after it was counted")
    func parses() throws {
        let metrics = Metrics.unshared()
        #expect(try page(metrics).families.count >= Layout.current.families.count)
        for family in Layout.current.families {
            for word in family.first..<family.end { metrics.words.add(word, UInt64(word)) }
        }
        metrics.set(.digestIssuedSecondsAgo, -3)
        let page = try page(metrics)
        #expect(page.families.count == Layout.current.families.count + 1)
        #expect(page.value("pspd_digest_issued_seconds_ago") == -3)
    }

    @Test("A counter stands under its labels")
    func labels() throws {
        let metrics = Metrics.unshared()
        metrics.count(.request(.voidTransaction, .alreadyVoided), 2)
        metrics.count(.attempt(.submit, .badAnswer), 3)
        metrics.count(.digestRefusal(.bodyMismatch), 4)
        metrics.count(.processorCall(.lookupRefund, .unknown), 5)
        let page = try page(metrics)
        #expect(page.value("pspd_requests_total", ["endpoint": "void-transaction", "outcome": "already-voided"]) == 2)
        #expect(page.value("pspd_delivery_attempts_total", ["stage": "submit", "result": "bad-answer"]) == 3)
        #expect(page.value("pspd_digest_refusals_total", ["reason": "body-mismatch"]) == 4)
        #expect(page.value("pspd_processor_calls_total", ["call": "lookup-refund", "result": "unknown"]) == 5)
        #expect(page.families["pspd_requests_total"]?.samples.count == 1)
    }

    @Test("Rare things are shown as zero before they happen, so that their first time is an increase")
    func zeros() throws {
        let page = try page(Metrics.unshared())
        #expect(page.value("pspd_idempotency_mismatches_total") == 0)
        #expect(page.value("pspd_process_crashes_total", ["role": "courier"]) == 0)
        #expect(page.value("pspd_event_results_total", ["result": "dead"]) == 0)
    }

    @Test("A distribution is shown with cumulative buckets and its sum in seconds")
    func histograms() throws {
        let metrics = Metrics.unshared()
        metrics.observe(.delivery, milliseconds: 20)
        metrics.observe(.delivery, milliseconds: 7_200_000)
        let page = try page(metrics)
        #expect(page.value("pspd_delivery_delay_seconds_bucket", ["le": "0.01"]) == 0)
        #expect(page.value("pspd_delivery_delay_seconds_bucket", ["le": "0.05"]) == 1)
        #expect(page.value("pspd_delivery_delay_seconds_bucket", ["le": "3600.0"]) == 1)
        #expect(page.value("pspd_delivery_delay_seconds_bucket", ["le": "+Inf"]) == 2)
        #expect(page.value("pspd_delivery_delay_seconds_sum") == 7_200.02)
    }

    @Test("Whatever a label holds, it stays one label")
    func escaping() throws {
        var text = PrometheusText()
        text.family("pspd_x", .gauge, "A help with \\ and\na line")
        text.sample("pspd_x", [("v", "a\"b\\c\nd},e=\"")], 1.5)
        #expect(try PrometheusPage(text.text).value("pspd_x", ["v": "a\"b\\c\nd},e=\""]) == 1.5)
    }
}
