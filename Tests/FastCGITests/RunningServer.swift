// A server on a socket in a folder of its own, run by a thread of its own.

import Glibc
import Synchronization

@testable import FastCGI

/// What threads leave for the test to look at, in the order they came.
final class Log<Entry: Sendable>: Sendable {
    private let kept = Mutex<[Entry]>([])
    var entries: [Entry] { kept.withLock { $0 } }
    func append(_ entry: Entry) { kept.withLock { $0.append(entry) } }
}

/// A folder that goes away with its owner.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/fastcgi-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func file(_ name: String) -> String { path + "/" + name }

    deinit {
        for name in ["socket", "other"] { unlink(file(name)) }
        rmdir(path)
    }
}

final class RunningServer: Sendable {
    let folder: Folder
    let server: Server
    let warnings = Log<ServerWarning>()
    /// Opens when `run` has returned.
    let ended: Latch
    private let listener: CInt
    var path: String { folder.file("socket") }

    init(
        threads: Int = 2, limits: Limits = Limits(), graceSeconds: Double = 10, onWarning: Latch? = nil,
        _ handle: @escaping @Sendable (Request, Responder) -> Void
    ) throws {
        folder = try Folder()
        listener = try ListeningSocket.unix(path: folder.file("socket"), mode: 0o600, group: nil, backlog: 128)
        let warnings = warnings
        server = try Server(listeningOn: listener, threads: threads, limits: limits) {
            warnings.append($0)
            onWarning?.open()
        }
        ended = try Latch()
        let (server, ended) = (server, ended)
        try startThread {
            server.run(graceSeconds: graceSeconds, handle)
            ended.open()
        }
    }

    /// A server that answers the path and the number of body bytes.
    convenience init(threads: Int = 2, limits: Limits = Limits(), onWarning: Latch? = nil) throws {
        try self.init(threads: threads, limits: limits, onWarning: onWarning) { request, responder in
            guard case .complete(let body) = request.body else { return _ = responder.send(Response(status: 400)) }
            responder.send(Response(status: 200, body: Array("\(request.path) \(body.count)".utf8)))
        }
    }

    /// Sends a small request and returns the answer's status, 0 without an answer.
    func probe() throws -> Int {
        try Client.exchange(path, Record.post("/probe", body: [1, 2, 3]))?.status ?? 0
    }

    deinit {
        server.stop()
        ended.wait(seconds: 10)
        closeDescriptor(listener)
    }
}
