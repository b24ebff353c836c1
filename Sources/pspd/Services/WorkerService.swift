// A worker's heart: FastCGI requests in, endpoint answers out. The only place that knows both.

import Courier
import CrashPoints
import Endpoints
import FastCGI
import Foundation
import Glibc
import Logging
import Master
import Metrics
import Processors
import ServiceLifecycle
import UnixSignals

/// Serves until graceful shutdown is asked for, then finishes what is open for as long as the grace is. SIGQUIT, by which
/// the master retires a worker that has a successor, gives it as long as anybody waits for an answer.
struct WorkerService: Service {
    /// Longer than nginx waits for pspd (fastcgi_read_timeout, 40 s).
    static let retireSeconds = 50.0

    let server: Server
    let endpoints: EndpointService
    let waker: CourierWaker
    let slot: ProcessSlot?
    let logger: Logger
    let graceSeconds: Double
    /// Started by a master, which wants to know when it serves.
    let isMasters: Bool

    func run() async throws {
        let retirement = await UnixSignalsSequence(trapping: .sigquit)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in retirement {
                    slot?.stopping()
                    server.stop(graceSeconds: Self.retireSeconds)
                }
            }
            await serveUntilStopped()
            group.cancelAll()
        }
    }

    private func serveUntilStopped() async {
        await withGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                // `Server.run` blocks, so it gets a thread that no task waits for.
                Thread.detachNewThread {
                    if isMasters { Readiness.tellMaster() }
                    server.run(graceSeconds: graceSeconds) { request, responder in serve(request, responder) }
                    continuation.resume()
                }
            }
        } onGracefulShutdown: {
            slot?.stopping()
            server.stop()
        }
    }

    private func serve(_ request: Request, _ responder: Responder) {
        let startedAt = ContinuousClock.now
        let open = slot?.begin()
        let call = EndpointRequest(request)
        switch endpoints.admit(call) {
        case .answer(let response): finish(call, response, responder, startedAt, open)
        // Up to its first wait, which is the writer's, it runs on this thread: no other has to be woken for it.
        case .work(let work): Task.immediate { finish(call, await work(), responder, startedAt, open) }
        }
    }

    private func finish(
        _ call: EndpointRequest, _ response: EndpointResponse, _ responder: Responder,
        _ startedAt: ContinuousClock.Instant, _ open: ProcessSlot.OpenRequest?
    ) {
        CrashPoint.beforeAnswer.reach()
        let isFlushed = responder.send(
            Response(status: response.status, headers: response.headers, body: response.body))
        CrashPoint.afterAnswer.reach()
        // The event must not overtake its answer. Without a reader there is no answer to overtake.
        if !response.released.isEmpty { waker.release(response.released) }
        let took = startedAt.duration(to: .now)
        endpoints.note(call, response, took: took)
        if let open { slot?.end(open, status: response.status) }
        let milliseconds = took / .milliseconds(1)
        var metadata: Logger.Metadata = [
            "request": .string(call.requestID), "path": .string(LogText.path(call.path)),
            "status": "\(response.status)",
            "outcome": .string(response.outcome), "ms": "\((milliseconds * 10).rounded() / 10)",
        ]
        metadata["subject"] = response.subject.map(Logger.MetadataValue.string)
        // nginx, and so Wix, did not get it: a repeat will come.
        if !isFlushed { metadata["flushed"] = "false" }
        // Operators' probes come every few seconds.
        let isProbe = response.status == 200 && EndpointService.isForOperators(path: call.path)
        logger.log(level: isProbe ? .debug : .info, "request", metadata: metadata)
    }
}

/// What of a request may be logged.
enum LogText {
    private static let pathCharactersMax = 64

    /// A path without the token of a buyer's page, cut to a length that no client chooses.
    static func path(_ path: String) -> String {
        let pages = SandboxProcessor.pagePath
        return path.hasPrefix(pages) ? pages + "…" : String(path.prefix(pathCharactersMax))
    }
}

extension EndpointRequest {
    /// nginx sends the request's id as REQUEST_ID; anything else than a short plain word is replaced, since it goes
    /// into logs and headers.
    init(_ request: Request) {
        let parameters = request.parameters
        let sent = parameters["REQUEST_ID"] ?? ""
        let isPlain =
            (1...64).contains(sent.utf8.count)
            && sent.utf8.allSatisfy { isalnum(CInt($0)) != 0 || $0 == UInt8(ascii: "-") }
        self.init(
            method: request.method, path: request.path, contentType: parameters["CONTENT_TYPE"],
            digests: parameters.all("HTTP_DIGEST"), body: Body(request.body),
            requestID: isPlain ? sent : UUID().uuidString.lowercased(),
            address: parameters["REMOTE_ADDR"],
            header: { name in
                parameters.all("HTTP_" + name.uppercased().replacingOccurrences(of: "-", with: "_"))
            })
    }
}

extension EndpointRequest.Body {
    init(_ body: Request.Body) {
        switch body {
        case .complete(let bytes): self = .complete(bytes)
        case .tooLarge: self = .tooLarge
        case .truncated: self = .truncated
        }
    }
}
