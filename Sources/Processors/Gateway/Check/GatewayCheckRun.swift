// Drives a PSP's gateway through the contract of deploy/gateway.openapi.yaml, check by check, so that an integrator can
// test that side alone. Called by `pspd gateway check`. Judges answers with the very code that pspd reads them with.

import WixPayments

/// One run of all checks.
public struct GatewayCheckRun: Sendable {
    private let plan: GatewayCheckPlan

    /// Creates a run.
    public init(_ plan: GatewayCheckPlan) { self.plan = plan }

    /// Makes the checks one after the other, telling each as it ends. When the gateway gives no answer at all to the
    /// first, the others are skipped. Throws for settings that no call can be made with.
    public func perform(_ tell: (GatewayCheckResult) -> Void = { _ in }) async throws -> [GatewayCheckResult] {
        var strangers = plan.settings
        strangers.token = Secret("not-the-token-of-this-gateway")
        let client = try GatewayClient(plan.settings)
        let stranger = try GatewayClient(strangers)
        let probe = GatewayProbe(plan: plan, client: client, stranger: stranger)
        var results: [GatewayCheckResult] = []
        var silence: String?
        do throws(OutcomeUnknown) {
            _ = try await client.send(.lookup(payment: GatewayProbe.newID()))
        } catch {
            silence = error.reason
        }
        for check in GatewayCheck.all {
            let result = await Self.result(of: check, probe, silence: silence, isFirst: results.isEmpty)
            results.append(result)
            tell(result)
        }
        try await client.shutdown()
        try await stranger.shutdown()
        return results
    }

    private static func result(
        of check: GatewayCheck, _ probe: GatewayProbe, silence: String?, isFirst: Bool
    ) async -> GatewayCheckResult {
        func end(_ status: GatewayCheckResult.Status, _ came: String) -> GatewayCheckResult {
            GatewayCheckResult(id: check.id, rule: check.rule, status: status, came: came)
        }
        if let silence { return isFirst ? end(.fail, silence) : end(.skip, "the gateway does not answer") }
        do {
            return end(.pass, try await check.make(probe))
        } catch CheckEnd.skipped(let why) {
            return end(.skip, why)
        } catch CheckEnd.failed(let what) {
            return end(.fail, what)
        } catch let error as OutcomeUnknown {
            return end(.fail, error.reason)
        } catch {
            return end(.fail, "the check itself failed: \(type(of: error))")
        }
    }
}

extension GatewayCheck {
    /// Every check, in the order in which they are made.
    static let all: [GatewayCheck] = access + payments + cancels + actions + refunds
}
