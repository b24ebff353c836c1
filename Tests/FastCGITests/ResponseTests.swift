// Answers as nginx gets them.

import Testing

@testable import FastCGI

@Suite struct ResponseTests {
    private func head(_ response: Response) -> String { String(decoding: response.head(), as: UTF8.self) }

    @Test("A head has status, headers in order and the length of the body")
    func plain() {
        let response = Response(status: 200, headers: [("Content-Type", "application/json"), ("A", "")], body: [1, 2])
        #expect(
            head(response)
                == "Status: 200 OK\r\nContent-Type: application/json\r\nA: \r\nContent-Length: 2\r\n\r\n")
    }

    @Test(
        "CR, LF and other control characters never reach the head",
        arguments: [
            "/a\r\nSet-Cookie: b", "/a\r\n\r\n<html>", "/a\nSet-Cookie: b", "/a\rb", "/a\0b", "/a\u{7F}b",
        ])
    func noInjection(value: String) {
        let lines = head(Response(status: 302, headers: [("Location", value), (value, "x")]))
        #expect(lines.split(separator: "\r\n").count == 4)
        #expect(!lines.replacing("\r\n", with: "").utf8.contains { $0 < 0x20 || $0 == 0x7F })
    }

    @Test(
        "A length given by the caller is kept, and an answer without a body has none",
        arguments: [
            (Response(status: 200, headers: [("content-length", "7")]), 1), (Response(status: 204), 0),
            (Response(status: 304), 0), (Response(status: 503), 1), (Response(status: 599), 1),
        ])
    func contentLength(response: Response, count: Int) {
        #expect(head(response).lowercased().split(separator: "content-length:").count - 1 == count)
    }

    @Test("A large body arrives whole")
    func large() throws {
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sent = Log<Bool>()
        let running = try RunningServer { _, responder in
            sent.append(responder.send(Response(status: 200, headers: [("A", "b")], body: body)))
        }
        let answer = try #require(try Client.exchange(running.path, Record.post("/", body: [])))
        #expect(answer.body == body && answer.isEnded)
        #expect(answer.headers.contains { $0 == ("A", "b") })
    }

    @Test("nginx's wish to keep the connection is not followed")
    func keepConnection() throws {
        let running = try RunningServer(threads: 1)
        for _ in 0..<3 {
            let client = try Client(running.path)
            client.write(Record.begin(keepsConnection: true) + Record.bytes(Record.params) + Record.bytes(Record.stdin))
            #expect(client.answer()?.status == 200)  // which reads up to the server's close
        }
    }
}
