// What `mint` writes is what Wix would send: signed, each its own request, in both forms.

import RequestDigest
import Testing

@testable import WixEmulator

@Suite("Minted requests")
struct MintTests {
    private static let now: Int64 = 1_795_860_000

    @Test("Every request is genuine and has an id of its own, however many cores mint", arguments: [1, 3])
    func distinct(cores: Int) async throws {
        let minted = try await lines(self.plan(.payments(300)), cores: cores)
        #expect(minted.count == 300)
        #expect(Set(minted.map { $0.json["wixTransactionId"]?.text }).count == 300)
        for request in minted {
            #expect(request.method == "POST" && request.path == "/v1/create-transaction")
            #expect(request.verdict(Self.now) == .genuine(issuedSecondsAgo: 5))
        }
    }

    @Test("A payment is built as `send` builds it", arguments: [true, false])
    func contents(isSmall: Bool) async throws {
        var plan = self.plan(.payments(1))
        (plan.amount, plan.currency, plan.card, plan.isSmall) = (1250, "CHF", "4000000000000002", isSmall)
        let json = try #require(try await lines(plan).first).json
        #expect(json["order"]?["description"]?["totalAmount"] == .integer(1250))
        #expect(json["order"]?["description"]?["currency"]?.text == "CHF")
        #expect(json["paymentMethodData"]?["card"]?["number"]?.text == "4000000000000002")
        #expect(json["merchantCredentials"]?["account"]?.text == "demo")
        #expect((json["order"]?["returnUrls"] == nil) == isSmall)
        #expect((json["fraudInformation"] == nil) == isSmall)
    }

    @Test("A repeat follows its request, byte for byte")
    func repeats() async throws {
        var plan = self.plan(.payments(4))
        plan.repeats = 2
        let minted = try await lines(plan)
        #expect(minted.count == 12)
        for first in stride(from: 0, to: 12, by: 3) {
            #expect(Set(minted[first..<first + 3].map(\.line)).count == 1)
        }
        #expect(Set(minted.map(\.line)).count == 4)
    }

    @Test(
        "So many of a hundred are spoiled, each refused for the reason asked for",
        arguments: [
            (Tamper.body, DigestRefusal.bodyMismatch), (.signature, .signature), (.expired, .expired),
            (.algNone, .algorithm), (.key, .signature),
        ], [0, 25, 100])
    func spoiled(_ tamper: (Tamper, DigestRefusal), percent: Int) async throws {
        var plan = self.plan(.payments(8))
        plan.tamper = tamper.0
        plan.tamperPercent = percent
        let verdicts = try await lines(plan).map { $0.verdict(Self.now) }
        #expect(verdicts.count { $0 == .refused(tamper.1) } == 8 * percent / 100)
        #expect(verdicts.count { $0 == .genuine(issuedSecondsAgo: 5) } == 8 - 8 * percent / 100)
    }

    @Test("Refunds name their payments, so many each, with ids of their own", arguments: [nil, 1250])
    func refunds(amount: Int64?) async throws {
        let payments = [
            MintPlan.Payment(wixTransactionId: payment, pluginTransactionId: "psp-1"),
            MintPlan.Payment(wixTransactionId: "9e7c5a31-2f4b-4d68-8c0a-7b5d3f1e9a24", pluginTransactionId: "psp-2"),
        ]
        let minted = try await lines(
            plan(.refunds(payments, each: 2, amount: amount), path: "/v1/refund-transaction"))
        #expect(minted.map { $0.json["pluginTransactionId"]?.text } == ["psp-1", "psp-1", "psp-2", "psp-2"])
        #expect(minted.map { $0.json["wixTransactionId"]?.text } == [0, 0, 1, 1].map { payments[$0].wixTransactionId })
        #expect(Set(minted.map { $0.json["wixRefundId"]?.text }).count == 4)
        for request in minted {
            #expect(request.path == "/v1/refund-transaction")
            #expect(request.json["refundAmount"] == amount.map(JSON.integer))
            #expect(request.verdict(Self.now) == .genuine(issuedSecondsAgo: 5))
        }
    }

    @Test("A curl config file says the same request as the line, and ends without `next`")
    func curl() async throws {
        var style = CurlStyle(baseURL: "https://localhost:8443")
        style.writeOut = #"{id} %{http_code}\n"#
        style.outputFolder = "/tmp/answers"
        style.caFile = "/tmp/ca.pem"
        style.lines = ["http1.1"]
        var plan = self.plan(.payments(3))
        plan.repeats = 1
        let text = String(decoding: try await mint(plan, .curl(style)), as: UTF8.self)
        let blocks = text.split(separator: "next\n", omittingEmptySubsequences: false).map(CurlBlock.init)
        #expect(blocks.first?.text == "")
        #expect(blocks.count == 7)
        for block in blocks.dropFirst() {
            #expect(block["url"] == ["https://localhost:8443/v1/create-transaction"])
            let headers = block["header"]
            #expect(headers.count == 2 && headers.first == "Content-Type: application/json")
            let digest = try #require(headers.last).dropFirst("Digest: ".count)
            let body = try #require(block["data-binary"].first)
            let request = MintedLine(
                line: "", method: "POST", path: "", digest: String(digest), body: Array(body.utf8))
            #expect(request.verdict(Self.now) == .genuine(issuedSecondsAgo: 5))
            let id = try #require(request.json["wixTransactionId"]?.text)
            #expect(block["output"] == ["/tmp/answers/\(id).json"])
            // curl itself reads the \n.
            #expect(block["write-out"] == [#"\#(id) %{http_code}\n"#])
            #expect(block["cacert"] == ["/tmp/ca.pem"])
            #expect(block.text.hasSuffix("\nhttp1.1\n"))
        }
    }

    @Test(
        "A payment to refund is read from JSON or from two words",
        arguments: [
            ("w p", true), ("w\tp", true), (#"{"pluginTransactionId":"p","wixTransactionId":"w"}"#, true),
            (#"{"payment":{"pluginTransactionId":"p","wixTransactionId":"w"}}"#, true), ("w", false),
            ("w p x", false), (#"{"wixTransactionId":"w"}"#, false), ("", false),
        ])
    func toRefund(line: String, isPayment: Bool) {
        let expected = isPayment ? MintPlan.Payment(wixTransactionId: "w", pluginTransactionId: "p") : nil
        #expect(MintPlan.Payment(line: line) == expected)
    }

    // MARK: Minting

    private func plan(_ kind: MintPlan.Kind, path: String = "/v1/create-transaction") -> MintPlan {
        MintPlan(kind, path: path, wixMerchantId: "demo-merchant", credentials: ["account": "demo"])
    }

    private func mint(_ plan: MintPlan, _ format: Minter.Format, cores: Int = 2) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await Minter(plan, privateKeyPEM: TestKey.privatePEM).mint(format, now: Self.now, cores: cores) {
            bytes += $0
        }
        return bytes
    }

    private func lines(_ plan: MintPlan, cores: Int = 2) async throws -> [MintedLine] {
        let text = String(decoding: try await mint(plan, .lines, cores: cores), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        return try text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t").map(String.init)
            try #require(parts.count == 4)
            return MintedLine(
                line: String(line), method: parts[0], path: parts[1], digest: parts[2], body: Array(parts[3].utf8))
        }
    }
}

/// A line of `mint --format lines`, taken apart.
private struct MintedLine {
    var line: String
    var method: String
    var path: String
    var digest: String
    var body: [UInt8]

    var json: JSON { JSON(parsing: body) ?? .null }

    func verdict(_ now: Int64) -> DigestVerdict? {
        guard let key = try? PublicKey(pem: TestKey.publicPEM) else { return nil }
        return DigestVerifier(keys: [key], clockSkewSeconds: 30).verify([digest], body: body, now: now)
    }
}

/// What stands between two `next` of a curl config file, read as curl's manual page says.
private struct CurlBlock {
    var text: String

    init(_ text: Substring) { self.text = String(text) }

    /// The quoted values of an option.
    subscript(option: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let start = "\(option) = \""
            guard line.hasPrefix(start), line.hasSuffix("\"") else { return nil }
            var value = ""
            var isEscaped = false
            for character in line.dropFirst(start.count).dropLast() {
                if !isEscaped, character == "\\" {
                    isEscaped = true
                    continue
                }
                value.append(isEscaped ? ["n": "\n", "t": "\t", "r": "\r"][character] ?? character : character)
                isEscaped = false
            }
            return value
        }
    }
}
