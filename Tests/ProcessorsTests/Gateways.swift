// Processors that are connected to something: the example gateway as a process of its own, or a faulty server.

import Foundation
import Glibc
import Processors
import Testing
import WixPayments

extension GatewaySettings {
    static func test(
        _ url: String, token: String = "test-token", timeoutSeconds: Double = 30, caFile: String? = nil
    ) -> GatewaySettings {
        GatewaySettings(
            baseURL: url, token: Secret(token), timeoutSeconds: timeoutSeconds, caFile: caFile, connectionsMax: 1_000)
    }
}

/// Runs `body` with a processor that is shut down afterwards.
func withProcessor<T>(_ settings: GatewaySettings, _ body: (GatewayProcessor) async throws -> T) async throws -> T {
    let processor = try GatewayProcessor(settings)
    do {
        let value = try await body(processor)
        try await processor.shutdown()
        return value
    } catch {
        try await processor.shutdown()
        throw error
    }
}

/// deploy/examples/example_gateway.py, running.
final class ExampleGateway {
    let url: String
    private let process = Process()
    private let folder: TemporaryFolder

    /// Starts it on a free port. `notifyURL` gets its notifications, signed with `secret`. `variant`: with one thing
    /// wrong, as Tests/Fixtures/broken_gateway.py names it.
    init(in folder: TemporaryFolder, notifyURL: String? = nil, secret: String = "", variant: String? = nil) throws {
        self.folder = folder
        let example = Fixtures.project.appending(path: "deploy/examples/example_gateway.py").path()
        let broken = Fixtures.project.appending(path: "Tests/Fixtures/broken_gateway.py").path()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + (variant.map { [broken, example, $0] } ?? [example])
        process.arguments? += [
            "--port", "0", "--token-file", try folder.file("token", "test-token\n"),
            "--state-file", folder.path("state"),
        ]
        if let notifyURL {
            process.arguments? += [
                "--notify-url", notifyURL, "--notify-secret-file", try folder.file("secret", secret),
            ]
        }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let next = output.fileHandleForReading.readData(ofLength: 1)
            try #require(!next.isEmpty, "the example gateway did not start")
            line += next
        }
        let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        url = String(try #require(words.last))
    }

    deinit { stop() }

    /// Ends it as a crash would.
    func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What happened to money, as in the sandbox's book.
    var effects: [SandboxEffect] {
        let text = (try? String(contentsOfFile: folder.path("state"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(SandboxEffect.self, from: Data($0.utf8))
        }
    }

    func effects(of id: String) -> [String] {
        effects.filter { $0.id == id }.map { "\($0.kind.rawValue) \($0.amount) \($0.currency)" }
    }
}

/// Runs `body` with an example gateway and a processor for it.
func withExampleGateway<T>(_ body: (GatewayProcessor, ExampleGateway) async throws -> T) async throws -> T {
    let gateway = try ExampleGateway(in: TemporaryFolder())
    return try await withProcessor(.test(gateway.url)) { try await body($0, gateway) }
}
