// Which events an operator means: by id, payment, state or time. For the commands that list and steer events.

import GRDB

/// A choice of events; an empty filter chooses all.
public struct EventFilter: Sendable, Hashable {
    /// These events.
    public var ids: [Int64]
    /// The payment's row.
    public var payment: Int64?
    /// In one of these states.
    public var states: Set<EventState>
    /// Made at this time or later, milliseconds since 1970.
    public var since: Int64?
    /// Made before this time, milliseconds since 1970.
    public var until: Int64?

    /// Creates a filter.
    public init(
        ids: [Int64] = [], payment: Int64? = nil, states: Set<EventState> = [], since: Int64? = nil,
        until: Int64? = nil
    ) {
        self.ids = ids
        self.payment = payment
        self.states = states
        self.since = since
        self.until = until
    }

    /// Whether it chooses all events.
    public var isEmpty: Bool { self == EventFilter() }
}

extension EventFilter {
    /// The filter as an SQL condition on `events`. Of open events alone it runs along the index of open events.
    var condition: (sql: String, arguments: StatementArguments) {
        var terms: [String] = []
        var arguments = StatementArguments()
        if !ids.isEmpty { terms.append("id IN (\(ids.map(String.init).joined(separator: ", ")))") }
        if let payment {
            terms.append("payment_id = ?")
            arguments += [payment]
        }
        if !states.isEmpty {
            if states.allSatisfy(\.isOpen) { terms.append("done_at IS NULL") }
            terms.append("state IN (\(states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))")
        }
        if let since {
            terms.append("created_at >= ?")
            arguments += [since]
        }
        if let until {
            terms.append("created_at < ?")
            arguments += [until]
        }
        return (terms.isEmpty ? "1" : terms.joined(separator: " AND "), arguments)
    }
}
