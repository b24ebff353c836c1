// The emulator on a FastCGI socket. What `wix-emulator serve` runs.

import FastCGI
import FoundationEssentials

/// Joins an emulator to a FastCGI server.
public struct EmulatorServer: Sendable {
    private let server: Server
    private let emulator: Emulator

    /// - Parameters:
    ///   - descriptor: a listening socket.
    ///   - threads: requests answered at once.
    /// - Throws: what the FastCGI library throws when it can't start.
    public init(_ emulator: Emulator, listeningOn descriptor: CInt, threads: Int) throws {
        self.emulator = emulator
        server = try Server(listeningOn: descriptor, threads: threads, limits: Limits())
    }

    /// Blocks until `stop` was called and open requests were answered, a second at most.
    public func run() {
        server.run(graceSeconds: 1) { [emulator] request, responder in
            let reply = emulator.answer(request, now: Date())
            guard reply.delaySeconds > 0 else {
                responder.send(reply.response)
                return
            }
            // A fault holds this answer back; it must not hold a thread.
            Task {
                try? await Task.sleep(for: .seconds(reply.delaySeconds))
                responder.send(reply.response)
            }
        }
    }

    /// Ends `run`; from any thread.
    public func stop() { server.stop() }
}
