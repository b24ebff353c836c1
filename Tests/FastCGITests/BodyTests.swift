// Bodies: whole, or said not to be.

import Testing

@testable import FastCGI

@Suite struct BodyTests {
    /// Serves one request with a limit of 1,000 body bytes; returns the body its handler saw.
    private func bodySeen(_ request: [UInt8], endsWriting: Bool = false, receiveSeconds: Int = 10) throws -> Request
        .Body?
    {
        var limits = Limits()
        limits.bodyBytesMax = 1_000
        limits.receiveSeconds = receiveSeconds
        let seen = Log<Request.Body>()
        let running = try RunningServer(threads: 1, limits: limits) { request, responder in
            seen.append(request.body)
            responder.send(Response(status: 200))
        }
        let client = try Client(running.path)
        client.write(request)
        if endsWriting { client.endWriting() }
        #expect(client.answer()?.isEnded == true)
        client.close()  // as nginx does; the server waits for it when it has not seen the body's end
        #expect(try running.probe() == 200)
        return seen.entries.first
    }

    @Test(
        "CONTENT_LENGTH and the bytes that came decide what the body is",
        arguments: [
            (nil, 0, .complete([])), ("", 0, .complete([])), ("0", 0, .complete([])),
            ("5", 5, .complete([7, 7, 7, 7, 7])), ("005", 5, .complete([7, 7, 7, 7, 7])),
            ("1000", 1_000, .complete([UInt8](repeating: 7, count: 1_000))),
            ("1001", 1_001, .tooLarge), ("60000", 60_000, .tooLarge), ("1001", 0, .tooLarge),
            ("99999999999999999999", 5, .tooLarge),
            ("6", 5, .truncated), ("1", 0, .truncated), ("4", 5, .truncated), (nil, 5, .truncated),
            ("-5", 5, .truncated), ("+5", 5, .truncated), ("5x", 5, .truncated), ("0x5", 5, .truncated),
            (" 5", 5, .truncated), ("5,5", 5, .truncated), ("٥", 5, .truncated),
        ] as [(String?, Int, Request.Body)])
    func lengths(contentLength: String?, sentBytes: Int, expected: Request.Body) throws {
        let pairs: [Pair] = contentLength.map { [("CONTENT_LENGTH", $0)] } ?? []
        let request = Record.request(pairs, body: [UInt8](repeating: 7, count: sentBytes))
        #expect(try bodySeen(request) == expected)
    }

    @Test("A body may come in many padded records", arguments: [1, 3, 999])
    func manyRecords(recordBytesMax: Int) throws {
        let body = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let request =
            Record.begin() + Record.parameters([("CONTENT_LENGTH", "1000")]) + Record.bytes(Record.params)
            + Record.stream(Record.stdin, body, recordBytesMax: recordBytesMax, padding: 5) + Record.bytes(Record.stdin)
        #expect(try bodySeen(request) == .complete(body))
    }

    @Test("A client that ends in the middle of a body leaves a truncated one", arguments: [0, 8, 11])
    func endsEarly(bytesSent: Int) throws {
        let start = Record.begin() + Record.parameters([("CONTENT_LENGTH", "10")]) + Record.bytes(Record.params)
        let body = Record.bytes(Record.stdin, [UInt8](repeating: 7, count: 10))
        #expect(try bodySeen(start + body.prefix(bytesSent), endsWriting: true) == .truncated)
    }

    @Test("A request that nginx takes back is truncated")
    func aborted() throws {
        let start = Record.begin() + Record.parameters([("CONTENT_LENGTH", "10")]) + Record.bytes(Record.params)
        let rest = Record.bytes(Record.stdin, [1, 2, 3]) + Record.bytes(Record.abortRequest)
        #expect(try bodySeen(start + rest) == .truncated)
    }

    @Test("A whole body without the stream's end mark is complete")
    func withoutEndMark() throws {
        let request =
            Record.begin() + Record.parameters([("CONTENT_LENGTH", "2")]) + Record.bytes(Record.params)
            + Record.bytes(Record.stdin, [1, 2])
        #expect(try bodySeen(request, endsWriting: true) == .complete([1, 2]))
    }

    @Test("A body that stalls is truncated after receiveSeconds")
    func stalls() throws {
        let start = Record.begin() + Record.parameters([("CONTENT_LENGTH", "10")]) + Record.bytes(Record.params)
        let stalled = start + Record.bytes(Record.stdin, [1, 2, 3])
        let began = ContinuousClock.now
        #expect(try bodySeen(stalled, receiveSeconds: 1) == .truncated)
        #expect(ContinuousClock.now - began < .seconds(6))
    }

    @Test("A body that drips in is truncated after receiveSeconds too")
    func drips() throws {
        var limits = Limits()
        limits.receiveSeconds = 1
        let seen = Log<Request.Body>()
        let running = try RunningServer(threads: 1, limits: limits) { request, responder in
            seen.append(request.body)
            responder.send(Response(status: 200))
        }
        let client = try Client(running.path)
        client.write(Record.begin() + Record.parameters([("CONTENT_LENGTH", "1000")]) + Record.bytes(Record.params))
        let pause = try Latch()
        for _ in 0..<50 where seen.entries.isEmpty {
            client.write(Record.bytes(Record.stdin, [1]))
            pause.wait(seconds: 0.2)
        }
        #expect(seen.entries == [.truncated])
    }

    @Test("A body that is too large is answered without being read, and does not cost the answer")
    func tooLargeIsAnswered() throws {
        let running = try RunningServer { request, responder in
            #expect(request.body == .tooLarge)
            responder.send(Response(status: 413))
        }
        // More than the socket's buffer holds: the client is still writing when the answer is sent.
        let client = try Client(running.path)
        #expect(client.write(Record.post("/", body: [UInt8](repeating: 7, count: 3_000_000))))
        #expect(client.answer()?.status == 413)
    }
}
