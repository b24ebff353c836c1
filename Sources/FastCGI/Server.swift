// The FastCGI service of one worker process: accept threads on a listening socket that other processes may share.
// Programs make one Server, `run` it on a thread of their own, and `stop` it from anywhere.

import Synchronization

/// What went wrong on the way to a request, for logs and metrics. The server has dealt with it.
public enum ServerWarning: Sendable, Equatable {
    /// No connection could be accepted (descriptors, memory): tried again after a pause. Only the first in a row is
    /// reported.
    case acceptFailed(SystemError)
    /// The server runs with fewer threads than asked for.
    case threadNotStarted(SystemError)
    /// A connection ended, stalled or broke the protocol before its parameters were complete.
    case connectionDropped
    /// Over `Limits.parametersBytesMax`; answered 431.
    case parametersTooLarge
}

/// Takes FastCGI requests from a listening socket and hands them to a handler, each with its `Responder`.
public final class Server: Sendable {
    private let queue: ConnectionQueue
    private let threads: Int
    private let limits: Limits
    private let report: @Sendable (ServerWarning) -> Void
    private let pool = ExchangePool()
    private let work: OpenWork
    private let stopAsked: Latch
    private let hasRun = Atomic<Bool>(false)
    /// Given to `stop` in the place of `run`'s; below zero when it was not.
    private let stopGraceMilliseconds = Atomic<Int>(-1)

    /// Prepares a server; nothing is accepted before `run`.
    ///
    /// - Parameters:
    ///   - descriptor: a listening stream socket (`ListeningSocket`). Stays the caller's, who may close it after `run`.
    ///     It is made non-blocking, for every process that shares it.
    ///   - threads: accept threads, 1 or more. A thread is taken from accept until the handler returns.
    ///   - report: told of warnings, on the accept threads.
    /// - Throws: `ListeningSocketError.notListening`, `SystemError`.
    public init(
        listeningOn descriptor: CInt, threads: Int, limits: Limits = Limits(),
        report: @escaping @Sendable (ServerWarning) -> Void = { _ in }
    ) throws {
        precondition(threads > 0 && limits.receiveSeconds > 0 && limits.sendSeconds > 0 && limits.workingThreadsMax > 0)
        Server.prepareLibrary()
        self.threads = threads
        self.limits = limits
        self.report = report
        stopAsked = try Latch()
        work = try OpenWork()
        queue = ConnectionQueue(
            listener: try ListeningSocket.adopt(descriptor), stop: stopAsked, threads: threads, limits: limits,
            report: report)
    }

    /// Serves. Blocks its thread until `stop` was called and every open responder has answered, or `graceSeconds`
    /// passed after `stop`. Once in a server's life.
    ///
    /// - Parameter handle: called on an accept thread. It may answer there, or pass the responder on and return.
    public func run(graceSeconds: Double, _ handle: @escaping @Sendable (Request, Responder) -> Void) {
        precondition(!hasRun.exchange(true, ordering: .relaxed), "a Server runs once")
        let acceptor = Acceptor(queue: queue, limits: limits, pool: pool, work: work, report: report, handle: handle)
        work.begin()  // this function itself, so that the count is not zero before all threads are started
        for started in 0..<threads {
            work.begin()
            do throws(SystemError) {
                try startThread {
                    acceptor.run()
                    acceptor.work.end()
                }
            } catch {
                work.end()
                precondition(started > 0, "no accept thread could be started: \(error)")
                report(.threadNotStarted(error))
                break
            }
        }
        stopAsked.wait(seconds: nil)
        work.end()
        let given = stopGraceMilliseconds.load(ordering: .relaxed)
        work.allDone.wait(seconds: given < 0 ? graceSeconds : Double(given) / 1_000)
    }

    /// Asks for the end: no more connections are accepted, `run` returns when the open requests are answered.
    /// From any thread or a signal source (not from a bare signal handler); again does nothing.
    ///
    /// - Parameter graceSeconds: in the place of what `run` was given.
    public func stop(graceSeconds: Double? = nil) {
        if let graceSeconds, !stopAsked.isOpen {
            stopGraceMilliseconds.store(Int(graceSeconds * 1_000), ordering: .relaxed)
        }
        stopAsked.open()
    }
}
