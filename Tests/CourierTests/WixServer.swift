// A Wix of the tests' own, over real TLS: gives tokens, takes events, and misbehaves as its script says. In process, so
// that it can do what no well-behaved server does: resets, stalls, bodies without end.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// What the server does with a request.
enum WixReply: Sendable {
    /// A whole answer.
    case answer(Int, headers: [(String, String)] = [], body: String = "")
    /// A head that promises a body, a part of it, and a reset.
    case resetInBody
    /// Nothing, ever.
    case stall
    /// A head, and then a byte of body now and then, without end.
    case trickle
    /// A body of so many bytes.
    case huge(Int)

    static let taken = json(200, "{}")
    static let token = json(200, #"{"refresh_token":null,"access_token":"test-token"}"#)

    static func json(_ status: Int, _ body: String) -> WixReply {
        .answer(status, headers: [("Content-Type", "application/json")], body: body)
    }
}

/// A request as it came in.
struct WixRequest: Sendable {
    var path: String
    var headers: HTTPHeaders
    var body: String
    /// Which connection it came on, counted from 1.
    var connection: Int

    var isToken: Bool { path == "/oauth/access" }
    /// `wixTransactionId` of an event.
    var payment: String? {
        let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: [String: [String: Any]]]
        return object?["event"]?.values.first?["wixTransactionId"] as? String
    }
}

/// Answers with a script until it is stopped.
final class WixServer: Sendable {
    typealias Script = @Sendable (WixRequest) async -> WixReply

    /// Gives tokens and takes all events.
    static let kind: Script = { $0.isToken ? .token : .taken }

    let port: Int
    var url: String { "https://localhost:\(port)" }

    private let channel: any Channel
    private let state: Mutex<State>
    private struct State {
        var script: Script
        var requests: [WixRequest] = []
        var waiters: [(count: Int, isCounted: @Sendable (WixRequest) -> Bool, CheckedContinuation<Void, Never>)] = []
        var connections = 0
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    /// Listens on `port`, by default a free one.
    static func start(
        port: Int = 0, certificate: CertificateFiles = TestCertificates.good, _ script: @escaping Script = kind
    ) async throws -> WixServer {
        try await WixServer(port: port, certificate, script)
    }

    private init(port: Int, _ files: CertificateFiles, _ script: @escaping Script) async throws {
        let box = Box()
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
        tls.applicationProtocols = ["http/1.1"]
        let context = try NIOSSLContext(configuration: tls)
        state = Mutex(State(script: script))
        channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        WixConnection(server: box.server, number: box.server.opened(channel)))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
        box.server = self
    }

    /// The handlers' way to the server that is being made.
    private final class Box: @unchecked Sendable {
        // Set once, before the port is known to anybody.
        nonisolated(unsafe) var server: WixServer!
    }

    /// Ends listening and every connection.
    func stop() async {
        try? await channel.close()
        let open = state.withLock { Array($0.channels.values) }
        for channel in open { try? await channel.close() }
    }

    /// Changes what the server does from now on.
    func follow(_ script: @escaping Script) { state.withLock { $0.script = script } }

    var requests: [WixRequest] { state.withLock { $0.requests } }
    var events: [WixRequest] { requests.filter { !$0.isToken } }
    var connectionCount: Int { state.withLock { $0.connections } }

    /// Returns once so many events, or requests of another kind, have come in since the start.
    func received(_ count: Int, where isCounted: @escaping @Sendable (WixRequest) -> Bool = { !$0.isToken }) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests.count(where: isCounted) >= count { return true }
                state.waiters.append((count, isCounted, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    fileprivate func opened(_ channel: any Channel) -> Int {
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
        }
        return state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            state.connections += 1
            return state.connections
        }
    }

    fileprivate func handle(_ request: WixRequest, on channel: any Channel) {
        Task { await WixConnection.send(await reply(to: request), on: channel) }
    }

    private func reply(to request: WixRequest) async -> WixReply {
        let (script, ready) = state.withLock { state in
            state.requests.append(request)
            let ready = state.waiters.filter { state.requests.count(where: $0.isCounted) >= $0.count }
            state.waiters.removeAll { state.requests.count(where: $0.isCounted) >= $0.count }
            return (state.script, ready)
        }
        for waiter in ready { waiter.2.resume() }
        return await script(request)
    }
}

/// One connection.
private final class WixConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: WixServer
    private let number: Int
    private var head: HTTPRequestHead?
    private var body = ""

    init(server: WixServer, number: Int) {
        self.server = server
        self.number = number
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let request = WixRequest(path: head.uri, headers: head.headers, body: body, connection: number)
            server.handle(request, on: context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    static func send(_ reply: WixReply, on channel: any Channel) async {
        switch reply {
        case .answer(let status, let headers, let body):
            var all = HTTPHeaders(headers)
            if status != 204 { all.replaceOrAdd(name: "Content-Length", value: "\(body.utf8.count)") }
            await write(.head(head(status, all)), on: channel)
            if !body.isEmpty { await write(.body(.byteBuffer(ByteBuffer(string: body))), on: channel) }
            await write(.end(nil), on: channel)
        case .resetInBody:
            await write(.head(head(200, jsonHeaders + [("Content-Length", "100")])), on: channel)
            await write(.body(.byteBuffer(ByteBuffer(string: "{"))), on: channel)
            try? await channel.close()
        case .stall: break
        case .trickle:
            await write(.head(head(200, jsonHeaders + [("Content-Length", "1000")])), on: channel)
            let space = ByteBuffer(string: " ")
            while channel.isActive {
                await write(.body(.byteBuffer(space)), on: channel)
                try? await Task.sleep(for: .milliseconds(50))
            }
        case .huge(let count):
            await write(.head(head(200, jsonHeaders + [("Content-Length", "\(count)")])), on: channel)
            let block = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 20)
            for _ in 0..<(count >> 20) where channel.isActive {
                await write(.body(.byteBuffer(block)), on: channel)
            }
            await write(.end(nil), on: channel)
        }
    }

    private static let jsonHeaders = HTTPHeaders([("Content-Type", "application/json")])

    private static func head(_ status: Int, _ headers: HTTPHeaders) -> HTTPResponseHead {
        HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
    }

    /// A client that has gone is no error of the test's.
    private static func write(_ part: HTTPServerResponsePart, on channel: any Channel) async {
        try? await channel.writeAndFlush(part)
    }
}

private func + (headers: HTTPHeaders, more: [(String, String)]) -> HTTPHeaders {
    var all = headers
    all.add(contentsOf: more)
    return all
}
