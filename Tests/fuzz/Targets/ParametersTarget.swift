// FastCGI parameters, through libfcgi: what nginx sent is what a handler finds. An input is lines `NAME=value`, an empty
// line, and the body; it is sent as nginx would, in records whose size depends on the input, into a socket pair.

import Glibc

@testable import FastCGI

/// One thread, as libFuzzer calls it.
struct ParametersTarget: FuzzTarget {
    private let exchange: Exchange
    private let limits: Limits

    init() {
        Server.prepareLibrary()
        exchange = Exchange()
        var limits = Limits()
        // Small, so that inputs reach them.
        limits.parametersBytesMax = 400
        limits.bodyBytesMax = 100
        self.limits = limits
    }

    func check(_ input: [UInt8]) {
        let request = SentRequest(input)
        checkLookups(Parameters(block: request.block), request)
        checkExchange(request)
        checkHead(String(decoding: input, as: UTF8.self))
    }

    /// What libfcgi reads of it, and what is told of it.
    private func checkExchange(_ request: SentRequest) {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else { fatalError("no socket pair") }
        defer { close(ends[1]) }
        let records = request.records
        guard write(ends[1], records, records.count) == records.count else { fatalError("the socket pair is full") }
        shutdown(ends[1], CInt(SHUT_WR))
        guard exchange.begin(on: ends[0]) else { return rule("a whole request is taken", false) }
        let parameters = exchange.parameters(bytesMax: limits.parametersBytesMax)
        rule(
            "as many bytes of parameters as allowed are taken",
            (parameters != nil) == (request.block.count <= limits.parametersBytesMax))
        if let parameters {
            checkLookups(parameters, request)
            let body = exchange.body(contentLength: parameters["CONTENT_LENGTH"], limits: limits)
            rule("the body is what was announced, or said not to be", body == request.expectedBody(limits))
        }
        rule("the answer is sent", exchange.finish(Response(status: 204)))
    }

    // MARK: Lookups

    private func checkLookups(_ parameters: Parameters, _ request: SentRequest) {
        for name in request.namesToTry {
            let expected = request.values(of: name)
            let found = parameters.all(name)
            rule("a lookup finds what was sent, and all of it", found.count == expected.count)
            rule("values are those sent", zip(found, expected).allSatisfy { $0.isSame(as: $1) })
            rule(
                "the first is found first",
                parameters[name].map { $0.isSame(as: expected.first ?? "") } ?? expected.isEmpty)
        }
        let path = request.values(of: "DOCUMENT_URI").first ?? request.values(of: "SCRIPT_NAME").first ?? ""
        rule("the path is the one sent", Request(parameters: parameters, body: .truncated).path.isSame(as: path))
    }

    /// Text in an answer's header adds no line.
    private func checkHead(_ text: String) {
        let head = Response(status: 302, headers: [("Location", text), (text, "x")], body: []).head()
        rule("each header is one line", head.count { $0 == 0x0A } == 5 && head.count { $0 == 0x0D } == 5)
        rule("the head ends once", head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A])
    }
}
