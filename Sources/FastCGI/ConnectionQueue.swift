// Where accept threads wait for connections, one at a time. Shared by the threads of a `Server`.

import Dispatch
import Glibc

/// The listening socket, seen by many threads.
///
/// Only the thread whose turn it is polls the socket; when it has a connection, the next one takes its place. Were all
/// to poll, each connection would wake every idle thread of every worker, and all but one would find it taken: that
/// halved the throughput in a measurement with two workers of 16 threads.
///
/// A thread that took a connection is at work, with one of `limits.workingThreadsMax` places, until it asks for the
/// next one. While connections wait it gets that at once, without its turn: to hand each connection to a sleeping
/// thread cost a third of the throughput in a measurement of repeats with 16 threads on two processors.
final class ConnectionQueue: Sendable {
    private let listener: CInt
    private let stop: Latch
    private let limits: Limits
    private let report: @Sendable (ServerWarning) -> Void
    private let turn = SleepingLock()
    private let places: DispatchSemaphore

    init(
        listener: CInt, stop: Latch, threads: Int, limits: Limits, report: @escaping @Sendable (ServerWarning) -> Void
    ) {
        self.listener = listener
        self.stop = stop
        self.limits = limits
        self.report = report
        places = DispatchSemaphore(value: min(threads, limits.workingThreadsMax))
    }

    /// The next connection; nil after a stop. A failed accept is reported, the first in a row, and tried again after a
    /// pause: what is short (descriptors, memory) is short for every thread, so the turn is kept meanwhile.
    ///
    /// - Parameter isAtWork: whether the thread has a place, from an earlier connection. It has one when it gets a
    ///   connection, and none after a stop.
    func nextConnection(isAtWork: Bool) -> CInt? {
        if isAtWork {
            // What fails here fails again below, where it is told.
            if !stop.isOpen, let connection = try? acceptConnection(on: listener) { return connection }
            places.signal()
        }
        return turn.withLock {
            var isFailing = false
            while !stop.isOpen {
                do throws(SystemError) {
                    try waitForConnectionOrStop()
                    if let connection = try acceptWithPlace() { return connection }
                } catch {
                    guard error.code != ECONNABORTED else { continue }
                    if !isFailing { report(.acceptFailed(error)) }
                    isFailing = true
                    stop.wait(seconds: limits.acceptPauseSeconds)
                }
            }
            return nil
        }
    }

    /// Waits, for `limits.receiveSeconds` at most, until something of a request is there. nginx sends it right after it
    /// connects; should it be slow, another thread gets the place meanwhile. False when nothing came.
    func waitForRequest(on connection: CInt) -> Bool {
        if isReadable(connection, milliseconds: 0) { return true }
        places.signal()
        defer { places.wait() }
        return isReadable(connection, milliseconds: CInt(clamping: limits.receiveSeconds * 1_000))
    }

    /// Gives the place back when there is no connection after all.
    private func acceptWithPlace() throws(SystemError) -> CInt? {
        places.wait()
        do throws(SystemError) {
            if !stop.isOpen, let connection = try acceptConnection(on: listener) { return connection }
            places.signal()
            return nil
        } catch {
            places.signal()
            throw error
        }
    }

    private func isReadable(_ connection: CInt, milliseconds: CInt) -> Bool {
        var source = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        // Interrupted is as good as readable: the read that follows has a limit of its own.
        return poll(&source, 1, milliseconds) != 0
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
