// The emulator on a port of its own, without a web server. What `wix-emulator serve --http` runs.

import FastCGI
import FoundationEssentials

extension Emulator {
    /// Serves until the listener is stopped.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - tls: PEM files of the certificate chain and its key; nil: plain HTTP.
    public func listen(
        host: String, port: Int, tls: (certificate: String, key: String)?
    ) async throws -> HTTPListener {
        try await HTTPListener.start(host: host, port: port, tls: tls) { call in
            let reply = self.answer(Request(call), now: Date())
            if reply.delaySeconds > 0 { try? await Task.sleep(for: .seconds(reply.delaySeconds)) }
            return .reply(reply.response)
        }
    }
}

extension Request {
    /// As a web server passes it on: CGI parameters.
    init(_ call: HTTPCall) {
        var pairs: [(name: String, value: String)] = [
            ("REQUEST_METHOD", call.method), ("DOCUMENT_URI", call.path), ("QUERY_STRING", call.query),
        ]
        for (name, value) in call.headers where !name.contains("=") {
            switch name.lowercased() {
            case "content-type": pairs.append(("CONTENT_TYPE", value))
            case "content-length": pairs.append(("CONTENT_LENGTH", value))
            default: pairs.append(("HTTP_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined(), value))
            }
        }
        self.init(parameters: Parameters(pairs), body: call.body)
    }
}
