// `wix-emulator send` and `sign` against the stack: all five endpoints, what they print, and what the emulator then
// shows of the payment.

import Foundation
import Testing
import TestStack

@Suite("wix-emulator", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct EmulatorTests {
    /// Runs `wix-emulator send`.
    private func send(_ stack: Stack, _ arguments: [String]) async throws -> (outcome: Outcome, report: JSON) {
        let outcome = try await Outcome.of(
            [BuiltProgram.emulator, "send"] + arguments + ["--format", "json"],
            environment: [
                "WIX_EMULATOR_URL": stack.baseURL, "WIX_EMULATOR_KEY": stack.keys.path("wix-private.pem"),
                "WIX_EMULATOR_CA": stack.keys.path("ca.pem"), "WIX_EMULATOR_WIX": stack.wixURL,
            ])
        return (outcome, (try? JSON(parsing: Array(outcome.output.utf8))) ?? .null)
    }

    private func pay(_ stack: Stack, _ arguments: [String] = []) async throws -> (id: String, answer: JSON) {
        let id = newID()
        let (outcome, report) = try await send(
            stack, ["create-transaction", "--id", id, "--merchant", "m-\(id)"] + arguments)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(report["status"] == 200)
        #expect(report["request"]?["wixTransactionId"]?.text == id)
        return (id, report["answer"] ?? .null)
    }

    /// What Wix would show of a payment.
    private func status(_ stack: Stack, _ id: String, _ wanted: String) async throws -> String? {
        var last: String?
        _ = try await poll(within: 30) {
            let view = try await stack.send("GET", "\(stack.wixURL)/emulator/payments/\(id)").json
            last = view["status"]?.text
            return last == wanted ? last : nil
        }
        return last
    }

    static let payments: [([String], String)] = [
        ([], "approved"), (["--amount", "5800", "--currency", "JPY"], "approved"),
        (["--card", "4000000000000002"], "declined"), (["--card", "4000000000003220"], "awaiting-buyer"),
        (["--card", "4000000000009235"], "approved"), (["--card", "4000000000005126"], "declined"),
        (["--authorize-only"], "authorized"), (["--google-pay", "PAN_ONLY"], "approved"), (["--apple-pay"], "approved"),
        (["--ideal", "RABOBANK"], "awaiting-buyer"), (["--method", "boleto"], "awaiting-buyer"),
        (["--hosted-page"], "awaiting-buyer"), (["--sca"], "awaiting-buyer"), (["--moto"], "approved"),
        (["--setup-credentials"], "approved"), (["--off-session", "--reference", "sandbox-x"], "approved"),
        (["--off-session", "--network-transaction-id", "ntx-1"], "approved"), (["--installments", "3"], "approved"),
        (["--live"], "approved"),
    ]

    @Test("A payment of every kind can be sent, and Wix shows it as it should", arguments: payments)
    func create(_ arguments: [String], _ wanted: String) async throws {
        let stack = try await Stack.usual()
        let (id, _) = try await pay(stack, arguments)
        #expect(try await status(stack, id, wanted) == wanted)
    }

    @Test("Refunds, captures, voids and connections can be sent")
    func others() async throws {
        let stack = try await Stack.usual()
        let (paid, answer) = try await pay(stack)
        let pluginID = try #require(answer["pluginTransactionId"]?.text)
        func act(_ arguments: [String], _ id: String, _ pluginID: String?) async throws -> JSON {
            let (outcome, report) = try await send(stack, arguments + ["--id", id, "--plugin-id", pluginID ?? ""])
            #expect(outcome.status == 0, "\(outcome)")
            return report["answer"] ?? .null
        }
        #expect(
            try await act(["refund-transaction", "--amount", "1000"], paid, pluginID)["pluginRefundId"]?.text != nil)
        #expect(try await status(stack, paid, "partially-refunded") == "partially-refunded")
        #expect(try await act(["refund-transaction"], paid, pluginID)["pluginRefundId"]?.text != nil)
        #expect(try await status(stack, paid, "refunded") == "refunded")

        for (command, wanted) in [("capture-transaction", "captured"), ("void-transaction", "voided")] {
            let (id, answer) = try await pay(stack, ["--authorize-only"])
            #expect(try await act([command], id, answer["pluginTransactionId"]?.text) == [:])
            #expect(try await status(stack, id, wanted) == wanted)
        }
        let (outcome, report) = try await send(stack, ["connect-account", "--merchant", "m-\(newID())"])
        #expect(outcome.status == 0)
        #expect(report["answer"]?["accountId"]?.text != nil)
    }

    @Test("A refused call ends with status 1")
    func refused() async throws {
        let stack = try await Stack.usual()
        let id = newID()
        #expect(try await send(stack, ["create-transaction", "--id", id, "--amount", "100"]).outcome.status == 0)
        let (outcome, report) = try await send(stack, ["create-transaction", "--id", id, "--amount", "200"])
        #expect(outcome.status == 1)
        #expect(report["status"] == 409)
    }

    @Test("Card number, CVV and credentials are not printed")
    func masked() async throws {
        let stack = try await Stack.usual()
        let card = "4929123456781236"
        for format in ["text", "json"] {
            let outcome = try await Outcome.of(
                [
                    BuiltProgram.emulator, "send", "create-transaction", "--card", card, "--cvv", "9172",
                    "--credential",
                    "key=hidden-Zq81", "--format", format, "--url", stack.baseURL, "--key",
                    stack.keys.path("wix-private.pem"), "--ca", stack.keys.path("ca.pem"),
                ])
            #expect(outcome.status == 0)
            for text in [outcome.output, outcome.errors] {
                #expect(!text.contains(card))
                #expect(!text.contains("9172"))
                #expect(!text.contains("hidden-Zq81"))
            }
            #expect(outcome.output.contains("pluginTransactionId"))
        }
    }

    @Test("What sign prints works with plain curl")
    func sign() async throws {
        let stack = try await Stack.usual()
        let payment = try Sample.payment()
        let file = NSTemporaryDirectory() + "pspd-e2e-sign-\(newID()).json"
        try Data(payment.bytes).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let signed = try await Outcome.of(
            [BuiltProgram.emulator, "sign", file, "--key", stack.keys.path("wix-private.pem")])
        #expect(signed.status == 0)
        let header = signed.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(header.hasPrefix("Digest: JWT="))
        let curl = try await Outcome.of(
            [
                "curl", "--disable", "--noproxy", "*", "--silent", "--cacert", stack.keys.path("ca.pem"), "--header",
                "Content-Type: application/json", "--header", header, "--data-binary", "@\(file)",
                stack.baseURL + Endpoint.create.rawValue,
            ])
        #expect(try JSON(parsing: Array(curl.output.utf8)).names == ["pluginTransactionId"])
    }
}
