// Calls over the network and their repeats: how faults are told, which result counts.

import FastCGI
import Foundation
import RequestDigest
import Synchronization
import Testing

@testable import WixEmulator

@Suite("Calls of a PSP")
struct CallTests {
    @Test("What is no URL is told in plain words", arguments: ["localhost:1/connect", "ftp://localhost/connect"])
    func noURL(url: String) async throws {
        #expect(try await reason(url) == "is no URL that begins with http:// or https://")
    }

    @Test("Too large an answer, one that is cut, and none are told in plain words")
    func answers() async throws {
        let listener = try await HTTPListener.start(host: "127.0.0.1", port: 0, tls: nil) { call in
            switch call.path {
            case "/large": .reply(Response(status: 200, headers: [], body: Array(repeating: 0x20, count: 101)))
            default: .hangUp
            }
        }
        let base = "http://127.0.0.1:\(listener.port)"
        #expect(try await reason(base + "/large") == "the answer is larger than 100 bytes")
        #expect(try await reason(base + "/none") == "the connection was closed without an entire answer")
        #expect(
            try await reason(base.replacing("http:", with: "https:"))
                == "the server does not speak TLS (http instead of https?)")
        await listener.stop()
        #expect(try await reason(base) == "connection refused")
    }

    @Test("A call that is made again is judged by its last answer")
    func retried() async throws {
        let answers = Mutex([503, 200])
        let caller = Caller { (_, _, _, _) async throws(CallError) in
            let status = answers.withLock { $0.removeFirst() }
            return PSPAnswer(status: status, contentType: "application/json", body: Array("{}".utf8))
        }
        var run = SendRun(
            endpoint: .createTransaction, url: "http://psp.test", body: Array("{}".utf8),
            signer: try DigestSigner(privateKeyPEM: TestKey.privatePEM))
        run.retries = 3
        var results: [CallResult] = []
        try await run.perform(through: caller) {
            results.append($0)
        } untold: { _ in
        }
        #expect(results.map(\.answer?.status) == [503, 200])
        #expect(results.map(\.isRetried) == [true, false])
    }

    private func reason(_ url: String) async throws -> String? {
        try await Caller.lend(caFile: nil, concurrent: 1, timeoutSeconds: 10, answerBytesMax: 100) { caller in
            do throws(CallError) {
                _ = try await caller.send("GET", url)
                return nil
            } catch {
                return error.reason
            }
        }
    }
}
