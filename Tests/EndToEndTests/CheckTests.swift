// `wix-emulator check` against pspd through nginx: a short form, without what waits for retries, which
// Tests/ConformanceTests and the courier's tests look at.

import Foundation
import Testing
import TestStack

@Suite("wix-emulator check", .timeLimit(.minutes(5)), .inTurn, .keepingLogs)
struct CheckTests {
    @Test("pspd passes the checks that need no patience")
    func passes() async throws {
        let stack = try await Stack.usual()
        let report = "\(stack.folder)/check.json"
        let slow = [
            "retries", "events.order", "events.pending-final", "idempotency.after-pending", "idempotency.while-running",
        ]
        let outcome = try await Outcome.of(
            [
                BuiltProgram.emulator, "check", stack.baseURL, "--wix", stack.wixURL, "--sandbox-cards", "--key",
                stack.keys.path("wix-private.pem"), "--public-key", stack.keys.path("wix-public.pem"), "--ca",
                stack.keys.path("ca.pem"), "--credential", "account=test", "--refused-credential", "account=invalid",
                "--quiet-seconds", "0.5", "--format", "json", "--output", report,
            ] + slow.flatMap { ["--skip", $0] }, seconds: 240)
        let checks = try JSON(parsing: Data(contentsOf: URL(filePath: report)))["checks"]?.elements ?? []
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(checks.count > 100)
        #expect(checks.filter { $0["status"] != "passed" } == [])
    }
}
