// A stack whose processor is the PSP's own gateway: the example one, or one of its broken variants.

import Foundation
import Glibc
import RequestDigest
import Testing

/// deploy/examples/example_gateway.py as a process, and a stack that is configured for it.
package struct GatewayStack {
    package static let secret = Array("secret of the tests, of 32 bytes".utf8)

    package static let token = "gateway-token-Zq87"

    package let stack: Stack
    private let folder: String

    /// - Parameter variant: with one thing changed, as Tests/Fixtures/broken_gateway.py names it.
    package static func with(
        variant: String? = nil, config: [String: JSON] = [:], isProductionSite: Bool = false,
        _ body: (GatewayStack) async throws -> Void
    ) async throws {
        let folder = "/tmp/pspd-e2e-gateway-\(UUID().uuidString.prefix(8).lowercased())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = ["token": token, "secret": "whsec_\(Data(secret).base64EncodedString())"]
        for (name, text) in files {
            _ = FileManager.default.createFile(
                atPath: "\(folder)/\(name)", contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        }
        let example = "\(BuiltProgram.project)/deploy/examples/example_gateway.py"
        let broken = "\(BuiltProgram.project)/Tests/Fixtures/broken_gateway.py"
        let program = try await Program(
            "gateway",
            ["python3"] + (variant.map { [broken, example, $0] } ?? [example])
                + ["--port", "0", "--token-file", "\(folder)/token", "--state-file", "\(folder)/state"],
            output: "\(folder)/log")
        defer { program.signal(SIGKILL) }
        let url: String? = try await poll(within: 30) {
            let words = try String(contentsOfFile: "\(folder)/log", encoding: .utf8).split { $0 == " " || $0 == "\n" }
            return words.last.map(String.init)
        }
        let own: [String: JSON] = [
            "processor": "gateway", "gateway.base-url": .string(try #require(url)),
            "gateway.token-file": .string("\(folder)/token"),
            "gateway.notification-secret-file": .string("\(folder)/secret"), "log.level": "info",
        ]
        let options = Stack.Options(
            config: own.merging(config) { _, given in given }, isProductionSite: isProductionSite)
        try await Stack.with(options) { stack in
            try await body(GatewayStack(stack: stack, folder: folder))
        }
    }

    /// Lines of the gateway's book that tell of an effect, for one payment.
    package func effects(of id: String) throws -> [String] {
        try effects().filter { $0["id"]?.text == id }.compactMap { $0["kind"]?.text }
    }

    package func effects() throws -> [JSON] {
        let data = FileManager.default.contents(atPath: "\(folder)/state") ?? Data()
        return data.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON(parsing: $0) }
            .filter { $0["kind"] != nil }
    }

    /// Sends a notification as a gateway would, through nginx.
    package func notify(_ id: String, _ body: JSON, key: [UInt8] = secret) async throws -> Answer {
        let timestamp = "\(Int64(Date().timeIntervalSince1970))"
        let code = HMACSHA256.authenticate(Array("\(id).\(timestamp).".utf8) + body.bytes, key: key)
        return try await stack.send(
            "POST", stack.baseURL + "/v1/notifications",
            headers: [
                ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", timestamp),
                ("webhook-signature", "v1,\(Data(code).base64EncodedString())"),
            ], body: body.bytes)
    }
}
