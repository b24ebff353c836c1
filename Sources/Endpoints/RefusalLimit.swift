// Keeps a flood of bad signatures from costing CPU, and never keeps Wix out: Wix's calls come from few addresses, so
// what is limited is not calls but refusals, and only of addresses that never sent a genuine call. A pure value: the
// time and what was found come in, whether a signature is worth checking goes out.

/// How many refused signatures an address has, and what follows.
struct RefusalLimit: Sendable {
    /// Refusals that an unknown address may collect at once.
    static let refusalsMax = 500
    /// What it gets back: after that, so many of its calls a second are still checked. A signature costs some 30
    /// microseconds.
    static let refusalsPerSecond = 50
    /// How long an address that sent a genuine call is never limited, in seconds: a day.
    static let trustSeconds = 86_400
    /// Addresses that are remembered. While all of them have to be, others are not limited.
    static let addressesMax = 10_000
    /// Between two searches for addresses that can be forgotten, in seconds: a search looks at all.
    static let sweepSeconds = 10

    typealias Instant = ContinuousClock.Instant

    private struct Record {
        /// When all its refusals are forgiven: each moves it by one step. (The virtual time of a leaky bucket.)
        var forgivenAt: Instant
        /// Until when it counts as one that sends genuine calls.
        var trustedUntil: Instant

        func canGo(_ now: Instant) -> Bool { forgivenAt <= now && trustedUntil <= now }
    }

    private static let step = Duration.seconds(1) / refusalsPerSecond
    private var records: [CallerAddress: Record] = [:]
    private var nextSweep: Instant?

    /// How many addresses are remembered.
    var count: Int { records.count }

    /// Whether the signature of a call from this address is to be checked at all.
    func admits(_ address: CallerAddress, now: Instant) -> Bool {
        guard let record = records[address], record.trustedUntil <= now else { return true }
        return now.duration(to: record.forgivenAt) <= Self.step * (Self.refusalsMax - 1)
    }

    /// A signature from this address was genuine.
    mutating func noteGenuine(_ address: CallerAddress, now: Instant) {
        let trustedUntil = now.advanced(by: .seconds(Self.trustSeconds))
        // Nothing is held against it any more, and a day later it begins anew.
        set(address, Record(forgivenAt: now, trustedUntil: trustedUntil), now)
    }

    /// A signature from this address was refused.
    mutating func noteRefused(_ address: CallerAddress, now: Instant) {
        var record = records[address] ?? Record(forgivenAt: now, trustedUntil: now)
        guard record.trustedUntil <= now else { return }
        record.forgivenAt = max(record.forgivenAt, now).advanced(by: Self.step)
        set(address, record, now)
    }

    private mutating func set(_ address: CallerAddress, _ record: Record, _ now: Instant) {
        if records.count >= Self.addressesMax, records[address] == nil {
            sweep(now)
            guard records.count < Self.addressesMax else { return }
        }
        records[address] = record
    }

    private mutating func sweep(_ now: Instant) {
        if let nextSweep, now < nextSweep { return }
        nextSweep = now.advanced(by: .seconds(Self.sweepSeconds))
        records = records.filter { !$0.value.canGo(now) }
    }
}
