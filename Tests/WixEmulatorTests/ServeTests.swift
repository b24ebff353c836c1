// The emulator behind a real FastCGI socket, driven as a web server drives it.

import FastCGI
import Foundation
import Testing

@testable import WixEmulator

@Suite("The emulator over FastCGI")
struct ServeTests {
    @Test("A token and an event go through the socket; stop ends the server")
    func roundTrip() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "wix-\(UUID().uuidString.prefix(8)).sock")
            .path()
        let listener = try ListeningSocket.unix(path: path, mode: 0o600, group: nil, backlog: 8)
        defer {
            close(listener)
            unlink(path)
        }
        let emulator = Emulator.example()
        let server = try EmulatorServer(emulator, listeningOn: listener, threads: 2)
        async let ended: Void = withCheckedContinuation { done in
            Thread.detachNewThread {
                server.run()
                done.resume()
            }
        }
        let client = FastCGIClient(path: path)
        let token = try client.post(Emulator.tokenPath, try Example.bytes("oauth-access.request"))
        #expect(token.head.contains("200"))
        let value = try #require(JSON(parsing: token.body)?["access_token"]?.text)
        let event = try client.post(
            Emulator.eventPath, try Example.bytes("submit-event.transaction.approved"),
            headers: [("HTTP_AUTHORIZATION", value), ("HTTP_USER_AGENT", "banana-pay/1.0.0")])
        #expect(event.head.contains("200"))
        #expect(event.body == Array("{}".utf8))
        #expect(emulator.get("/emulator/payments/\(payment)").json["status"] == "approved")
        server.stop()
        await ended
    }
}

/// As much of a web server as a test needs: one request a connection.
struct FastCGIClient {
    let path: String

    struct Failure: Error { var call: String }

    func post(
        _ uri: String, _ body: [UInt8], headers: [(String, String)] = []
    ) throws -> (head: String, body: [UInt8]) {
        let socket = try connected()
        defer { close(socket) }
        let parameters =
            [
                ("REQUEST_METHOD", "POST"), ("DOCUMENT_URI", uri), ("CONTENT_TYPE", "application/json"),
                ("CONTENT_LENGTH", "\(body.count)"),
            ] + headers
        let pairs = parameters.flatMap { name, value in
            Self.length(name) + Self.length(value) + Array(name.utf8) + Array(value.utf8)
        }
        // Begin (responder, close afterwards), parameters and their end, body and its end.
        let bytes =
            Self.record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + Self.record(4, pairs) + Self.record(4, [])
            + Self.record(5, body) + Self.record(5, [])
        guard write(socket, bytes, bytes.count) == bytes.count else { throw Failure(call: "write") }
        return try Self.split(Self.output(of: try readAll(socket)))
    }

    private func connected() throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard result == 0 else { throw Failure(call: "connect") }
        return descriptor
    }

    private func readAll(_ descriptor: CInt) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw Failure(call: "read") }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
        }
    }

    private static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
        [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
    }

    private static func length(_ text: String) -> [UInt8] {
        let count = text.utf8.count
        return count < 128 ? [UInt8(count)] : [0x80, 0, UInt8(count >> 8), UInt8(count & 255)]
    }

    /// The contents of the STDOUT records.
    private static func output(of bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        var output: [UInt8] = []
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            let content = Int(header[4]) << 8 | Int(header[5])
            if header[1] == 6 { output += rest.dropFirst(8).prefix(content) }
            rest = rest.dropFirst(8 + content + Int(header[6]))
        }
        return output
    }

    private static func split(_ output: [UInt8]) throws -> (head: String, body: [UInt8]) {
        guard let gap = output.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Failure(call: "split") }
        return (String(decoding: output[..<gap.lowerBound], as: UTF8.self), Array(output[gap.upperBound...]))
    }
}
