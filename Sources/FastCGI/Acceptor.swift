// What an accept thread does: take a connection, read its request, call the handler, go on. Started by `Server`.

struct Acceptor: Sendable {
    let queue: ConnectionQueue
    let limits: Limits
    let pool: ExchangePool
    let work: OpenWork
    let report: @Sendable (ServerWarning) -> Void
    let handle: @Sendable (Request, Responder) -> Void

    /// Returns after a stop; a request it has begun is handled first.
    func run() {
        var isAtWork = false
        while let connection = queue.nextConnection(isAtWork: isAtWork) {
            isAtWork = true
            serve(connection)
        }
    }

    private func serve(_ connection: CInt) {
        do throws(SystemError) {
            try setTimeouts(connection, receiveSeconds: limits.receiveSeconds, sendSeconds: limits.sendSeconds)
        } catch {
            closeDescriptor(connection)
            return report(.acceptFailed(error))
        }
        guard queue.waitForRequest(on: connection) else {
            closeDescriptor(connection)
            return report(.connectionDropped)
        }
        let exchange = pool.take()
        guard exchange.begin(on: connection) else {
            pool.give(exchange)
            return report(.connectionDropped)
        }
        let responder = Responder(exchange, pool: pool, work: work)
        guard let parameters = exchange.parameters(bytesMax: limits.parametersBytesMax) else {
            responder.send(Response(status: 431))
            return report(.parametersTooLarge)
        }
        let body = exchange.body(contentLength: parameters["CONTENT_LENGTH"], limits: limits)
        handle(Request(parameters: parameters, body: body), responder)
    }
}
