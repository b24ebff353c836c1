// nginx/pspd.conf and nginx/pspd-locations.conf (issue 7, nginx): what nginx refuses itself, whom it limits, what it
// logs, and what it never does: show operators' pages to others, write bodies to files, send a call twice.

import Foundation
import Testing
import TestStack

@Suite("nginx's site", .timeLimit(.minutes(15)), .inTurn, .keepingLogs)
struct SiteTests {
    /// 256 KiB.
    private static let bodyBytesMax = 262_144
    private static let site = Stack.Options(config: ["log.level": "info"], isProductionSite: true)

    // MARK: Refusals

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: Int
        let code: String
        let request: String

        init(_ name: String, _ status: Int, _ code: String, _ request: String) {
            testDescription = name
            self.status = status
            self.code = code
            self.request = request
        }
    }

    static let rows = [
        Row("no HTTP at all", 400, "BAD_REQUEST", "\u{16}\u{3}\u{1} hello\r\n\r\n"),
        Row("no host", 400, "BAD_REQUEST", "GET / HTTP/1.1\r\n\r\n"),
        Row("two hosts", 400, "BAD_REQUEST", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
        Row("a length that is none", 400, "BAD_REQUEST", head("POST", "Content-Length: -1")),
        Row(
            "a long header", 400, "BAD_REQUEST", head("POST", "X-Long: \(String(repeating: "x", count: 10_000))")),
        Row(
            "a long address", 414, "URI_TOO_LONG",
            "GET /\(String(repeating: "x", count: 10_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Row("another version", 505, "SERVER_ERROR", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"),
        Row("an unknown transfer", 501, "SERVER_ERROR", head("POST", "Transfer-Encoding: gzip")),
        Row("TRACE", 405, "METHOD_NOT_ALLOWED", head("TRACE", "X-T: 1")),
        Row("a page that is not there", 404, "NOT_FOUND", "GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Row("a page for operators", 403, "FORBIDDEN", "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Row("too large", 413, "TOO_LARGE", head("POST", "Content-Length: 262145")),
    ]

    private static func head(_ method: String, _ header: String) -> String {
        "\(method) \(Endpoint.create.rawValue) HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n\r\n"
    }

    @Test("What nginx refuses itself is JSON with a code and a message, an id, and nothing of nginx's own pages")
    func refusals() async throws {
        try await Stack.with(Self.site) { stack in
            for row in Self.rows {
                let connection = try await RawConnection.open(stack, from: "127.0.0.2")
                let statuses = try await connection.exchange(Array(row.request.utf8), answers: 1)
                let parts = connection.text.split(separator: "\r\n\r\n", maxSplits: 1)
                try #require(parts.count == 2, "\(row.testDescription): \(connection.text)")
                let (head, body) = (parts[0].lowercased(), try JSON(parsing: Array(parts[1].utf8)))
                #expect(statuses == [row.status], "\(row.testDescription)")
                #expect(body.names == ["errorCode", "errorMessage"], "\(row.testDescription)")
                #expect(body["errorCode"]?.text == row.code, "\(row.testDescription)")
                #expect(body["errorMessage"]?.text?.isEmpty == false)
                #expect(head.contains("\r\ncontent-type: application/json"), "\(row.testDescription): \(head)")
                #expect(head.contains(/x-request-id: [0-9a-f]{32}/), "\(row.testDescription): \(head)")
                #expect(head.contains("strict-transport-security: max-age=63072000"))
                #expect(!head.contains("nginx/"))
                await connection.close()
            }
        }
    }

    @Test("With no pspd behind it nginx says in JSON that there is no answer, and when to call again")
    func down() async throws {
        try await Stack.with(Self.site) { stack in
            let program = try stack.program("pspd")
            program.signal(SIGTERM)
            #expect(try await program.end(within: 20) == 0)
            let answer = try await stack.call(.create, try Sample.payment())
            #expect(answer.status == 502)
            #expect(answer.json["errorCode"]?.text == "UNAVAILABLE")
            #expect(answer.header("Retry-After") == ["1"])
            #expect(answer.requestID?.count == 32)
        }
    }

    @Test("A payment sent over plain HTTP is refused, and not stored")
    func plainHTTP() async throws {
        try await Stack.with(Self.site) { stack in
            let id = newID()
            let body = try Sample.payment(id: id).bytes
            let answer = try await stack.send(
                "POST", stack.plainURL + Endpoint.create.rawValue,
                headers: [("Content-Type", "application/json"), ("Digest", try stack.digest(body))], body: body)
            #expect(answer.status == 403)
            #expect(answer.json["errorCode"]?.text == "HTTPS_ONLY")
            #expect(!(try await stack.storeDump().contains(id)))
        }
    }

    // MARK: Limits

    @Test("Operators' pages are shown to this machine, and to no other address")
    func operators() async throws {
        try await Stack.with(Self.site) { stack in
            for path in ["/healthz", "/readyz", "/status", "/metrics"] {
                #expect(try await stack.send("GET", stack.baseURL + path).status == 200)
                for variant in [path, path + "?x=1", "/." + path, "/x/.." + path, "/%2e" + path] {
                    let connection = try await RawConnection.open(stack, from: "127.0.0.2")
                    #expect(try await connection.exchange(stack.request("GET", variant), answers: 1) == [403])
                    #expect(!connection.text.contains("pspd_") && !connection.text.contains("workers"))
                    await connection.close()
                }
            }
        }
    }

    @Test("Buyer pages and notifications are limited by address; Wix's paths are not, nor other addresses")
    func limits() async throws {
        try await Stack.with(Self.site) { stack in
            func statuses(_ count: Int, _ request: [UInt8], from address: String) async throws -> [Int: Int] {
                let connection = try await RawConnection.open(stack, from: address)
                let batch = Array(repeating: request, count: count).flatMap { $0 }
                let statuses = try await connection.exchange(batch, answers: count)
                await connection.close()
                return Dictionary(grouping: statuses) { $0 }.mapValues(\.count)
            }
            let page = stack.request("GET", "/sandbox/checkout/none")
            let json = [("Content-Type", "application/json")]
            let notification = stack.request("POST", "/v1/notifications", headers: json, body: Array("{}".utf8))
            let call = stack.request("POST", Endpoint.create.rawValue, headers: json, body: Array("{}".utf8))

            let pages = try await statuses(60, page, from: "127.0.0.2")
            #expect(Set(pages.keys) == [404, 429])
            let notifications = try await statuses(900, notification, from: "127.0.0.2")
            #expect(Set(notifications.keys) == [404, 429])
            #expect(try await statuses(400, call, from: "127.0.0.2") == [401: 400])
            #expect(try await statuses(10, page, from: "127.0.0.3") == [404: 10])
        }
    }

    @Test("An address has 512 calls at once and no more; others are not touched")
    func connections() async throws {
        var site = Self.site
        site.nginxConnections = 4_096
        try await Stack.with(site) { stack in
            let begun = stack.request(
                "POST", Endpoint.create.rawValue,
                headers: [("Content-Type", "application/json"), ("Content-Length", "1000")])
            let crowd = try await RawConnection.open(530, stack, from: "127.0.0.2")
            for connection in crowd { connection.send(begun + [UInt8(ascii: " ")]) }
            let refused = try await poll(within: 30) {
                let refused = crowd.filter { $0.statuses == [429] }
                return refused.count == 530 - 512 ? refused : nil
            }
            let text = try #require(refused?.first).text
            #expect(text.contains(#"{"errorCode":"TOO_MANY_REQUESTS""#))
            _ = try await stack.approved()
            for connection in crowd { await connection.close() }
        }
    }

    // MARK: Files and logs

    @Test("Bodies and answers never go to a file, however they come")
    func spill() async throws {
        // A location that does it wrong, to see that the watch sees.
        let wrong = """
            location = /spill {
                client_max_body_size 1m;
                client_body_buffer_size 1k;
                fastcgi_param REQUEST_METHOD $request_method;
                fastcgi_pass pspd;
            }
            """
        var site = Self.site
        site.nginxServer = wrong
        try await Stack.with(site) { stack in
            let watch = try FolderWatch(["site-bodies", "body", "fastcgi"].map { "\(stack.folder)/nginx/\($0)" })
            let payment = try Sample.payment().bytes
            let body = payment + [UInt8](repeating: 0x20, count: Self.bodyBytesMax - payment.count)
            let headers = [("Content-Type", "application/json"), ("Digest", try stack.digest(body))]
            for endpoint in Endpoint.allCases {
                for isChunked in [false, true] {
                    let answer = try await stack.send(
                        "POST", stack.baseURL + endpoint.rawValue, headers: headers, body: body, isChunked: isChunked)
                    #expect(answer.status == 200)
                }
            }
            for path in ["/v1/notifications", "/sandbox/checkout/none"] {
                _ = try await stack.send("POST", stack.baseURL + path, headers: headers, body: body)
            }
            // In pieces, as a slow network brings it.
            let slow = try await RawConnection.open(stack, from: "127.0.0.1")
            slow.send(
                stack.request(
                    "POST", Endpoint.create.rawValue, headers: headers + [("Content-Length", "\(body.count)")]))
            for start in stride(from: 0, to: body.count, by: 8_192) {
                slow.send(Array(body[start..<min(body.count, start + 8_192)]))
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(try await slow.exchange([], answers: 1) == [200])
            await slow.close()
            // A large answer, to somebody who does not read it.
            let reader = try await RawConnection.open(stack, from: "127.0.0.1", reads: false)
            reader.send(Array(repeating: stack.request("GET", "/metrics"), count: 100).flatMap { $0 })
            _ = try await stack.approved()
            await reader.close()
            #expect(!watch.hasSeenFile())

            _ = try await stack.send("POST", stack.baseURL + "/spill", headers: headers, body: body)
            #expect(watch.hasSeenFile())
        }
    }

    @Test("A call goes to pspd once: when its answer fails to come, nginx does not try another server")
    func once() async throws {
        // A path of its own: the stack's folder is not known yet.
        let path = "/tmp/pspd-hang-up-\(UUID().uuidString.prefix(8).lowercased())"
        let hangUp = try await HangUp(path: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
        let dead = "\(path)-nobody-listens"
        let options = Stack.Options(upstreams: ["\"unix:\(path)\" max_fails=0", "\"unix:\(dead)\" max_fails=0"])
        try await Stack.with(options) { stack in
            let before = hangUp.count
            let payments = try (0..<12).map { _ in try Sample.payment() }
            var statuses: [Int] = []
            for payment in payments {
                let answer = try await stack.call(.create, payment)
                statuses.append(answer.status)
                let isStored = try await stack.storeDump().contains(payment.paymentID)
                #expect(isStored == (answer.status == 200))
            }
            // Each of the three had its turn, and kept what it got.
            #expect(statuses.count { $0 == 200 } == 4)
            #expect(statuses.count { $0 == 502 } == 8)
            #expect(hangUp.count - before == 4)
        }
        try await hangUp.close()
    }

    @Test("The access log has a line of JSON for each call, with its id, and neither query, Referer nor buyer's token")
    func accessLog() async throws {
        try await Stack.with(Self.site) { stack in
            let (payment, buyer) = try await stack.redirected(try Sample.payment("4000000000003220"))
            let token = try #require(buyer.url.split(separator: "/").last.map(String.init))
            let marks = [token, "zq91-query", "zq92-referer", "zq93-encoded", "zq94-header", "zq95-cookie"]
            let headers = [
                ("Referer", "https://shop.example.org/zq92-referer"), ("X-Secret", "zq94-header"),
                ("Cookie", "c=zq95-cookie"), ("Content-Type", "application/json"),
            ]
            let paths = [
                "/v1/create-transaction?card=zq91-query", "/v1/%7Azq93-encoded", "/SandBox/checkout/\(token)",
                "/sandbox%2fcheckout/\(token)", "//sandbox/checkout/\(token)", "/x?back=/sandbox/checkout/\(token)",
                "/sandbox/checkout/\(token)?zq91-query",
            ]
            var ids: [String] = []
            for path in paths {
                for method in ["GET", "POST", "PUT"] {
                    let answer = try await stack.send(
                        method, stack.baseURL + path, headers: headers, body: method == "GET" ? nil : Array("{}".utf8))
                    ids.append(try #require(answer.requestID))
                }
            }
            // What nginx itself has to say about such calls goes to its error log.
            let buyers = try await RawConnection.open(stack, from: "127.0.0.2")
            let pages = Array(
                repeating: stack.request("GET", "/sandbox/checkout/\(token)", headers: headers), count: 40)
            #expect(try await buyers.exchange(pages.flatMap { $0 }, answers: 40).contains(429))
            await buyers.close()
            _ = try await buyer.press("approve")
            _ = payment

            let log = try await poll(within: 30) {
                let lines = try Self.lines(stack.file("pspd-access.log"))
                return Set(lines.compactMap { $0["requestId"]?.text }).isSuperset(of: ids) ? lines : nil
            }
            for line in try #require(log) {
                #expect(line["requestId"]?.text?.count == 32)
                #expect(line["path"]?.text?.contains("?") == false)
            }
            for name in ["pspd-access.log", "pspd-error.log", "nginx-error.log"] {
                let text = String(decoding: stack.file(name), as: UTF8.self)
                for mark in marks { #expect(!text.contains(mark), "\(mark) stands in \(name)") }
            }
        }
    }

    private static func lines(_ data: Data) throws -> [JSON] {
        try data.split(separator: UInt8(ascii: "\n")).map(JSON.init(parsing:))
    }
}

extension Stack {
    /// A file of the stack's folder.
    func file(_ name: String) -> Data { FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data() }
}
