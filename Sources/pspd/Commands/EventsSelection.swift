// Which events a command means: options that the commands of `pspd events` share.

public import ArgumentParser
import Endpoints
import Foundation
public import Store

extension EventState: ExpressibleByArgument {}

/// By number, payment, state and time; what is given must all hold.
struct EventsSelection: ParsableArguments {
    @Argument(help: "Events, by number.") var events: [Int64] = []
    @Option(help: ArgumentHelp("Of this payment: wixTransactionId or pluginTransactionId.", valueName: "id"))
    var payment: String?
    @Option(help: "In this state; may be repeated.") var state: [EventState] = []
    @Option(help: ArgumentHelp("Made since then: 2026-11-21T09:05:00Z, or 15m, 2h, 3d ago.", valueName: "time"))
    var since: TimePoint?
    @Option(help: ArgumentHelp("Made before this time.", valueName: "time")) var until: TimePoint?

    var isEmpty: Bool { events.isEmpty && payment == nil && state.isEmpty && since == nil && until == nil }

    /// The filter for the store; a payment has to be known.
    func filter(_ store: Store) throws -> EventFilter {
        EventFilter(
            ids: events, payment: try payment.map { try store.paymentRow(named: $0) }, states: Set(state),
            since: since?.millisecondsSince1970, until: until?.millisecondsSince1970)
    }
}

extension Store {
    /// The row of the payment with this wixTransactionId or pluginTransactionId.
    func paymentRow(named id: String) throws -> Int64 {
        let found =
            try payment(wixTransactionId: id, pluginTransactionId: DerivedID.transaction(id))
            ?? payment(pluginTransactionId: id)
        guard let found else { throw OperatorError("there is no payment \(id)") }
        return found.1.id
    }
}

/// A moment: RFC 3339, a date, or so long ago.
struct TimePoint: ExpressibleByArgument {
    let millisecondsSince1970: Int64

    private static let unitSeconds: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

    init?(argument: String) {
        if let unit = argument.last.flatMap({ Self.unitSeconds[$0] }), let number = UInt32(argument.dropLast()) {
            millisecondsSince1970 = wallClock() - Int64(Double(number) * unit * 1_000)
            return
        }
        let styles: [Date.ISO8601FormatStyle] = [
            .iso8601, .init(includingFractionalSeconds: true), .iso8601.year().month().day(),
        ]
        guard let date = styles.lazy.compactMap({ try? $0.parse(argument) }).first else { return nil }
        millisecondsSince1970 = Int64(date.timeIntervalSince1970 * 1_000)
    }
}
