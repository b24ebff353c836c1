// The calls of Submit Event that are kept in memory, bounded in number and bytes, oldest forgotten
// first. A value; the emulator guards it.

/// The latest records.
struct EventLog: Sendable {
    /// Records kept; a fifth more may stand until the next clean-up.
    static let recordsKept = 5_000
    /// Bytes of bodies kept.
    static let bodyBytesKept = 33_554_432

    private(set) var records: [EventRecord] = []
    private var bodyBytes = 0

    init() {}

    mutating func append(_ record: EventRecord) {
        records.append(record)
        bodyBytes += record.body.utf8.count
        guard records.count >= Self.recordsKept * 6 / 5 || bodyBytes >= Self.bodyBytesKept * 6 / 5 else { return }
        var surplus = max(records.count - Self.recordsKept, 0)
        var dropped = records.prefix(surplus).reduce(0) { $0 + $1.body.utf8.count }
        while bodyBytes - dropped > Self.bodyBytesKept {
            dropped += records[surplus].body.utf8.count
            surplus += 1
        }
        records.removeFirst(surplus)
        bodyBytes -= dropped
    }

    /// Records of one payment, or all; oldest first.
    func records(of wixTransactionId: String?) -> [EventRecord] {
        guard let id = wixTransactionId?.lowercased() else { return records }
        return records.filter { $0.wixTransactionId?.lowercased() == id }
    }
}
