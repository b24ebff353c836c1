// How the processes do, read from their slots by whoever asks: `/status`, `/metrics`, `pspd status`.

/// A living process.
public struct ProcessView: Sendable, Hashable {
    /// Its place; small and stable, so it can be a label.
    public let number: Int
    /// What it is.
    public let role: RoleLabel
    /// Its process id.
    public let processID: Int32
    /// Working or stopping.
    public let state: ProcessState
    /// Milliseconds since 1970.
    public let startedAt: Int64
    /// Seconds since it showed that it is well; more than a few: it hangs.
    public let silentSeconds: Int
    /// Its memory.
    public let residentBytes: UInt64
    /// Requests it has answered.
    public let requests: UInt64
    /// Those answered with a status of 500 or more.
    public let serverErrors: UInt64
    /// Requests it is working on.
    public let openRequests: Int
    /// Age of the oldest of them, in seconds.
    public let oldestRequestSeconds: Int?
    /// The last error it logged.
    public let lastError: String?
    /// When that was, milliseconds since 1970.
    public let lastErrorAt: Int64?
}

extension Metrics {
    /// The processes that live, by their place.
    public func processes() -> [ProcessView] { processes(now: Monotonic.seconds()) }

    func processes(now: UInt64) -> [ProcessView] {
        (0..<Layout.slotsMax).compactMap { number in
            let first = Layout.current.slots + number * SlotWord.count
            guard let state = ProcessState(rawValue: words.loadAcquiring(first + SlotWord.state)),
                let role = RoleLabel(rawValue: Int(clamping: words.load(first + SlotWord.role))),
                SlotLock.isHeld(words, number)
            else { return nil }
            let error = lastError(first)
            let open = openRequests(first, now: now)
            return ProcessView(
                number: number, role: role,
                processID: Int32(truncatingIfNeeded: words.load(first + SlotWord.processID)), state: state,
                startedAt: Int64(bitPattern: words.load(first + SlotWord.startedAt)),
                silentSeconds: Int(clamping: Int64(now) - Int64(clamping: words.load(first + SlotWord.beatAt))),
                residentBytes: words.load(first + SlotWord.residentBytes),
                requests: words.load(first + SlotWord.requests),
                serverErrors: words.load(first + SlotWord.serverErrors), openRequests: open.count,
                oldestRequestSeconds: open.oldest, lastError: error?.text, lastErrorAt: error?.at)
        }
    }

    private func openRequests(_ first: Int, now: UInt64) -> (count: Int, oldest: Int?) {
        var (count, oldest) = (0, nil as Int?)
        for age in 0..<SlotWord.openCells {
            let cell = SlotWord.open + (Int(now) + SlotWord.openCells - age) % SlotWord.openCells
            let requests = Int(clamping: Int64(bitPattern: words.load(first + cell)))
            guard requests > 0 else { continue }
            count += requests
            oldest = age
        }
        return (count, oldest)
    }

    /// Nil when there is none, and when it is being written at this moment.
    private func lastError(_ first: Int) -> (text: String, at: Int64)? {
        let version = words.loadAcquiring(first + SlotWord.errorVersion)
        guard version > 0, version % 2 == 0 else { return nil }
        let text = (0..<SlotWord.errorTextWords).flatMap { place in
            let word = words.load(first + SlotWord.errorText + place)
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
        let at = Int64(bitPattern: words.load(first + SlotWord.errorAt))
        words.fence()
        guard words.load(first + SlotWord.errorVersion) == version else { return nil }
        return (String(decoding: text.prefix { $0 != 0 }, as: UTF8.self), at)
    }
}
