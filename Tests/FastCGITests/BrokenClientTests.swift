// Connections that never become a request. The socket admits nginx only, but a worker must live through anything.

import Testing

@testable import FastCGI

@Suite struct BrokenClientTests {
    static let pair = Record.parameters([("A", "1")])
    static let garbage: [(name: String, bytes: [UInt8])] = [
        ("nothing", []),
        ("one byte", [1]),
        ("HTTP", Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)),
        ("noise", (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }),
        ("zeros", [UInt8](repeating: 0, count: 10_000)),
        ("another version", Record.bytes(Record.beginRequest, [0, 1, 0, 0, 0, 0, 0, 0], version: 9)),
        ("a short beginning", Record.bytes(Record.beginRequest, [0, 1, 0])),
        ("no beginning", pair + Record.bytes(Record.params)),
        ("an unknown role", Record.begin(role: 9) + pair + Record.bytes(Record.params)),
        ("a body before the parameters' end", Record.begin() + pair + Record.bytes(Record.stdin, [1, 2, 3])),
        ("an abort", Record.begin() + Record.bytes(Record.abortRequest)),
        ("parameters without an end", Record.begin() + pair),
        ("a cut length", Record.begin() + Record.bytes(Record.params, [0x80]) + Record.bytes(Record.params)),
        (
            "a name longer than what came",
            Record.begin() + Record.bytes(Record.params, [100, 1, 65]) + Record.bytes(Record.params)
        ),
        ("a value said to be 1 GB", Record.begin() + Record.bytes(Record.params, [1, 0xC0, 0, 0, 0, 65])),
    ]

    @Test(
        "Bytes that are no request are dropped and reported, and the next request is served", arguments: garbage.indices
    )
    func garbageIsDropped(index: Int) throws {
        let reported = try Latch()
        let running = try RunningServer(threads: 1, onWarning: reported)
        let client = try Client(running.path)
        client.write(Self.garbage[index].bytes)
        client.endWriting()
        #expect(client.answer() == nil, "\(Self.garbage[index].name)")
        #expect(reported.wait(seconds: 10))
        #expect(running.warnings.entries == [.connectionDropped])
        #expect(try running.probe() == 200)
    }

    @Test("Every beginning of a request may be its end", arguments: 0..<60)
    func cutAnywhere(bytes: Int) throws {
        let running = try RunningServer(threads: 1)
        let client = try Client(running.path)
        client.write(Array(Record.post("/", body: [1, 2, 3]).prefix(bytes)))
        client.close()
        #expect(try running.probe() == 200)
    }

    @Test(
        "A client that falls silent before its request is complete is dropped after receiveSeconds",
        arguments: [
            [], Record.begin(), Record.begin() + pair, Record.begin() + pair.dropLast(),
        ])
    func silence(bytes: [UInt8]) throws {
        var limits = Limits()
        limits.receiveSeconds = 1
        let running = try RunningServer(threads: 1, limits: limits)
        let client = try Client(running.path)
        client.write(bytes)
        #expect(try running.probe() == 200)  // the one thread is free again
        #expect(running.warnings.entries == [.connectionDropped])
        #expect(client.answer() == nil)
    }

    @Test("Parameters over the limit are answered 431", arguments: [(0, 200), (1, 431)])
    func parametersTooLarge(extraBytes: Int, status: Int) throws {
        var limits = Limits()
        limits.parametersBytesMax = 1_000
        let running = try RunningServer(threads: 1, limits: limits)
        // "A=" and "B=", one byte each for their ends: 6 of the 1,000.
        let pairs: [Pair] = [
            ("A", String(repeating: "v", count: 894 + extraBytes)), ("B", String(repeating: "v", count: 100)),
        ]
        #expect(try Client.exchange(running.path, Record.request(pairs))?.status == status)
        #expect(try running.probe() == 200)
        #expect(running.warnings.entries == (status == 431 ? [.parametersTooLarge] : []))
    }

    @Test("A question about the server's abilities is answered before the request")
    func management() throws {
        let running = try RunningServer(threads: 1)
        let client = try Client(running.path)
        client.write(Record.bytes(9, Record.length(14) + [0] + Array("FCGI_MAX_CONNS".utf8), id: 0))
        client.write(Record.post("/", body: []))
        #expect(client.answer()?.status == 200)
    }
}
