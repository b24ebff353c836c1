// Plain threads. Accept threads block in reads, so they can't be tasks of the shared pool.

import Glibc

/// Starts a detached thread that runs `body` and ends.
///
/// The thread takes no signals from outside: a read with a time limit is broken off by a handled signal even under
/// SA_RESTART, and libfcgi would take that for a lost connection. Traps and faults are not blocked.
func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var outside = sigset_t()
    var before = sigset_t()
    sigfillset(&outside)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&outside, fault) }
    // A thread starts with its creator's mask, so it is set here and put back.
    pthread_sigmask(SIG_BLOCK, &outside, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    let start = Unmanaged.passRetained(ThreadStart(body: body))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, { ThreadStart.run($0) }, start.toOpaque())
    guard code == 0 else {
        start.release()
        throw SystemError("pthread_create", code)
    }
    pthread_detach(thread)
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    static func run(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let pointer else { return nil }
        let start = Unmanaged<ThreadStart>.fromOpaque(pointer).takeRetainedValue()
        start.body()
        return nil
    }
}
