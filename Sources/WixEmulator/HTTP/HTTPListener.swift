// A small HTTP/1.1 server of its own, plain or with TLS, so that the emulator needs no web server in front of it. Used
// by `wix-emulator serve --http` and by the conformance tests. For development: no HTTP/2, no tuning.

import FastCGI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One request, as it came.
struct HTTPCall: Sendable {
    /// Upper case.
    var method: String
    /// Without the query.
    var path: String
    var query: String
    /// Names in their own case, in the order sent.
    var headers: [(name: String, value: String)]
    var body: Request.Body

    /// The value of the first header of this name, in any case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// What a listener does with a call.
enum HTTPAnswer: Sendable {
    case reply(Response)
    /// The connection is closed without a word.
    case hangUp
}

/// A listening HTTP server.
public final class HTTPListener: Sendable {
    /// The largest body that is read; a larger one is handed on as `.tooLarge`.
    static let bodyBytesMax = 16_777_216

    /// The port, also when 0 was asked for.
    public let port: Int
    private let channel: any Channel

    private init(_ channel: any Channel) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - tls: PEM files of the certificate chain and its key; nil: plain HTTP.
    /// - Throws: what NIO throws when the address is taken or the files can't be used.
    static func start(
        host: String, port: Int, tls: (certificate: String, key: String)?,
        _ answer: @escaping @Sendable (HTTPCall) async -> HTTPAnswer
    ) async throws -> HTTPListener {
        let context = try tls.map { try Self.context($0.certificate, $0.key) }
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(HTTPCallHandler(answer))
                }
            }
            .bind(host: host, port: port).get()
        return HTTPListener(channel)
    }

    private static func context(_ certificate: String, _ key: String) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))))
    }

    /// Stops listening; connections that are open end by themselves.
    public func stop() async { try? await channel.close() }

    /// Returns when `stop` was called.
    public func waitUntilStopped() async { try? await channel.closeFuture.get() }
}

/// Gathers a request, has it answered, writes the answer. One a connection; runs on its event loop alone.
private final class HTTPCallHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (HTTPCall) async -> HTTPAnswer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false

    init(_ answer: @escaping @Sendable (HTTPCall) async -> HTTPAnswer) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLarge = false
        case .body(let part):
            if body.count + part.readableBytes > HTTPListener.bodyBytesMax { isTooLarge = true }
            if !isTooLarge { body += part.readableBytesView }
        case .end: respond(context)
        }
    }

    private func respond(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let call = HTTPCall(
            method: head.method.rawValue, path: parts.first.map(String.init) ?? "",
            query: parts.count > 1 ? String(parts[1]) : "", headers: head.headers.map { ($0.name, $0.value) },
            body: isTooLarge ? .tooLarge : .complete(body))
        Self.respond(to: call, on: context.channel, keepAlive: head.isKeepAlive, answer)
    }

    private static func respond(
        to call: HTTPCall, on channel: any Channel, keepAlive: Bool,
        _ answer: @escaping @Sendable (HTTPCall) async -> HTTPAnswer
    ) {
        Task {
            let answer = await answer(call)
            if case .reply(let response) = answer {
                write(response, to: channel, keepAlive: keepAlive)
            } else {
                channel.close(promise: nil)
            }
        }
    }

    private static func write(_ response: Response, to channel: any Channel, keepAlive: Bool) {
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        let announced = headers.first(name: "Content-Length")
        if announced == nil, response.status != 204 {
            headers.add(name: "Content-Length", value: "\(response.body.count)")
        }
        // An answer that is shorter than it says ends with its connection.
        let isCut = announced.map { $0 != "\(response.body.count)" } ?? false
        let closes = isCut || !keepAlive
        if closes { headers.replaceOrAdd(name: "Connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        let body = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body)))
        if isCut {
            channel.writeAndFlush(body).whenComplete { _ in channel.close(promise: nil) }
            return
        }
        channel.write(body, promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
            if closes { channel.close(promise: nil) }
        }
    }
}
