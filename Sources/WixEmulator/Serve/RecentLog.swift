// A list that forgets its oldest entries, so that memory stays bounded however long the emulator runs. A value; the
// emulator guards it.

/// The latest entries of something.
struct RecentLog<Entry: Sendable>: Sendable {
    /// Entries kept; a fifth more may stand until the next clean-up.
    let kept: Int
    private(set) var entries: [Entry] = []

    init(keeping kept: Int) {
        self.kept = kept
    }

    mutating func append(_ entry: Entry) {
        entries.append(entry)
        if entries.count >= kept * 6 / 5 { entries.removeFirst(entries.count - kept) }
    }
}
