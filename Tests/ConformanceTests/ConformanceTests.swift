// The suite itself is tested: on a PSP that keeps all rules it finds nothing, and on one that breaks a single rule it
// finds that, and nothing else.

import Foundation
import Logging
import RequestDigest
import Testing

@testable import WixEmulator

@Suite("The conformance suite")
struct ConformanceTests {
    @Test("A PSP that keeps all rules passes every check")
    func flawless() async throws {
        let report = try await Bench.run(nil)
        #expect(report.problems == [])
        #expect(report.results.count == Check.all.count)
        #expect(report.passes)
    }

    @Test("A defect turns its checks red, and no others", arguments: Defect.allCases)
    func defect(_ defect: Defect) async throws {
        let report = try await Bench.run(defect)
        let red = Set(report.results.filter { $0.status != .passed && $0.status != .skipped }.map(\.check.id))
        #expect(red == defect.red, "\(report.problems.joined(separator: "\n"))")
    }

    @Test("Every check is found by some defect")
    func coverage() {
        let found = Defect.allCases.reduce(into: Set<String>()) { $0.formUnion($1.red) }
        #expect(Check.all.map(\.id).filter { !found.contains($0) } == [])
        #expect(found.subtracting(Check.all.map(\.id)) == [])
    }
}

/// Runs the suite against a test PSP, both with an emulator of their own.
enum Bench {
    private static let app = TestPSP.Wix(base: "", appId: "test-app", appSecret: "test-secret")
    private static let gate = Gate(4)

    static func run(
        _ defect: Defect?, _ change: (inout CheckPlan) -> Void = { _ in }
    ) async throws -> CheckReport {
        await gate.enter()
        defer { Task { await gate.leave() } }
        let emulator = Emulator(
            app: AppCredentials(appId: app.appId, appSecret: app.appSecret), record: nil, faults: [],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let wixListener = try await emulator.listen(host: "127.0.0.1", port: 0, tls: nil)
        let wix = TestPSP.Wix(
            base: "http://127.0.0.1:\(wixListener.port)", appId: app.appId, appSecret: app.appSecret)
        let report = try await Caller.lend(caFile: nil, concurrent: 64, timeoutSeconds: 1) { caller in
            let psp = try TestPSP(defect, wix: wix, caller: caller)
            let listener = try await psp.start()
            var plan = plan(psp: psp.base, wix: wix.base)
            change(&plan)
            let checks = try Check.selected(only: defect?.scope ?? [], skip: [])
            let signer = try DigestSigner(privateKeyPEM: ConformanceKey.privatePEM)
            let report = try await CheckRun(plan: plan, checks: checks, signer: signer).perform { _ in }
            await listener.stop()
            return report
        }
        await wixListener.stop()
        return report
    }

    private static func plan(psp: String, wix: String) -> CheckPlan {
        var plan = CheckPlan(
            baseURL: psp, wixMerchantId: "merchant-1", credentials: ["account": "test", "email": "shop@example.org"])
        plan.wix = wix
        plan.publicKeyPEM = ConformanceKey.publicPEM
        plan.refusedCredentials = ["account": "invalid"]
        plan.declined = .card(TestPSP.Card.declined)
        plan.pending = .card(TestPSP.Card.pending)
        plan.redirected = .card(TestPSP.Card.redirect)
        plan.slow = .card(TestPSP.Card.slow)
        plan.timeoutSeconds = 5
        plan.eventSeconds = 3
        plan.retrySeconds = 4
        plan.pendingSeconds = 3
        plan.quietSeconds = 0.3
        plan.promptSeconds = 0.5
        plan.answerSeconds = 0.5
        plan.stallSeconds = 1.5
        return plan
    }
}

/// Lets so many in at once: the machine is small, and time limits are short.
actor Gate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ places: Int) { free = places }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

extension CheckReport {
    /// What did not pass, a line each.
    var problems: [String] {
        results.filter { $0.status != .passed }.map { "\($0.status) \($0.check.id): \($0.detail ?? "")" }
    }
}
