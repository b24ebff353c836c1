// `pspd events`: the operator's view of the queue to Wix, and hand on it (design rule 11).
// Works on the store, beside a running courier or without one.

import ArgumentParser
import Courier
import Foundation
import Store

/// Lists and steers events.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "See and steer what goes to Wix.",
        discussion: """
            An event is queued, waiting (an earlier one of its payment is on its way), blocked (an earlier one is held \
            or dead), held, dead (given up), delivered, superseded or discarded.
            """,
        subcommands: [
            EventsList.self, EventsShow.self, EventsQueue.self, EventsRetry.self, EventsHold.self, EventsRelease.self,
            EventsDiscard.self,
        ]
    )
}

/// The chosen events, newest first.
struct EventsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List events, newest first.")

    @OptionGroup var config: ConfigurationOption
    @OptionGroup var selection: EventsSelection
    @Option(help: "How many at most.") var limit = 100
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    func run() async throws {
        guard limit > 0 else { throw ValidationError("--limit must be above 0") }
        let store = try OperatorStore.open(config)
        let events = try store.events(try selection.filter(store), limit: limit).map(EventRow.init)
        if format == .json { return try JSONOutput.print(events) }
        var table = TextTable("EVENT", "STATE", "KIND", "CREATED", "DUE", "TRIES", "ERROR", "WIXTRANSACTIONID")
        for event in events {
            table.add(
                "\(event.id)", event.state, event.final ? event.kind : "\(event.kind) (pending)", event.createdAt,
                event.doneAt == nil ? event.dueAt : "-", "\(event.attempts)", event.lastError ?? "-",
                event.wixTransactionId)
        }
        table.print()
    }
}

/// One event with its attempts.
struct EventsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one event: its message, where it stands, and every attempt.")

    @OptionGroup var config: ConfigurationOption
    @Argument(help: "The event's number.") var event: Int64
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    func run() async throws {
        let store = try OperatorStore.open(config)
        guard let details = try store.event(id: event) else { throw OperatorError("there is no event \(event)") }
        let view = EventView(details, behind: try behind(details.event, store))
        if format == .json { return try JSONOutput.print(view) }
        print(view.lines.joined(separator: "\n"))
    }

    /// The event that has to go first.
    private func behind(_ event: EventSummary, _ store: Store) throws -> Int64? {
        guard event.state == .waiting || event.state == .blocked, let payment = event.payment else { return nil }
        let open = EventFilter(payment: payment, states: Set(EventState.allCases.filter(\.isOpen)))
        return try store.events(open, limit: 1_000).map(\.id).filter { $0 < event.id }.min()
    }
}

/// Delivers now.
struct EventsRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Deliver now: replay dead events, end the wait of others for their next try.")

    @OptionGroup var steering: EventActionOptions

    func run() async throws { try await steering.run(.retry) }
}

/// Keeps back.
struct EventsHold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keep events back; later events of their payments are blocked.")

    @OptionGroup var steering: EventActionOptions

    func run() async throws { try await steering.run(.hold) }
}

/// Ends a hold.
struct EventsRelease: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Let held events go.")

    @OptionGroup var steering: EventActionOptions

    func run() async throws { try await steering.run(.release) }
}

/// Throws away.
struct EventsDiscard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Throw events away: Wix never hears of them. Cannot be undone.")

    @OptionGroup var steering: EventActionOptions

    func run() async throws { try await steering.run(.discard) }
}

/// What the steering commands share.
struct EventActionOptions: ParsableArguments {
    @OptionGroup var config: ConfigurationOption
    @OptionGroup var selection: EventsSelection
    @Flag(help: "Every event that this can be done to, or every one of those chosen.") var all = false
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    /// Events that are named in the result; the rest is counted.
    private static let namedMax = 1_000

    private struct Result: Encodable {
        var action: String
        var changed: Int
        var events: [Int64]
        var unchanged: [Unchanged]
    }

    private struct Unchanged: Encodable {
        var id: Int64
        var state: String
    }

    func validate() throws {
        guard all || !selection.isEmpty else {
            throw ValidationError(
                "say which events: by number, --payment, --state, --since or --until; --all for every one")
        }
    }

    func run(_ action: EventAction) async throws {
        let store = try OperatorStore.open(config)
        let filter = try selection.filter(store)
        let changed = try await store.steer(action, filter, now: wallClock())
        // The courier forgets what it had read, and takes these first.
        CourierWaker(store: store.path).steered(action == .hold || action == .discard ? [] : changed)
        let missed = Set(selection.events).subtracting(changed).sorted()
        let unchanged = try missed.map { id in
            Unchanged(id: id, state: try store.event(id: id)?.event.state.rawValue ?? "unknown")
        }
        let result = Result(
            action: action.rawValue, changed: changed.count, events: Array(changed.prefix(Self.namedMax)),
            unchanged: unchanged)
        if format == .json {
            try JSONOutput.print(result)
        } else {
            print("\(action.rawValue): \(changed.count) event\(changed.count == 1 ? "" : "s") changed")
            for event in unchanged { print("event \(event.id) is \(event.state): unchanged") }
        }
        if !unchanged.isEmpty { throw ExitCode.failure }
    }
}
