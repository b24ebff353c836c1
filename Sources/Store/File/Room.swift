// The reserve on the store's disk: new work is refused before the disk is full, so that work in progress can settle
// (design rule 5, `min-free-megabytes`).

import Glibc
import Synchronization

final class Room: Sendable {
    /// How long an answer of the file system is believed.
    static let believedFor = Duration.seconds(1)

    private struct State {
        var askedAt: ContinuousClock.Instant?
        var isThere = true
    }

    private let reserveBytes: Int64
    /// Bytes that this process may still write, nil when the file system does not say.
    private let freeBytes: @Sendable () -> Int64?
    private let state = Mutex(State())

    /// Room on the disk of `path`.
    convenience init(path: String, reserveBytes: Int64) {
        self.init(reserveBytes: reserveBytes) {
            var status = statvfs()
            guard statvfs(path, &status) == 0 else { return nil }
            return Int64(clamping: status.f_bavail) * Int64(status.f_frsize)
        }
    }

    init(reserveBytes: Int64, freeBytes: @escaping @Sendable () -> Int64?) {
        self.reserveBytes = reserveBytes
        self.freeBytes = freeBytes
    }

    /// Throws `full` when new work would use up the reserve.
    func demand() throws(StoreError) {
        guard reserveBytes > 0 else { return }
        let isThere = state.withLock { state in
            let now = ContinuousClock.now
            if let askedAt = state.askedAt, askedAt.duration(to: now) < Self.believedFor { return state.isThere }
            // A file system that does not say is not a full one.
            state = State(askedAt: now, isThere: freeBytes().map { $0 >= reserveBytes } ?? true)
            return state.isThere
        }
        guard isThere else {
            throw StoreError(.full, "less than \(reserveBytes >> 20) MiB are free on the store's disk")
        }
    }
}
