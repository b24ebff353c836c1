// `pspd gateway check`'s library: passes the example gateway, and finds what is wrong with broken ones.

import Foundation
import Testing
import WixPayments

@testable import Processors

@Suite("Gateway check")
struct GatewayCheckTests {
    @Test("The example gateway passes every check")
    func example() async throws {
        let gateway = try ExampleGateway(in: TemporaryFolder())
        let results = try await GatewayCheckRun(GatewayCheckPlan(.test(gateway.url))).perform()
        #expect(results.map(\.id) == GatewayCheck.all.map(\.id))
        for result in results { #expect(result.status == .pass, "\(result.id): \(result.came)") }
    }

    /// What is wrong with a variant of Tests/Fixtures/broken_gateway.py, and the check that is meant to find it.
    static let variants: [(String, String)] = [
        ("unknown-is-pending", "lookup.unknown"), ("error-page", "lookup.unknown"), ("any-token", "token.wrong"),
        ("takes-anything", "malformed.members"), ("new-account", "account.connect"), ("other-id", "payment.approve"),
        ("error-500", "payment.decline"), ("runs-repeats-anew", "payment.repeat"),
        ("runs-declined-anew", "payment.repeat-declined"), ("ignores-capture", "payment.authorize"),
        ("no-url", "payment.redirect"), ("slow-is-unknown", "payment.slow"), ("forgets-cancels", "cancel.unknown"),
        ("cancels-approved", "cancel.approved"), ("captures-again", "capture.once"),
        ("captures-above", "capture.above"), ("captures-voided", "void.once"), ("refunds-again", "refund.repeat"),
        ("refunds-above", "refund.above"), ("unknown-refund-failed", "refund.lookup"),
        ("forgets-refund-cancels", "refund.cancel"),
    ]

    @Test("A gateway with one thing wrong fails the check meant for it", arguments: variants)
    func broken(_ variant: String, _ check: String) async throws {
        let gateway = try ExampleGateway(in: TemporaryFolder(), variant: variant)
        let results = try await GatewayCheckRun(GatewayCheckPlan(.test(gateway.url))).perform()
        let result = try #require(results.first { $0.id == check })
        #expect(result.status == .fail, "\(result.came)")
    }

    @Test("A gateway that does not answer fails one check, and the others are skipped")
    func silent() async throws {
        let gateway = try ExampleGateway(in: TemporaryFolder())
        gateway.stop()
        let results = try await GatewayCheckRun(GatewayCheckPlan(.test(gateway.url))).perform()
        #expect(results.first?.status == .fail)
        #expect(results.dropFirst().allSatisfy { $0.status == .skip })
    }

    @Test("Without a test card its checks are skipped, and the others are made")
    func cards() async throws {
        let gateway = try ExampleGateway(in: TemporaryFolder())
        var plan = GatewayCheckPlan(.test(gateway.url))
        plan.redirectCard = ""
        plan.slowCard = ""
        let results = try await GatewayCheckRun(plan).perform()
        let skipped = results.filter { $0.status == .skip }.map(\.id)
        #expect(skipped == ["payment.redirect", "payment.slow", "cancel.redirect"])
        #expect(!results.contains { $0.status == .fail })
    }
}
