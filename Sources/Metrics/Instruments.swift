// What can be counted, timed and set: one case each, with the labels that tell its time series apart.

/// A number that only grows.
public enum Counter: Sendable, Hashable {
    /// A request was answered.
    case request(EndpointLabel, OutcomeLabel)
    /// A Digest header was refused.
    case digestRefusal(DigestRefusalLabel)
    /// A notification of the gateway was refused.
    case notificationRefusal(NotificationRefusalLabel)
    /// The same key came with another amount, currency or merchant: answered 409 (design rule 6).
    case idempotencyMismatch
    /// The store failed an endpoint.
    case storeError(StoreErrorLabel)
    /// A job of the store was committed; many share one commit.
    case storeJob
    /// Delivery was attempted.
    case attempt(StageLabel, AttemptLabel)
    /// What an attempt meant for its event.
    case event(EventLabel)
    /// The processor was called.
    case processorCall(ProcessorCallLabel, ProcessorResultLabel)
    /// A process began its work.
    case processStart(RoleLabel)
    /// A process ended without ending its work: killed, crashed or failed.
    case processCrash(RoleLabel)
}

/// A distribution of durations.
public enum Histogram: Sendable, Hashable {
    /// From a request's arrival to its flushed answer.
    case request(EndpointLabel)
    /// A commit's way to the disk, fsync included.
    case storeCommit
    /// A call to the processor.
    case processorCall(ProcessorCallLabel)
    /// One attempt to deliver an event, token and submit together.
    case attempt
    /// From an event's making to its delivery.
    case delivery
}

/// A number that goes up and down.
public enum Gauge: Int, Sendable, Hashable, CaseIterable {
    /// How long ago Wix had signed the last genuine request, in seconds; negative when its clock is ahead
    /// (design rule 1: the seen skew).
    case digestIssuedSecondsAgo
}

extension Counter {
    var index: Int {
        let layout = Layout.current
        return switch self {
        case .request(let endpoint, let outcome): layout.requests.index(endpoint, outcome)
        case .digestRefusal(let reason): layout.digestRefusals.index(reason)
        case .notificationRefusal(let reason): layout.notificationRefusals.index(reason)
        case .idempotencyMismatch: layout.idempotencyMismatches.first
        case .storeError(let code): layout.storeErrors.index(code)
        case .storeJob: layout.storeJobs.first
        case .attempt(let stage, let result): layout.attempts.index(stage, result)
        case .event(let result): layout.events.index(result)
        case .processorCall(let call, let result): layout.processorCalls.index(call, result)
        case .processStart(let role): layout.processStarts.index(role)
        case .processCrash(let role): layout.processCrashes.index(role)
        }
    }
}

extension Histogram {
    /// Its first word, and the upper ends of its buckets in nanoseconds.
    var place: (first: Int, bounds: [Int64]) {
        let layout = Layout.current
        return switch self {
        case .request(let endpoint): (layout.requestDurations.index(endpoint), Layout.shortBounds)
        case .storeCommit: (layout.storeCommits.first, Layout.shortBounds)
        case .processorCall(let call): (layout.processorDurations.index(call), Layout.shortBounds)
        case .attempt: (layout.attemptDurations.first, Layout.shortBounds)
        case .delivery: (layout.deliveries.first, Layout.longBounds)
        }
    }
}
