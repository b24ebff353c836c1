// What a stop has to wait for: the accept threads and the requests without an answer yet.

import Synchronization

/// Counts open work. The threads are counted too and end only after a stop, so zero is reached once: at the very end.
final class OpenWork: Sendable {
    private let count = Atomic<Int>(0)
    /// Opens when the last piece of work has ended.
    let allDone: Latch

    init() throws(SystemError) {
        allDone = try Latch()
    }

    func begin() {
        count.add(1, ordering: .relaxed)
    }

    func end() {
        let left = count.subtract(1, ordering: .acquiringAndReleasing).newValue
        precondition(left >= 0, "work ended twice")
        if left == 0 { allDone.open() }
    }
}
