// A blocking FastCGI client on a unix socket. Gives up after ten seconds without a byte, so that a test fails and does
// not hang.

import Glibc

@testable import FastCGI

/// What came back for one request.
struct Answer {
    var status = 0
    var headers: [Pair] = []
    var body: [UInt8] = []
    /// FCGI_END_REQUEST came.
    var isEnded = false

    var text: String { String(decoding: body, as: UTF8.self) }
}

final class Client {
    let descriptor: CInt
    private var isOpen = true

    init(_ path: String, connected: Bool = true) throws {
        descriptor = try system("socket") { socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0) }
        try setTimeouts(descriptor, receiveSeconds: 10, sendSeconds: 10)
        if connected { try connect(path) }
    }

    deinit { close() }

    func connect(_ path: String) throws {
        try SocketAddress(path: path).withPointer { pointer, size in
            try system("connect") { Glibc.connect(descriptor, pointer, size) }
        }
    }

    func close() {
        if isOpen { closeDescriptor(descriptor) }
        isOpen = false
    }

    /// No more bytes will come; answers are still read.
    func endWriting() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// False when the server has closed the connection.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Everything up to the server's close.
    func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// The answer; nil when the connection ended without one.
    func answer() -> Answer? {
        var records = readToEnd()[...]
        var output: [UInt8] = []
        var answer = Answer()
        while records.count >= 8 {
            let header = Array(records.prefix(8))
            let length = Int(header[4]) << 8 | Int(header[5])
            let content = records.dropFirst(8).prefix(length)
            if header[1] == Record.stdout { output += content }
            if header[1] == Record.endRequest { answer.isEnded = true }
            records = records.dropFirst(8 + length + Int(header[6]))
        }
        guard !output.isEmpty else { return nil }
        var lines: [String] = []
        var rest = output[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = String(decoding: rest[..<end].dropLast(), as: UTF8.self)
            rest = rest[(end + 1)...]
            guard !line.isEmpty else { break }
            lines.append(line)
        }
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            answer.headers.append((String(line[..<colon]), String(line[colon...].dropFirst(2))))
        }
        answer.status = answer.headers.first { $0.name == "Status" }.flatMap { Int($0.value.prefix(3)) } ?? 0
        answer.body = Array(rest)
        return answer
    }

    /// Sends one whole request on a connection of its own and returns the answer.
    static func exchange(_ path: String, _ request: [UInt8]) throws -> Answer? {
        let client = try Client(path)
        client.write(request)
        return client.answer()
    }
}
