// What the courier's HTTP client does when nothing is stored: the two requests of a delivery, one after the other, so
// many at once, for a while. Run by Tests/load/drain; prints pairs a second.

import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

@main
struct BareLoop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bare-loop", abstract: "Sends a delivery's two requests over and over and prints pairs a second.")

    @Option(help: "Base URL of a Wix that answers both paths.")
    var url: String

    @Option(help: "PEM file with the root to trust.")
    var ca: String

    @Option(help: "Pairs at once.")
    var connections = 32

    @Option(help: "How long, in seconds.")
    var seconds = 10.0

    /// Bytes of an answer that are read at most, as in the courier.
    private static let answerBytesMax = 64 * 1024

    /// As long as the bodies that the courier sends.
    private static let tokenRequest =
        #"{"client_id":"8f2b6c1e-5a47-4d0f-9e63-1b7c2d4a9f05","client_secret":"0123456789abcdef0123456789abcdef0123456789abcdef","grant_type":"client_credentials","scope":"CASHIER.GET_ACCESS"}"#
    private static let event =
        #"{"event":{"transaction":{"pluginTransactionId":"0169909c6ea6cbb72c9308fb29337043","wixTransactionId":"5fce3ef7-5fce-4fce-9fce-5fce3ef75fce"}}}"#

    func run() async throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.additionalTrustRoots = [.file(ca)]
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .automatic
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let begun = ContinuousClock.now
        let deadline = begun.advanced(by: .seconds(seconds))
        let pairs = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<connections {
                group.addTask { [url] in
                    var sent = 0
                    while ContinuousClock.now < deadline {
                        try await Self.post(client, url + "/oauth/access", Self.tokenRequest)
                        try await Self.post(client, url + "/payments/v1/provider-platform-events", Self.event)
                        sent += 1
                    }
                    return sent
                }
            }
            return try await group.reduce(0, +)
        }
        let took = begun.duration(to: .now) / .seconds(1)
        try await client.shutdown()
        print(Int(Double(pairs) / took))
    }

    private static func post(_ client: HTTPClient, _ url: String, _ body: String) async throws {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Authorization", value: "constant")
        request.body = .bytes(Array(body.utf8))
        let response = try await client.execute(request, timeout: .seconds(15))
        _ = try await response.body.collect(upTo: answerBytesMax)
        guard response.status == .ok else { throw ValidationError("\(url) answered \(response.status.code)") }
    }
}
