// Counters, distributions and gauges of one process.

import Testing

@testable import Metrics

@Suite("Numbers") struct NumberTests {
    private static let counters: [Counter] =
        EndpointLabel.allCases.flatMap { endpoint in OutcomeLabel.allCases.map { .request(endpoint, $0) } }
        + DigestRefusalLabel.allCases.map { .digestRefusal($0) }
        + NotificationRefusalLabel.allCases.map { .notificationRefusal($0) }
        + [.idempotencyMismatch, .storeJob]
        + StoreErrorLabel.allCases.map { .storeError($0) }
        + StageLabel.allCases.flatMap { stage in AttemptLabel.allCases.map { .attempt(stage, $0) } }
        + EventLabel.allCases.map { .event($0) }
        + ProcessorCallLabel.allCases.flatMap { call in ProcessorResultLabel.allCases.map { .processorCall(call, $0) } }
        + RoleLabel.allCases.flatMap { [.processStart($0), .processCrash($0)] }

    private static let histograms: [Histogram] =
        EndpointLabel.allCases.map { .request($0) } + ProcessorCallLabel.allCases.map { .processorCall($0) }
        + [.storeCommit, .attempt, .delivery]

    @Test("No two numbers share a word, and all lie between the header and the slots")
    func places() {
        let words =
            Self.counters.map(\.index)
            + Self.histograms.flatMap { histogram in
                let (first, bounds) = histogram.place
                return Array(first..<(first + bounds.count + 2))
            }
        #expect(Set(words).count == words.count)
        #expect(words.min() == Layout.headerWords)
        #expect(words.max() == Layout.current.gauges - 1)
        #expect(words.count == Layout.current.gauges - Layout.headerWords)
    }

    @Test("Counting one counter changes no other")
    func counting() {
        let metrics = Metrics.unshared()
        for (number, counter) in Self.counters.enumerated() { metrics.count(counter, number) }
        for (number, counter) in Self.counters.enumerated() { #expect(metrics.value(counter) == UInt64(number)) }
    }

    @Test(
        "A duration falls into the first bucket that holds it",
        arguments: [
            (Duration.zero, 0), (.nanoseconds(-5), 0), (.microseconds(500), 0), (.nanoseconds(500_001), 1),
            (.seconds(30), 14), (.seconds(31), 15), (.seconds(Int64.max), 15),
        ])
    func buckets(_ duration: Duration, bucket: Int) {
        let metrics = Metrics.unshared()
        metrics.observe(.storeCommit, duration)
        let first = Layout.current.storeCommits.first
        #expect((0..<16).map { metrics.words.load(first + $0) } == (0..<16).map { $0 == bucket ? 1 : 0 })
    }

    @Test("The words of the log are known, however they are written; a new one is other")
    func outcomes() {
        #expect(OutcomeLabel(word: "idempotency_mismatch") == .idempotencyMismatch)
        #expect(OutcomeLabel(word: "still-running") == .stillRunning)
        #expect(OutcomeLabel(word: "sent-back-approved") == .sentBack)
        #expect(OutcomeLabel(word: "4111111111111111") == .other)
        #expect(OutcomeLabel.notJson.word == "not-json")
    }

    @Test("An attempt's error class is known by its word; none is a delivery")
    func attempts() {
        #expect(AttemptLabel(error: nil) == .delivered)
        #expect(AttemptLabel(error: "token-refused") == .tokenRefused)
        #expect(AttemptLabel(error: "something") == .other)
    }
}
