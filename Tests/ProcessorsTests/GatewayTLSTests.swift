// The gateway over TLS: trusted through `ca-file`, and refused without. Served by openssl's own test server.

import Foundation
import Glibc
import Payments
import Testing
import WixPayments

@testable import Processors

@Suite("Gateway over TLS")
struct GatewayTLSTests {
    /// `openssl s_server -HTTP`: sends files as whole HTTP answers.
    private final class TLSServer {
        let folder = try? TemporaryFolder()
        let port: Int
        private let process = Process()

        init(path: String, answer: String, subject: String) throws {
            let folder = try #require(folder)
            let (key, certificate) = (folder.path("key.pem"), folder.path("ca.pem"))
            try Self.openssl([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(subject)", "-addext", "subjectAltName=\(subject)", "-keyout", key, "-out", certificate,
            ]).waitUntilExit()
            let file = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(answer.utf8).write(to: file)
            let output = Pipe()
            process.currentDirectoryURL = folder.url
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-HTTP",
            ]
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            var seen = ""
            // It says on which free port: "ACCEPT 127.0.0.1:41234".
            while !seen.contains("ACCEPT") || seen.last != "\n" {
                let next = output.fileHandleForReading.availableData
                try #require(!next.isEmpty, "openssl s_server did not start")
                seen += String(decoding: next, as: UTF8.self)
            }
            port = try #require(seen.split { $0 == ":" || $0 == "\n" }.last.flatMap { Int($0) })
        }

        var caFile: String? { folder?.path("ca.pem") }

        static func openssl(_ arguments: [String]) throws -> Process {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }

        deinit {
            guard process.isRunning else { return }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    @Test(
        "A gateway is trusted through ca-file alone, and only under its own name",
        arguments: [
            ("IP:127.0.0.1", true, true), ("IP:127.0.0.1", false, false), ("DNS:other.example.com", true, false),
        ])
    func trust(_ subject: String, _ withCAFile: Bool, _ isTrusted: Bool) async throws {
        let order = PaymentOrder.new(try .card())
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"
        let server = try TLSServer(
            path: "payments/\(order.pluginTransactionId)", answer: head + #"{"status":"approved"}"#, subject: subject)
        let settings = GatewaySettings.test(
            "https://127.0.0.1:\(server.port)", caFile: withCAFile ? server.caFile : nil)
        try await withProcessor(settings) { processor async throws in
            if isTrusted {
                #expect(try await processor.lookup(order.payment()).words == "approved")
            } else {
                let reason = await unknown { try await processor.lookup(order.payment()) }
                #expect(reason == "the gateway's certificate or handshake was refused")
            }
        }
    }
}
