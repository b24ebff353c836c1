// Attacks from another address while Wix calls (issue 7, Limits and abuse), against the site for production: slow
// clients, crowds, floods. TESTS_LONG=1 holds 10,000 connections, as far as the machine's file limit goes.

import Foundation
import RequestDigest
import Testing
import TestStack

@Suite("Abuse", .timeLimit(.minutes(15)), .inTurn, .keepingLogs)
struct AbuseTests {
    /// Whom nginx takes the attackers for; Wix calls from 127.0.0.1.
    private static let stranger = "127.0.0.2"
    /// Connections of nginx, as nginx/pspd.conf advises.
    private static let site = Stack.Options(
        config: ["log.level": "info"], isProductionSite: true, nginxConnections: 4_096)
    private static let isLong = ProcessInfo.processInfo.environment["TESTS_LONG"] == "1"

    private static func spread(_ connections: [RawConnection]) async {
        for connection in connections { await connection.close() }
    }

    // MARK: Slow

    @Test("Clients that send a byte now and then hold nobody up, and nginx ends those that never finish their headers")
    func slowSenders() async throws {
        try await Stack.with(Self.site) { stack in
            try await stack.enduring {
                let headers = try await RawConnection.open(400, stack, from: Self.stranger)
                let bodies = try await RawConnection.open(400, stack, from: Self.stranger)
                let call = stack.request("POST", Endpoint.create.rawValue, headers: [("X-Slow", "")]).dropLast(4)
                for connection in headers { connection.send(Array(call)) }
                let begun = stack.request(
                    "POST", Endpoint.create.rawValue,
                    headers: [
                        ("Content-Type", "application/json"), ("Digest", "JWT=a.b.c"), ("Content-Length", "200000"),
                    ])
                for connection in bodies { connection.send(begun) }
                let ended: Void? = try await poll(within: 60, everyMilliseconds: 500) {
                    for connection in headers + bodies { connection.send("x") }
                    return headers.allSatisfy { !$0.isOpen } ? () : nil
                }
                #expect(ended != nil)
                // A body may take long; it holds a connection of nginx's, and no worker of pspd's.
                #expect(bodies.contains { $0.isOpen })
                await Self.spread(headers + bodies)
            }
        }
    }

    @Test("Clients that read no answer hold nobody up")
    func slowReaders() async throws {
        try await Stack.with(Self.site) { stack in
            try await stack.enduring {
                // Operators' pages, which are shown to this machine alone. Some 10 MB of answers each, more than the kernel keeps for a connection.
                let request = Array(repeating: stack.request("GET", "/metrics"), count: 150).flatMap { $0 }
                let readers = try await RawConnection.open(30, stack, from: "127.0.0.1", reads: false)
                for reader in readers { reader.send(request) }
                // nginx gives up what takes nothing for send_timeout.
                for _ in 0..<10 {
                    let answer = try await stack.call(.create, try Sample.payment())
                    #expect(answer.status == 200)
                }
                await Self.spread(readers)
            }
        }
    }

    // MARK: Crowds

    /// Connections that wait for nothing: nginx keeps one that had an answer longer than one that never asked.
    private static func crowd(_ count: Int, _ stack: Stack) async throws -> [RawConnection] {
        var crowd: [RawConnection] = []
        while crowd.count < count {
            let some = try await RawConnection.open(min(500, count - crowd.count), stack, from: stranger)
            for connection in some { connection.send(stack.request("GET", "/")) }
            crowd += some
        }
        return crowd
    }

    @Test("More idle TLS connections than nginx holds: good calls still get one", arguments: [1_024])
    func overfull(_ connections: Int) async throws {
        var site = Self.site
        site.nginxConnections = connections
        try await Stack.with(site) { stack in
            _ = raiseFileLimit()
            try await stack.enduring {
                let crowd = try await Self.crowd(connections + 500, stack)
                // nginx makes room by closing those that were idle longest.
                #expect(crowd.contains { $0.isOpen })
                #expect(crowd.contains { !$0.isOpen })
                await Self.spread(crowd)
            }
        }
    }

    @Test("Thousands of idle TLS connections that nginx does hold are no burden")
    func thousands() async throws {
        let wanted = Self.isLong ? 10_000 : 1_200
        // This process and nginx need one file each.
        let count = min(wanted, raiseFileLimit() - 2_000)
        print("abuse: \(count) idle TLS connections")
        var site = Self.site
        site.nginxConnections = count + 1_024
        try await Stack.with(site) { stack in
            try await stack.enduring {
                let crowd = try await Self.crowd(count, stack)
                for _ in 0..<20 { _ = try await stack.approved() }
                // All are still there, and each would be answered.
                #expect(crowd.allSatisfy { $0.isOpen })
                for connection in crowd.prefix(50) {
                    let statuses = try await connection.exchange(stack.request("GET", "/"), answers: 2)
                    #expect(statuses == [404, 404])
                }
                await Self.spread(crowd)
            }
        }
    }

    // MARK: Floods

    @Test("A flood of bad signatures is cut to what costs nothing; one that good ones come with is not")
    func badSignatures() async throws {
        var site = Self.site
        site.config["workers"] = 1
        try await Stack.with(site) { stack in
            let body = try Sample.payment().bytes
            let now = Int64(Date().timeIntervalSince1970)
            // Signed with a key of the right size: all of RSA has to be done to refuse it.
            let forged = try stack.keys.stranger.header(for: body, issuedAt: now, expiresAt: now + 120)
            let bad = signed(stack, body, forged)
            let batch = Array(repeating: bad, count: 50).flatMap { $0 }
            func flood(_ connections: [RawConnection], rounds: Int) async throws -> [Int: Int] {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let before = connections.map(\.statuses.count)
                    for (connection, count) in zip(connections, before) {
                        group.addTask {
                            for round in 1...rounds {
                                _ = try await connection.exchange(batch, answers: count + 50 * round)
                            }
                        }
                    }
                    try await group.waitForAll()
                    let statuses = zip(connections, before).flatMap { $0.statuses.dropFirst($1) }
                    return Dictionary(grouping: statuses) { $0 }.mapValues(\.count)
                }
            }
            try await stack.enduring {
                let connections = try await RawConnection.open(16, stack, from: Self.stranger)
                let seen = try await flood(connections, rounds: 5)
                #expect(Set(seen.keys) == [401, 429])
                #expect(seen.values.reduce(0, +) == 16 * 250)
                #expect(seen[429, default: 0] > seen[401, default: 0])
                let page = try await stack.send("GET", stack.baseURL + "/metrics").text
                #expect(page.contains(#"pspd_digest_refusals_total{reason="limited"}"#))
                #expect(page.contains(#"outcome="too-many-requests""#))

                // A genuine call from the same address is checked as soon as a second has given something back.
                let genuine = connections[0]
                let answered: Void? = try await poll(within: 30) {
                    let count = genuine.statuses.count
                    let good = try signed(stack, body, stack.digest(body))
                    return try await genuine.exchange(good, answers: count + 1).last == 200 ? () : nil
                }
                #expect(answered != nil)
                let then = try await flood(connections, rounds: 5)
                #expect(then == [401: 16 * 250])
                await Self.spread(connections)
            }
        }
    }

    private func signed(_ stack: Stack, _ body: [UInt8], _ digest: String) -> [UInt8] {
        stack.request(
            "POST", Endpoint.create.rawValue, headers: [("Content-Type", "application/json"), ("Digest", digest)],
            body: body)
    }

    struct Flood: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: Int
        let headers: [(String, String)]
        var path = Endpoint.create.rawValue
    }

    /// Beyond nginx's limits (in some versions a thousand headers): refused by nginx. Within them: taken by pspd, and
    /// refused for the signature.
    static let floods = [
        Flood(
            testDescription: "many headers", status: 400,
            headers: (0..<2_000).map { ("X-Flood-\($0)", String(repeating: "f", count: 40)) }),
        Flood(
            testDescription: "a long header", status: 400, headers: [("X-Flood", String(repeating: "f", count: 60_000))]
        ),
        Flood(
            testDescription: "a long address", status: 414, headers: [],
            path: "/" + String(repeating: "f", count: 60_000)),
        Flood(
            testDescription: "as many as nginx takes", status: 401,
            headers: (0..<900).map { ("X-\($0)", "f") }),
        Flood(
            testDescription: "as long as nginx takes", status: 401,
            headers: (0..<3).map { ("X-\($0)", String(repeating: "f", count: 8_000)) }),
        Flood(
            testDescription: "900 Digests", status: 401,
            headers: (0..<900).map { _ in ("Digest", "JWT=a.b.c") }),
    ]

    @Test("Floods of headers are refused in JSON, and good calls are answered meanwhile")
    func headers() async throws {
        try await Stack.with(Self.site) { stack in
            try await stack.enduring {
                for flood in Self.floods {
                    let request = stack.request(
                        "POST", flood.path, headers: flood.headers + [("Content-Type", "application/json")],
                        body: Array("{}".utf8))
                    let connections = try await RawConnection.open(40, stack, from: Self.stranger)
                    try await withThrowingTaskGroup(of: [Int].self) { group in
                        for connection in connections {
                            group.addTask { try await connection.exchange(request, answers: 1) }
                        }
                        for try await statuses in group {
                            #expect(statuses == [flood.status], "\(flood.testDescription)")
                        }
                    }
                    for connection in connections {
                        #expect(connection.text.contains(#"{"errorCode":""#), "\(flood.testDescription)")
                    }
                    await Self.spread(connections)
                }
            }
        }
    }
}
