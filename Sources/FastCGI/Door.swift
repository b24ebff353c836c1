// Where accept threads wait for connections, one at a time. Shared by the threads of a `Server`.

import Glibc

/// The listening socket, seen by many threads.
///
/// Only the thread whose turn it is polls the socket; when it has a connection, the next one takes its place. Were all
/// to poll, each connection would wake every idle thread of every worker, and all but one would find it taken: that
/// halved the throughput in a measurement with two workers of 16 threads.
final class Door: Sendable {
    private let listener: CInt
    private let stop: Latch
    private let pauseSeconds: Double
    private let report: @Sendable (Trouble) -> Void
    private let turn = SleepingLock()

    init(listener: CInt, stop: Latch, pauseSeconds: Double, report: @escaping @Sendable (Trouble) -> Void) {
        self.listener = listener
        self.stop = stop
        self.pauseSeconds = pauseSeconds
        self.report = report
    }

    /// The next connection; nil after a stop. A failed accept is reported, the first of a row, and tried again after a
    /// pause: what is short (descriptors, memory) is short for every thread, so the turn is kept meanwhile.
    func nextConnection() -> CInt? {
        turn.withLock {
            var isFailing = false
            while !stop.isOpen {
                do throws(SystemError) {
                    if let connection = try acceptConnection(on: listener) { return connection }
                    try waitForConnectionOrStop()
                } catch {
                    guard error.code != ECONNABORTED else { continue }
                    if !isFailing { report(.acceptFailed(error)) }
                    isFailing = true
                    stop.wait(seconds: pauseSeconds)
                }
            }
            return nil
        }
    }

    private func waitForConnectionOrStop() throws(SystemError) {
        var sources: InlineArray<2, pollfd> = [
            pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        var span = sources.mutableSpan
        try system("poll") {
            span.withUnsafeMutableBufferPointer { poll($0.baseAddress, nfds_t($0.count), -1) }
        }
    }
}
