// How a check waits for events, and for their absence.

import FoundationEssentials
import Synchronization

extension Probe {
    private static let pollMilliseconds = 25
    private static let pollMillisecondsMax = 250

    /// The emulator; checks that need it say so in `needs`.
    func wix() throws(Finding) -> WixWindow {
        guard let wix = session.wix else { throw .skipped("--wix is missing: events can't be seen") }
        return wix
    }

    /// A payment's events as soon as they satisfy `isEnough`, or those there are when the time is over. They become
    /// evidence.
    func events(
        of id: String, within seconds: Double, until isEnough: ([SeenEvent]) -> Bool
    ) async throws -> [SeenEvent] {
        let wix = try wix()
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        var pause = Self.pollMilliseconds
        while true {
            let events = try await wix.events(of: id)
            if isEnough(events) || clock.now >= deadline {
                note(["events": .array(events.map(\.evidence)), "wixTransactionId": .string(id)])
                return events
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, Self.pollMillisecondsMax)
        }
    }

    /// The first event that fits; nil when none comes in time.
    ///
    /// - Throws: skipped when no event can come because the PSP gets no token, or when an earlier one was refused, after
    ///   which a PSP that keeps the order sends no other. Both have checks of their own.
    func event(
        of id: String, within seconds: Double? = nil, where fits: (SeenEvent) -> Bool
    ) async throws -> SeenEvent? {
        let isTokenless = session.state.withLock { $0.isTokenless }
        let wait = isTokenless ? 0 : seconds ?? plan.eventSeconds
        var refusedSince: ContinuousClock.Instant?
        let events = try await events(of: id, within: wait) { events in
            if events.contains(where: fits) { return true }
            guard events.contains(where: { $0.tellingCheck != nil }) else { return false }
            // A PSP that does not keep the order sends the others in a moment.
            let now = ContinuousClock.now
            if refusedSince == nil { refusedSince = now }
            return now >= (refusedSince ?? now) + .seconds(plan.quietSeconds)
        }
        if let event = events.first(where: fits) { return event }
        if let other = events.lazy.compactMap(\.tellingCheck).first {
            throw Finding.skipped("the emulator refused an earlier event of the payment: see \(other)")
        }
        let problems = try await wix().tokenProblems(after: session.tokensSeenBefore)
        if !problems.isEmpty, try await !wix().hasGivenToken(after: session.tokensSeenBefore) {
            session.state.withLock { $0.isTokenless = true }
            throw Finding.skipped("token requests are refused: see events.token-request")
        }
        return nil
    }

    /// The first event that fits.
    ///
    /// - Parameter what: completes "no event …".
    /// - Throws: `Finding.broken` when none comes in time.
    func requiredEvent(
        of id: String, _ what: String, where fits: (SeenEvent) -> Bool
    ) async throws -> SeenEvent {
        if let event = try await event(of: id, where: fits) { return event }
        throw Finding.broken("no event \(what) within \(Int(plan.eventSeconds)) s")
    }

    /// The first event that fits, where its absence is another check's business.
    func givenEvent(of id: String, see other: String, where fits: (SeenEvent) -> Bool) async throws -> SeenEvent {
        guard let event = try await event(of: id, where: fits) else { throw Finding.skipped("no event: see \(other)") }
        return event
    }

    /// Watches for a while.
    func quiet() async throws { try await Task.sleep(for: .seconds(plan.quietSeconds)) }
}
