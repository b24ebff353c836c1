// A server that answers as badly as a test wants: bytes by hand on a plain socket, for what no library would send.

import Foundation
import Glibc
import Synchronization

final class FaultyServer: Sendable {
    /// One request as it came.
    struct Request: Sendable {
        var head: String
        var body: [UInt8]

        var method: String { String(head.prefix { $0 != " " }) }
        var path: String { String(head.split(separator: " ")[1]) }

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").dropFirst().first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces) }
        }
    }

    /// What is done with a request, in order. After the steps the next request is read.
    enum Step: Sendable, Hashable {
        case send(String)
        /// Says nothing until the client gives up.
        case hang
        /// Breaks the connection with RST.
        case reset
        case close
    }

    private let socket: CInt
    private let answer: @Sendable (Request) -> [Step]
    private let seen = Mutex<[Request]>([])
    let port: UInt16

    var requests: [Request] { seen.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    /// Starts on a free port of the loopback; `answer` is called for each request, on any thread.
    init(_ answer: @escaping @Sendable (Request) -> [Step]) {
        self.answer = answer
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) { [socket] in
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 1_024) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        precondition(listening, "no port for the test's server")
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while case let connection = accept(socket, nil, nil), connection >= 0 {
                Thread.detachNewThread { [self] in serve(connection) }
            }
        }
    }

    /// A server that treats every request alike.
    convenience init(_ steps: Step...) { self.init { _ in steps } }

    /// Stops accepting; what is open ends with its client.
    func stop() { shutdown(socket, CInt(SHUT_RDWR)) }

    private func serve(_ connection: CInt) {
        defer { Glibc.close(connection) }
        while let request = Self.read(connection) {
            seen.withLock { $0.append(request) }
            for step in answer(request) {
                switch step {
                case .send(let text):
                    guard Self.write(connection, Array(text.utf8)) else { return }
                case .hang:
                    while Self.byte(connection) != nil {}
                    return
                case .reset:
                    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
                    setsockopt(
                        connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
                    return
                case .close: return
                }
            }
        }
    }

    private static func read(_ connection: CInt) -> Request? {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let byte = byte(connection) else { return nil }
            bytes.append(byte)
        }
        var request = Request(head: String(decoding: bytes, as: UTF8.self), body: [])
        for _ in 0..<(request.header("Content-Length").flatMap { Int($0) } ?? 0) {
            guard let byte = byte(connection) else { return nil }
            request.body.append(byte)
        }
        return request
    }

    private static func byte(_ connection: CInt) -> UInt8? {
        var byte: UInt8 = 0
        return recv(connection, &byte, 1, 0) == 1 ? byte : nil
    }

    private static func write(_ connection: CInt, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension FaultyServer.Step {
    /// A whole answer.
    static func answer(_ status: Int = 200, _ body: String, type: String = "application/json") -> Self {
        .send(
            "HTTP/1.1 \(status) \(status < 300 ? "OK" : "Fault")\r\nContent-Type: \(type)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}
