// What one request may cost. Values of a `Server`, fixed for its life.

/// Limits on every request (design rule 14).
public struct Limits: Sendable {
    /// Largest body that is read in. A larger one is reported as `Request.Body.tooLarge`.
    public var bodyBytesMax = 262_144
    /// Largest sum of all parameters, counted as `name=value` and one byte each. A request above it is answered 431
    /// by the server itself.
    public var parametersBytesMax = 65_536
    /// Longest silence of nginx while a request is read, and the longest time a whole body may take.
    public var receiveSeconds = 10
    /// Longest time that nginx may take nothing of an answer.
    public var sendSeconds = 10
    /// Pause after a failed accept (no descriptor or no memory left), so that it is not retried in a tight loop.
    public var acceptPauseSeconds = 0.1

    /// Threads that may be at work on a request at once, 1 or more; the others wait for connections, or for requests
    /// that are slow to come. For a handler that never blocks: more such threads than processors only take these from
    /// each other.
    public var workingThreadsMax = Int.max

    /// The defaults of the design.
    public init() {}
}
