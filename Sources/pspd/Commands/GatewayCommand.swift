// `pspd gateway check`: drives a PSP's gateway through the contract and says what conforms, so that an integrator can
// test that side alone. Needs no configuration and no running pspd.

import ArgumentParser
import Foundation
import Processors
import WixPayments

/// What has to do with the PSP's own gateway.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway", abstract: "Try out the PSP's own gateway.", subcommands: [GatewayCheckCommand.self])
}

/// Runs the checks.
struct GatewayCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a gateway against the contract.",
        discussion: """
            Makes some thirty payments, refunds, captures and voids with the test cards below, in mode sandbox: never \
            point it at real money. Exit status 1 when a check failed.
            """)

    /// How the result is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(name: .customLong("base-url"), help: "Where the contract's paths begin, as gateway.base-url.")
    var baseURL: String

    @Option(help: ArgumentHelp("Holds the token, as gateway.token-file.", valueName: "file"))
    var tokenFile: String

    @Option(help: ArgumentHelp("An extra trust root, as gateway.ca-file.", valueName: "file"))
    var caFile: String?

    @Option(help: "For one answer, as gateway.timeout-seconds.")
    var timeoutSeconds = 25

    @Option(help: "The merchant's id at Wix.")
    var merchant = "gateway-check"

    @Option(help: ArgumentHelp("What the merchant types to connect. Repeatable.", valueName: "name=value"))
    var credential: [String] = ["account=gateway-check"]

    @Option(help: "Of every payment.")
    var currency = "EUR"

    @Option(help: "A card that is approved.")
    var approvedCard = "4111111111111111"

    @Option(help: "A card that is declined; empty leaves its checks out, as for the others.")
    var declinedCard = "4000000000000002"

    @Option(help: "A card that sends the buyer to a page.")
    var redirectCard = "4000000000003220"

    @Option(help: "A card whose answer takes many seconds.")
    var slowCard = "4000000000006975"

    @Option(help: "How to print the result.") var format: Format = .table

    /// Bytes of a token file at most.
    private static let tokenBytesMax = 4_096

    func validate() throws {
        guard 1...600 ~= timeoutSeconds else { throw ValidationError("--timeout-seconds takes 1 to 600") }
        guard Currency(currency) != nil else { throw ValidationError("--currency is none of those that Wix lists") }
    }

    func run() async throws {
        let results: [GatewayCheckResult]
        do {
            results = try await GatewayCheckRun(try plan()).perform()
        } catch let error as GatewaySettingsError {
            throw OperatorError("no call can be made: \(Self.words(error))")
        }
        if format == .json { try JSONOutput.print(results) } else { Self.table(results) }
        if results.contains(where: { $0.status == .fail }) { throw ExitCode.failure }
    }

    private func plan() throws -> GatewayCheckPlan {
        let token: String?
        do {
            token = try SmallFile(path: tokenFile, bytesMax: Self.tokenBytesMax).text
        } catch {
            throw OperatorError("\(tokenFile): \(error)")
        }
        let trimmed = (token ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        var plan = GatewayCheckPlan(
            GatewaySettings(
                baseURL: baseURL, token: Secret(trimmed), timeoutSeconds: Double(timeoutSeconds), caFile: caFile,
                connectionsMax: 32))
        plan.wixMerchantId = merchant
        plan.credentials = Secret(try credentials())
        plan.currency = currency
        (plan.approvedCard, plan.declinedCard) = (approvedCard, declinedCard)
        (plan.redirectCard, plan.slowCard) = (redirectCard, slowCard)
        return plan
    }

    private func credentials() throws -> [String: String] {
        var all: [String: String] = [:]
        for pair in credential {
            guard let split = pair.firstIndex(of: "="), split > pair.startIndex else {
                throw OperatorError("--credential takes name=value")
            }
            all[String(pair[..<split])] = String(pair[pair.index(after: split)...])
        }
        return all
    }

    private static func words(_ error: GatewaySettingsError) -> String {
        switch error {
        case .caFile: "--ca-file cannot be read or holds no certificate"
        case .baseURL: "--base-url is not an http or https URL"
        case .token: "--token-file is empty or holds what no header can carry"
        }
    }

    private static func table(_ results: [GatewayCheckResult]) {
        var table = TextTable("CHECK", "RESULT", "RULE", "CAME")
        for result in results { table.add(result.id, result.status.rawValue, result.rule, result.came) }
        table.print()
        func count(_ status: GatewayCheckResult.Status) -> Int { results.count { $0.status == status } }
        print("\(count(.pass)) passed, \(count(.fail)) failed, \(count(.skip)) skipped")
    }
}
