// A latch that threads can poll for. Closed at first; once open it stays open, and every waiter sees it, now or later.
// Used for "stop" and for "nothing left to wait for".

import Glibc
import Synchronization

final class Latch: Sendable {
    /// The reading end of a pipe into which nothing is written: `poll` reports its hang-up from the moment the latch
    /// opens.
    let descriptor: CInt
    private let writingEnd: CInt
    private let opened = Atomic<Bool>(false)

    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        try system("pipe") { pipe(&ends) }
        for end in ends { setCloseOnExec(end) }
        descriptor = ends[0]
        writingEnd = ends[1]
    }

    deinit {
        closeDescriptor(descriptor)
        if !isOpen { closeDescriptor(writingEnd) }
    }

    var isOpen: Bool { opened.load(ordering: .acquiring) }

    /// From any thread, any number of times.
    func open() {
        guard !opened.exchange(true, ordering: .acquiringAndReleasing) else { return }
        closeDescriptor(writingEnd)
    }

    /// Waits until the latch is open, at most `seconds` (nil: for ever). Returns whether it is open.
    @discardableResult
    func wait(seconds: Double?) -> Bool {
        let end = seconds.map { ContinuousClock.now + .seconds(max(0, min($0, 86_400 * 365))) }
        while !isOpen {
            var milliseconds: CInt = -1
            if let end {
                let left = (end - .now) / .milliseconds(1)
                guard left > 0 else { return false }
                milliseconds = CInt(min(left.rounded(.up), 60_000))
            }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = Glibc.poll(&poll, 1, milliseconds)  // EINTR and an early end are both just another turn
        }
        return true
    }
}
