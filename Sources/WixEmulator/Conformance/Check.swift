// One rule that a PSP keeps to, and how to find out. The checks themselves are in Checks/, a file a family; the runner
// gives each a Probe of its own.

/// A check of one rule.
public struct Check: Sendable {
    /// What a breach means for the exit status.
    public enum Severity: String, Sendable, CaseIterable {
        /// Wix's own text asks for it, or money depends on it.
        case must
        /// Deduced or advised: a breach is told, and fails nothing.
        case should
    }

    /// When a check runs.
    enum Turn: Sendable, CaseIterable {
        /// One after the other, in the catalog's order.
        case inTurn
        /// Beside others, because it waits for the PSP's own time: retries, pending payments.
        case sideBySide
        /// With nothing beside it, because it disturbs every event.
        case alone
        /// After all others: looks at what they have gathered.
        case atEnd
    }

    /// Stable: family and name, for example `digest.expired`.
    public let id: String
    /// How bad a breach is.
    public let severity: Severity
    /// Where the rule is from, for example `spec §2`.
    public let source: String
    /// The rule, in a sentence.
    public let rule: String
    /// What Wix does when it is broken, or what becomes of the order.
    public let consequence: String
    let needs: [Need]
    let turn: Turn
    let run: @Sendable (Probe) async throws -> Void

    init(
        _ id: String, _ severity: Severity, _ source: String, _ rule: String, wix consequence: String,
        needs: [Need] = [], turn: Turn = .inTurn, run: @escaping @Sendable (Probe) async throws -> Void
    ) {
        self.id = id
        self.severity = severity
        self.source = "spec \(source)"
        self.rule = rule
        self.consequence = consequence
        self.needs = needs
        self.turn = turn
        self.run = run
    }

    /// A check of severity "must".
    init(
        _ id: String, _ source: String, _ rule: String, wix consequence: String, needs: [Need] = [],
        turn: Turn = .inTurn, run: @escaping @Sendable (Probe) async throws -> Void
    ) {
        self.init(id, .must, source, rule, wix: consequence, needs: needs, turn: turn, run: run)
    }

    /// The part of the id before the dot.
    public var family: String { String(id.prefix { $0 != "." }) }
}

/// How a check ends other than well.
enum Finding: Error, Sendable {
    /// The rule is broken; the text tells what came instead.
    case broken(String)
    /// The check says nothing; the text tells why.
    case skipped(String)
}
