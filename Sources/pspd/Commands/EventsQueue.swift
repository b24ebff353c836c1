// `pspd events queue`: the backlog by state and age, as Postfix's qshape shows mail, and how the courier stands.

import ArgumentParser
import Foundation
import Store

/// Shows the backlog.
struct EventsQueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Show the backlog by state and age.",
        discussion: "Columns are ages in minutes: how many events of a state are at most that old."
    )

    @OptionGroup var config: ConfigurationOption
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    /// Upper ends of the columns, in minutes; a last column takes what is older.
    private static let spansMinutes: [Int64] = [1, 5, 10, 20, 40, 80, 160, 320, 640, 1280]

    private struct Result: Encodable {
        var spansMinutes: [Int64]
        var total: [Int]
        var states: [String: [Int]]
        var courier: CourierView?
    }

    func run() async throws {
        let store = try OperatorStore.open(config)
        let cells = try store.backlog(spansMilliseconds: Self.spansMinutes.map { $0 * 60_000 }, now: wallClock())
        let courier = try store.courierStatus().map(CourierView.init)
        let columns = Self.spansMinutes.count + 1
        var states: [EventState: [Int]] = [:]
        for cell in cells {
            states[cell.state, default: Array(repeating: 0, count: columns)][cell.span] += cell.count
        }
        let total = (0..<columns).map { column in states.values.reduce(0) { $0 + $1[column] } }
        if format == .json {
            let named = Dictionary(uniqueKeysWithValues: states.map { ($0.rawValue, $1) })
            return try JSONOutput.print(
                Result(spansMinutes: Self.spansMinutes, total: total, states: named, courier: courier))
        }
        let older = "\(Self.spansMinutes.last ?? 0)+"
        var table = TextTable(["STATE", "ALL"] + Self.spansMinutes.map(String.init) + [older], numbersFrom: 1)
        for state in EventState.allCases {
            if let counts = states[state] { table.add(row(state.rawValue, counts)) }
        }
        table.add(row("TOTAL", total))
        table.print()
        print(courier?.line ?? "No courier has worked on this store yet.")
    }

    private func row(_ name: String, _ counts: [Int]) -> [String] {
        [name, "\(counts.reduce(0, +))"] + counts.map(String.init)
    }
}

/// The courier's status, times as text.
struct CourierView: Encodable {
    var seenAt: String
    var breaker: String
    var probeAt: String?
    var pausedUntil: String?
    var tokenRefusedSince: String?
    var lastError: String?
    var processorSilentSince: String?
    var eventsInFlight: Int
    var overduePayments: Int

    init(_ status: CourierStatus) {
        seenAt = WallTime.text(status.seenAt)
        breaker = status.breaker.rawValue
        probeAt = status.probeAt.map(WallTime.text)
        pausedUntil = status.pausedUntil.map(WallTime.text)
        tokenRefusedSince = status.tokenRefusedSince.map(WallTime.text)
        lastError = status.lastError
        processorSilentSince = status.processorSilentSince.map(WallTime.text)
        eventsInFlight = status.eventsInFlight
        overduePayments = status.overduePayments
    }

    /// For people.
    var line: String {
        var parts = ["courier seen \(seenAt)", "\(eventsInFlight) on their way", "breaker \(breaker)"]
        if let probeAt { parts.append("next probe \(probeAt)") }
        if let pausedUntil { parts.append("Wix asked to wait until \(pausedUntil)") }
        if let tokenRefusedSince { parts.append("Wix refuses the app's token since \(tokenRefusedSince)") }
        if let processorSilentSince { parts.append("processor silent since \(processorSilentSince)") }
        if overduePayments > 0 { parts.append("\(overduePayments) payments overdue") }
        if let lastError { parts.append("last error \(lastError)") }
        return parts.joined(separator: "; ")
    }
}
