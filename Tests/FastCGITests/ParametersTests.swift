// Parameters: what was sent is what is found.

import Testing

@testable import FastCGI

@Suite struct ParametersTests {
    static let long = String(repeating: "n", count: 200)
    static let pairs: [Pair] = [
        ("REQUEST_METHOD", "POST"), ("HTTP_DIGEST", "JWT=one"), ("EMPTY", ""), ("HTTP_DIGEST", "JWT=two=2"),
        ("HTTP_DIGEST_2", "other"), (long, String(repeating: "v", count: 70_000)),
        ("127", String(repeating: "a", count: 127)),
        ("128", String(repeating: "b", count: 128)), ("UNICODE", "Grüße"),
    ]

    @Test(
        "Parameters arrive whole: duplicates, empty and long ones, in records of any size",
        arguments: [1, 7, 128, 65_535])
    func arrive(recordBytesMax: Int) throws {
        var limits = Limits()
        limits.parametersBytesMax = 100_000
        let seen = Log<Parameters>()
        let running = try RunningServer(limits: limits) { request, responder in
            seen.append(request.parameters)
            responder.send(Response(status: 204))
        }
        let request =
            Record.begin() + Record.parameters(Self.pairs, recordBytesMax: recordBytesMax) + Record.bytes(Record.params)
            + Record.bytes(Record.stdin)
        #expect(try Client.exchange(running.path, request)?.status == 204)
        let parameters = try #require(seen.entries.first)
        for (name, _) in Self.pairs {
            #expect(parameters.all(name) == Self.pairs.filter { $0.name == name }.map(\.value))
            #expect(parameters[name] == Self.pairs.first { $0.name == name }?.value)
        }
    }

    @Test(
        "A parameter that was not sent is not found",
        arguments: ["DIGEST", "HTTP_DIGES", "JWT", "FCGI_ROLE", "", "A=1"])
    func absent(name: String) throws {
        let seen = Log<Parameters>()
        let running = try RunningServer { request, responder in
            seen.append(request.parameters)
            responder.send(Response(status: 204))
        }
        _ = try Client.exchange(running.path, Record.request([("HTTP_DIGEST", "JWT=one"), ("A", "1=2")]))
        let parameters = try #require(seen.entries.first)
        #expect(parameters[name] == nil)
        #expect(parameters.all(name) == [])
    }

    @Test("Parameters made by hand are found as those sent")
    func madeByHand() {
        let parameters = Parameters(Self.pairs)
        #expect(parameters["HTTP_DIGEST"] == "JWT=one")
        #expect(parameters.all("HTTP_DIGEST") == ["JWT=one", "JWT=two=2"])
        #expect(parameters["EMPTY"] == "")
        #expect(parameters["NONE"] == nil)
        #expect(Parameters([])["NONE"] == nil)
    }

    @Test("Bytes that are not UTF-8 are replaced")
    func notUTF8() {
        #expect(Parameters(block: [0x41, 0x3D, 0xFF, 0x42, 0])["A"] == "\u{FFFD}B")
    }

    @Test(
        "The path is DOCUMENT_URI, else SCRIPT_NAME",
        arguments: [
            ([("DOCUMENT_URI", "/a"), ("SCRIPT_NAME", "/b")], "/a"), ([("SCRIPT_NAME", "/b")], "/b"), ([], ""),
        ] as [([Pair], String)])
    func path(pairs: [Pair], path: String) {
        #expect(Request(parameters: Parameters(pairs), body: .complete([])).path == path)
    }
}
