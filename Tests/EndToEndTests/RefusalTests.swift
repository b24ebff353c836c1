// What is refused before anything is done (design rules 1 and 2): each with its status, a JSON body, and nothing in the
// store.

import Foundation
import RequestDigest
import Testing
import TestStack

@Suite("Refusals", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct RefusalTests {
    /// 256 KiB.
    static let bodyBytesMax = 262_144

    /// A payment that would be approved, padded with white space.
    static func payment(id: String, bytes count: Int? = nil) throws -> [UInt8] {
        let bytes = try Sample.payment(id: id).bytes
        return bytes + [UInt8](repeating: 0x20, count: max(0, (count ?? 0) - bytes.count))
    }

    /// A refusal leaves no trace of the payment anywhere in the store.
    private func expectRefused(_ answer: Answer, _ status: Int, _ id: String, _ stack: Stack) async throws {
        #expect(answer.status == status, "\(answer)")
        #expect(answer.header("Content-Type").first?.contains("application/json") == true)
        #expect(answer.json["errorCode"]?.text?.isEmpty == false)
        #expect(answer.pluginID == nil)
        #expect(answer.reason == nil)
        #expect(!(try await stack.storeDump().contains(id)))
        #expect(try await stack.received(id).isEmpty)
    }

    // MARK: HTTP

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let status: Int
        var method = "POST"
        var path = Endpoint.create.rawValue
        var type: String? = "application/json"
        var isSigned = true
        var isChunked = false
        var bytes: Int?

        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "unknown path", status: 404, path: "/v1/charge"),
        Row(name: "root", status: 404, path: "/"),
        Row(name: "path with a slash behind", status: 404, path: "/v1/create-transaction/"),
        Row(name: "path in capitals", status: 404, path: "/V1/Create-Transaction"),
        Row(
            name: "unknown path, GET, huge, unsigned", status: 404, method: "GET", path: "/x", isSigned: false,
            bytes: 400_000),
        Row(name: "an nginx error page's path", status: 404, path: "/pspd-error/NOT_FOUND"),
        Row(name: "GET", status: 405, method: "GET"),
        Row(name: "PUT", status: 405, method: "PUT"),
        Row(name: "DELETE, huge", status: 405, method: "DELETE", bytes: 400_000),
        Row(name: "OPTIONS of a refund", status: 405, method: "OPTIONS", path: Endpoint.refund.rawValue),
        Row(name: "one byte too large", status: 413, bytes: bodyBytesMax + 1),
        Row(name: "too large, text, unsigned", status: 413, type: "text/plain", isSigned: false, bytes: 300_000),
        Row(name: "too large in chunks", status: 413, isChunked: true, bytes: 300_000),
        Row(name: "text", status: 415, type: "text/plain"),
        Row(name: "text, unsigned", status: 415, type: "text/plain", isSigned: false),
        Row(name: "form", status: 415, type: "application/x-www-form-urlencoded"),
        Row(name: "JSON of another kind", status: 415, type: "application/jsonp"),
        Row(name: "no type", status: 415, type: nil),
        Row(name: "unsigned", status: 401, isSigned: false),
    ]

    @Test("What is no call of Wix's is refused, the first fault first", arguments: rows)
    func http(_ row: Row) async throws {
        let stack = try await Stack.usual()
        let id = newID()
        let body = try Self.payment(id: id, bytes: row.bytes)
        var headers: [(String, String)] = []
        if let type = row.type { headers.append(("Content-Type", type)) }
        if row.isSigned { headers.append(("Digest", try stack.digest(body))) }
        let answer = try await stack.send(
            row.method, stack.baseURL + row.path, headers: headers, body: body, isChunked: row.isChunked)
        try await expectRefused(answer, row.status, id, stack)
        if row.status == 405 { #expect(answer.header("Allow").first == "POST") }
    }

    @Test("The largest body is taken, whole or in chunks", arguments: [false, true])
    func largest(_ isChunked: Bool) async throws {
        let stack = try await Stack.usual()
        let body = try Self.payment(id: newID(), bytes: Self.bodyBytesMax)
        #expect(body.count == Self.bodyBytesMax)
        let answer = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue,
            headers: [("Content-Type", "application/json"), ("Digest", try stack.digest(body))], body: body,
            isChunked: isChunked)
        #expect(answer.status == 200)
        #expect(answer.reason == nil)
    }

    @Test("JSON may be typed in any of its forms", arguments: ["application/json", "Application/JSON;charset=UTF-8"])
    func types(_ type: String) async throws {
        let stack = try await Stack.usual()
        let body = try Self.payment(id: newID())
        let answer = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue,
            headers: [("Content-Type", type), ("Digest", try stack.digest(body))], body: body)
        #expect(answer.status == 200)
    }

    static let noObjects: [String] = [
        "", " ", "[]", "\"text\"", "1", "null", "{", "{}x", "{'a':1}", "{\"a\":1,}", "\u{FEFF}{}", "{\"a\":\u{1}}",
        String(repeating: "{\"a\":", count: 200) + "1" + String(repeating: "}", count: 200),
        String(repeating: "[", count: 100_000),
    ]

    @Test("Signed, but no JSON object: 400", arguments: Endpoint.allCases)
    func notJSON(_ endpoint: Endpoint) async throws {
        let stack = try await Stack.usual()
        for text in Self.noObjects {
            let answer = try await stack.call(endpoint, bytes: Array(text.utf8))
            #expect(answer.status == 400, "\(text.prefix(40)): \(answer)")
            #expect(answer.json["errorCode"]?.text?.isEmpty == false)
        }
        let id = newID()
        let broken = Array(try Self.payment(id: id).dropLast()) + [0xFF, UInt8(ascii: "}")]
        try await expectRefused(try await stack.call(endpoint, bytes: broken), 400, id, stack)
    }

    // MARK: Digest

    /// A header made for a body that is sent after it; nil: no header.
    typealias Headers = @Sendable (_ stack: Stack, _ body: [UInt8]) async throws -> [String]

    struct Forgery: Sendable, CustomTestStringConvertible {
        let name: String
        let headers: Headers

        var testDescription: String { name }
    }

    static let forgeries = [
        Forgery(name: "no header") { _, _ in [] },
        Forgery(name: "empty header") { _, _ in [""] },
        Forgery(name: "no JWT=") { stack, body in [String(try stack.digest(body).dropFirst(4))] },
        Forgery(name: "jwt= in small letters") { stack, body in ["jwt=" + (try stack.digest(body).dropFirst(4))] },
        Forgery(name: "Bearer") { stack, body in ["Bearer " + (try stack.digest(body).dropFirst(4))] },
        Forgery(name: "garbage") { _, _ in ["JWT=garbage"] },
        Forgery(name: "three dots") { _, _ in ["JWT=..."] },
        Forgery(name: "very long") { _, _ in ["JWT=" + String(repeating: "a", count: 7_000)] },
        Forgery(name: "two headers, both good") { stack, body in
            [try stack.digest(body), try stack.digest(body)]
        },
        Forgery(name: "two headers, the second good") { stack, body in ["JWT=a.b.c", try stack.digest(body)] },
        Forgery(name: "two headers, the first good") { stack, body in [try stack.digest(body), ""] },
        Forgery(name: "two tokens in one header") { stack, body in
            let header = try stack.digest(body)
            return ["\(header), \(header)"]
        },
        Forgery(name: "another body's") { stack, _ in [try stack.digest(Array("{}".utf8))] },
        Forgery(name: "the body's with one byte changed") { stack, body in
            [try stack.digest(Array(body.dropLast()) + [0x20, UInt8(ascii: "}")])]
        },
        Forgery(name: "a stranger's key") { stack, body in
            let now = Int64(Date().timeIntervalSince1970)
            return [try stack.keys.stranger.header(for: body, issuedAt: now, expiresAt: now + 120)]
        },
        Forgery(name: "expired") { stack, body in
            [try stack.digest(body, issuedSecondsAgo: 160, livesSeconds: 120)]
        },
        Forgery(name: "issued in the future") { stack, body in
            [try stack.digest(body, issuedSecondsAgo: -60)]
        },
        Forgery(name: "without exp") { stack, body in [try signed(stack, body, times: #""iat":\#(now)"#)] },
        Forgery(name: "without iat") { stack, body in [try signed(stack, body, times: #""exp":\#(now + 120)"#)] },
        Forgery(name: "exp as text") { stack, body in
            [try signed(stack, body, times: #""iat":\#(now),"exp":"\#(now + 120)""#)]
        },
        Forgery(name: "no data") { stack, _ in
            [
                try stack.keys.wix.header(
                    jwtHeader: #"{"alg":"RS256"}"#, claims: #"{"iat":\#(now),"exp":\#(now + 120)}"#)
            ]
        },
        Forgery(name: "alg none, unsigned") { _, body in
            ["JWT=\(part(#"{"alg":"none"}"#)).\(part(goodClaims(body)))."]
        },
        Forgery(name: "alg none, signed") { stack, body in
            [try stack.keys.wix.header(jwtHeader: #"{"alg":"none"}"#, claims: goodClaims(body))]
        },
        Forgery(name: "HS256 with the public key as secret") { stack, body in
            let input = "\(part(#"{"alg":"HS256"}"#)).\(part(goodClaims(body)))"
            let pem = try Data(contentsOf: URL(filePath: stack.keys.path("wix-public.pem")))
            let code = HMACSHA256.authenticate(Array(input.utf8), key: [UInt8](pem))
            return ["JWT=\(input).\(part(code))"]
        },
        Forgery(name: "RS384") { stack, body in
            [try await opensslSigned(stack, body, algorithm: "RS384", ["-sha384"])]
        },
        Forgery(name: "PS256") { stack, body in
            [try await opensslSigned(stack, body, algorithm: "PS256", ["-sha256", "-sigopt", "rsa_padding_mode:pss"])]
        },
        Forgery(name: "four segments") { stack, body in [try stack.digest(body) + ".x"] },
        Forgery(name: "bad base64") { stack, body in [try stack.digest(body) + "!"] },
        Forgery(name: "cut signature") { stack, body in [String(try stack.digest(body).dropLast(4))] },
    ]

    @Test("Whoever is not Wix gets 401, always with the same words", arguments: forgeries)
    func forged(_ forgery: Forgery) async throws {
        let stack = try await Stack.usual()
        let id = newID()
        let body = try Self.payment(id: id)
        let digests = try await forgery.headers(stack, body)
        let answer = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue,
            headers: [("Content-Type", "application/json")] + digests.map { ("Digest", $0) }, body: body)
        try await expectRefused(answer, 401, id, stack)
        #expect(answer.text == #"{"errorCode":"UNAUTHORIZED","errorMessage":"The request could not be verified"}"#)
        let record = try await stack.logged { $0["request"]?.text == answer.requestID && $0["reason"] != nil }
        #expect(record["reason"]?.text?.isEmpty == false)
    }

    @Test("A body that is not JSON and not signed is 401, not 400")
    func order() async throws {
        let stack = try await Stack.usual()
        let answer = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue, headers: [("Content-Type", "application/json")],
            body: Array("{".utf8))
        #expect(answer.status == 401)
    }

    @Test("A body that was only re-serialised is refused: the raw bytes count")
    func reserialised() async throws {
        let stack = try await Stack.usual()
        let id = newID()
        let pretty = try Example.bytes("create-transaction.request.card", wixTransactionId: id)
        let answer = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue,
            headers: [("Content-Type", "application/json"), ("Digest", try stack.digest(pretty))],
            body: try JSON(parsing: pretty).bytes)
        try await expectRefused(answer, 401, id, stack)
    }

    static let genuine = [
        Forgery(name: "header name in capitals") { stack, body in [try stack.digest(body)] },
        Forgery(name: "hash in capitals") { stack, body in
            let claims = goodClaims(body).replacingOccurrences(
                of: SHA256.hex(body), with: SHA256.hex(body).uppercased())
            return [try stack.keys.wix.header(jwtHeader: #"{"alg":"RS256"}"#, claims: claims)]
        },
        Forgery(name: "expired within the skew") { stack, body in
            [try stack.digest(body, issuedSecondsAgo: 135, livesSeconds: 120)]
        },
        Forgery(name: "from a clock ahead within the skew") { stack, body in
            [try stack.digest(body, issuedSecondsAgo: -15)]
        },
        Forgery(name: "other claims besides") { stack, body in
            let claims =
                #"{"iss":"x","data":{"SHA256":"\#(SHA256.hex(body))","more":1},"iat":\#(now),"exp":\#(now + 9)}"#
            return [try stack.keys.wix.header(jwtHeader: #"{"kid":"k","alg":"RS256","typ":"JWT"}"#, claims: claims)]
        },
    ]

    @Test("What Wix may send is accepted", arguments: genuine)
    func accepted(_ genuine: Forgery) async throws {
        let stack = try await Stack.usual()
        let body = try Self.payment(id: newID())
        let digests = try await genuine.headers(stack, body)
        let answer = try await stack.send(
            "POST", stack.baseURL + Endpoint.create.rawValue,
            headers: [("CONTENT-TYPE", "application/json")] + digests.map { ("DIGEST", $0) }, body: body)
        #expect(answer.status == 200)
        #expect(answer.reason == nil)
    }

    @Test("While a key is rotated, either key signs")
    func rotated() async throws {
        let stack = try await Stack.strict()
        for signer in [stack.keys.wix, stack.keys.stranger] {
            let body = try Example.bytes("connect-account.request")
            let header = try signer.header(for: body, issuedAt: Self.now, expiresAt: Self.now + 120)
            let answer = try await stack.send(
                "POST", stack.baseURL + Endpoint.connect.rawValue,
                headers: [("Content-Type", "application/json"), ("Digest", header)], body: body)
            #expect(answer.status == 200)
        }
    }

    // MARK: Tokens by hand

    static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    static func goodClaims(_ body: [UInt8]) -> String { claims(body, times: #""iat":\#(now),"exp":\#(now + 120)"#) }

    static func claims(_ body: [UInt8], times: String) -> String {
        #"{"data":{"SHA256":"\#(SHA256.hex(body))"},\#(times)}"#
    }

    static func signed(_ stack: Stack, _ body: [UInt8], times: String) throws -> String {
        try stack.keys.wix.header(jwtHeader: #"{"alg":"RS256"}"#, claims: claims(body, times: times))
    }

    /// A token that openssl signed with Wix's own key, by another algorithm.
    static func opensslSigned(
        _ stack: Stack, _ body: [UInt8], algorithm: String, _ options: [String]
    ) async throws -> String {
        let input = "\(part(#"{"alg":"\#(algorithm)"}"#)).\(part(goodClaims(body)))"
        let output = try await Keys.openssl(
            ["dgst", "-hex", "-sign", stack.keys.path("wix-private.pem")] + options, input: Array(input.utf8))
        let hex = Array(output.split(separator: " ").last.map { $0.filter(\.isHexDigit) } ?? "")
        let bytes = stride(from: 0, to: hex.count - 1, by: 2).compactMap { UInt8(String(hex[$0...$0 + 1]), radix: 16) }
        try #require(bytes.count == 256)
        return "JWT=\(input).\(part(bytes))"
    }

    static func part(_ text: String) -> String { part(Array(text.utf8)) }

    static func part(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}
