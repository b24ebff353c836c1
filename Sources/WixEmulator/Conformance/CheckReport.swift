// What came of a run, as values. Written out by Report/.

/// What came of one check.
public struct CheckResult: Sendable {
    /// How a check ended.
    public enum Status: String, Sendable, CaseIterable {
        case passed, failed, skipped
        /// It could not be carried out, for example because the emulator went away.
        case error
    }

    /// The check.
    public var check: Check
    /// How it ended.
    public var status: Status
    /// What came instead, or why it was skipped; nil when it passed.
    public var detail: String?
    /// What was sent and what came, for a check that failed: `{ sent, came }` a call, `{ events }` a look at events.
    public var evidence: [JSON]
    /// How long it took.
    public var milliseconds: Double

    /// Whether it makes the run fail.
    public var isFatal: Bool { status == .error || (status == .failed && check.severity == .must) }
}

/// What came of a run.
public struct CheckReport: Sendable {
    /// Base URL of the PSP.
    public var psp: String
    /// Base URL of the emulator.
    public var wix: String?
    /// When it began: UTC, ISO 8601.
    public var started: String
    /// How long it took.
    public var seconds: Double
    /// In the catalog's order.
    public var results: [CheckResult]

    /// Whether no check of severity "must" failed.
    public var passes: Bool { !results.contains(where: \.isFatal) }

    /// Results of a status, and of a severity if one is given.
    public func count(_ status: CheckResult.Status, _ severity: Check.Severity? = nil) -> Int {
        results.count { $0.status == status && (severity == nil || $0.check.severity == severity) }
    }
}
