// The answer's way back to nginx. Handed to the handler with each request; may travel to any thread or task.

import Synchronization

/// Answers exactly one request, from any thread. Dropping it unanswered answers 500: a bug is not a hang.
public final class Responder: Sendable {
    private let exchange: Exchange
    private let pool: ExchangePool
    private let work: OpenWork
    private let isAnswered = Atomic<Bool>(false)

    init(_ exchange: Exchange, pool: ExchangePool, work: OpenWork) {
        self.exchange = exchange
        self.pool = pool
        self.work = work
        work.begin()
    }

    deinit {
        send(Response(status: 500))
    }

    /// Writes the answer and closes the connection. Only the first call counts; a later one returns false.
    ///
    /// Waits no longer than `Limits.sendSeconds` for nginx to take more bytes; an answer within the socket's buffer
    /// (some 200 KB) never waits. After a body that was not read in (`.tooLarge`) it first takes in and forgets what
    /// nginx still sends, up to 2 s after its last byte, because a close would cost nginx the answer.
    ///
    /// - Returns: true when the whole answer was handed to nginx's socket; false when nginx had gone or stalled.
    @discardableResult
    public func send(_ response: Response) -> Bool {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        let isFlushed = exchange.finish(response)
        pool.give(exchange)
        work.end()
        return isFlushed
    }
}
