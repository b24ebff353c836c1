// Where each number stands in the shared file, in words of 64 bits. The layout follows from the lists below alone, and
// so does its fingerprint: a program with other metrics never counts in a file of this one.

/// Numbers of one name, one for each combination of labels.
struct Family: Sendable {
    enum Kind: Sendable, Hashable {
        case counter
        /// Upper ends of its buckets in nanoseconds, growing. Its words: one for each, one for what is longer, the sum.
        case histogram([Int64])
    }

    let name: String
    let help: String
    let kind: Kind
    /// Names of the labels and their words, the last one varying fastest.
    let labels: [(name: String, words: [String])]
    /// The first word.
    let first: Int
    /// The words of one series.
    let stride: Int
    /// Series from one word of the first label to the next.
    private let secondCount: Int

    init(
        _ name: String, _ help: String, _ kind: Kind, labels: [(name: String, words: [String])], first: Int
    ) {
        precondition(labels.count <= 2, "a family has two labels at most")
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.first = first
        stride = if case .histogram(let bounds) = kind { bounds.count + 2 } else { 1 }
        secondCount = labels.count == 2 ? labels[1].words.count : 1
    }

    var seriesCount: Int { labels.reduce(1) { $0 * $1.words.count } }
    var end: Int { first + seriesCount * stride }

    func index(_ label: some MetricLabel) -> Int { first + label.rawValue * stride }

    func index(_ label: some MetricLabel, _ second: some MetricLabel) -> Int {
        first + (label.rawValue * secondCount + second.rawValue) * stride
    }

    /// The labels of the series at a place, by name.
    func labels(at place: Int) -> [(name: String, value: String)] {
        switch labels.count {
        case 0: []
        case 1: [(labels[0].name, labels[0].words[place])]
        default:
            [
                (labels[0].name, labels[0].words[place / secondCount]),
                (labels[1].name, labels[1].words[place % secondCount]),
            ]
        }
    }
}

struct Layout: Sendable {
    static let current = Layout()

    /// Words before the first number: magic, fingerprint, length in bytes, and room.
    static let headerWords = 8
    /// `pspdmetr` as bytes.
    static let magic: UInt64 = 0x7073_7064_6d65_7472
    /// Processes that are shown at once: twice the most workers, since old and new ones overlap in a reload, and more.
    static let slotsMax = 520

    /// 0.5 ms to 30 s: what somebody waits for.
    static let shortBounds: [Int64] = [
        500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000,
        500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000,
    ]
    /// 10 ms to four days, which is how long Wix may keep an event waiting (design rule 11).
    static let longBounds: [Int64] = [
        10_000_000, 50_000_000, 100_000_000, 500_000_000, 1_000_000_000, 5_000_000_000, 30_000_000_000,
        60_000_000_000, 300_000_000_000, 1_800_000_000_000, 3_600_000_000_000, 14_400_000_000_000,
        86_400_000_000_000, 345_600_000_000_000,
    ]

    let requests, digestRefusals, notificationRefusals, idempotencyMismatches: Family
    let storeErrors, storeJobs, attempts, events, processorCalls, processStarts, processCrashes: Family
    let requestDurations, storeCommits, processorDurations, attemptDurations, deliveries: Family
    /// The first word of gauges, two words each: the value, and one once it was set.
    let gauges: Int
    /// The first word of the processes' slots.
    let slots: Int
    /// Length of the whole.
    let words: Int
    let fingerprint: UInt64

    private init() {
        var next = Self.headerWords
        func family(
            _ name: String, _ help: String, _ kind: Family.Kind = .counter,
            by labels: [(name: String, words: [String])] = []
        ) -> Family {
            let family = Family(name, help, kind, labels: labels, first: next)
            next = family.end
            return family
        }
        let endpoints = (name: "endpoint", words: EndpointLabel.words)
        let calls = (name: "call", words: ProcessorCallLabel.words)
        let roles = (name: "role", words: RoleLabel.words)
        let short = Family.Kind.histogram(Self.shortBounds)

        requests = family(
            "pspd_requests_total", "Requests answered.", by: [endpoints, ("outcome", OutcomeLabel.words)])
        digestRefusals = family(
            "pspd_digest_refusals_total", "Requests refused for their Digest header.",
            by: [("reason", DigestRefusalLabel.words)])
        notificationRefusals = family(
            "pspd_notification_refusals_total", "Notifications of the gateway refused for their signature.",
            by: [("reason", NotificationRefusalLabel.words)])
        idempotencyMismatches = family(
            "pspd_idempotency_mismatches_total", "Known ids that came with another amount, currency or merchant.")
        storeErrors = family(
            "pspd_store_errors_total", "Operations that the store failed.", by: [("code", StoreErrorLabel.words)])
        storeJobs = family(
            "pspd_store_jobs_total", "Jobs committed; many share one commit.")
        attempts = family(
            "pspd_delivery_attempts_total", "Attempts to deliver an event.",
            by: [("stage", StageLabel.words), ("result", AttemptLabel.words)])
        events = family(
            "pspd_event_results_total", "What attempts meant for their events.", by: [("result", EventLabel.words)])
        processorCalls = family(
            "pspd_processor_calls_total", "Calls to the payment processor.",
            by: [calls, ("result", ProcessorResultLabel.words)])
        processStarts = family("pspd_process_starts_total", "Processes that began their work.", by: [roles])
        processCrashes = family(
            "pspd_process_crashes_total",
            "Processes that were killed, crashed or failed; seen when the next one starts.", by: [roles])
        requestDurations = family(
            "pspd_request_duration_seconds", "From a request's arrival to its flushed answer.", short, by: [endpoints])
        storeCommits = family(
            "pspd_store_commit_duration_seconds", "A commit's way to the disk, fsync included.", short)
        processorDurations = family(
            "pspd_processor_call_duration_seconds", "Calls to the payment processor.", short, by: [calls])
        attemptDurations = family(
            "pspd_delivery_attempt_duration_seconds", "Attempts to deliver an event.", short)
        deliveries = family(
            "pspd_delivery_delay_seconds", "From an event's making to its delivery.", .histogram(Self.longBounds))

        gauges = next
        slots = gauges + 2 * Gauge.allCases.count
        words = slots + Self.slotsMax * SlotWord.count
        fingerprint = Self.hash(
            [
                requests, digestRefusals, notificationRefusals, idempotencyMismatches, storeErrors, storeJobs,
                attempts, events, processorCalls, processStarts, processCrashes, requestDurations, storeCommits,
                processorDurations, attemptDurations, deliveries,
            ].map { "\($0.name) \($0.kind) \($0.labels) \($0.first)" }.joined(separator: "\n")
                + "\(Gauge.allCases) \(gauges) \(slots) \(SlotWord.version) \(words)")
    }

    var families: [Family] {
        [
            requests, requestDurations, digestRefusals, notificationRefusals, idempotencyMismatches, storeErrors,
            storeJobs, storeCommits, attempts, attemptDurations, events, deliveries, processorCalls,
            processorDurations, processStarts, processCrashes,
        ]
    }

    /// FNV-1a: the same in every process, unlike Swift's seeded hash.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
