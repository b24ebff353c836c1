// Runs the suite against a test PSP, both with an emulator of their own: over HTTP once, and otherwise with calls handed
// over in memory, which takes a fraction of the time.

import FastCGI
import Foundation
import Logging
import RequestDigest

@testable import WixEmulator

enum Bench {
    private static let app = TestPSP.Wix(base: "http://wix.test", appId: "test-app", appSecret: "test-secret")
    /// Runs at once: machines that test are small.
    private static let gate = Gate(12)
    /// How long the test PSP waits for Wix.
    private static let patienceSeconds: Int64 = 1
    private static let earlierEventBytes = 65_536

    static func run(_ defect: Defect) async throws -> CheckReport {
        await gate.enter()
        do {
            let report = try await runInMemory(defect)
            await gate.leave()
            return report
        } catch {
            await gate.leave()
            throw error
        }
    }

    private static func runInMemory(_ defect: Defect) async throws -> CheckReport {
        let emulator = emulator()
        let courier = Caller { (method, url, headers, body) async throws(CallError) in
            try await within(seconds: patienceSeconds, url) {
                await answer(of: emulator, call(method, url, headers, body))
            }
        }
        let psp = try TestPSP(defect, wix: app, caller: courier)
        var plan = plan(psp: psp.base, wix: app.base)
        defect.tighten(&plan)
        let timeoutSeconds = plan.timeoutSeconds
        let caller = Caller { (method, url, headers, body) async throws(CallError) in
            let call = call(method, url, headers, body)
            return try await within(seconds: timeoutSeconds, url) {
                url.hasPrefix(psp.base) ? await psp.answer(call) : await answer(of: emulator, call)
            }
        }
        let run = CheckRun(
            plan: plan, checks: try Check.selected(only: defect.scope ?? [], skip: []), signer: try signer())
        return try await run.perform(through: caller, wix: caller) { _ in }
    }

    /// - Parameter bytesBefore: of events that the emulator holds from before.
    static func runOverHTTP(bytesBefore: Int) async throws -> CheckReport {
        let emulator = emulator()
        for _ in 0..<bytesBefore / Self.earlierEventBytes {
            let body = [UInt8](repeating: 0x20, count: Self.earlierEventBytes)
            _ = await answer(of: emulator, call("POST", app.base + Emulator.eventPath, [], body))
        }
        let wixListener = try await emulator.listen(host: "127.0.0.1", port: 0, tls: nil)
        var wix = app
        wix.base = "http://127.0.0.1:\(wixListener.port)"
        let report = try await Caller.lend(caFile: nil, concurrent: 64, timeoutSeconds: patienceSeconds) { caller in
            let psp = try TestPSP(nil, wix: wix, caller: caller)
            let listener = try await psp.start()
            let run = CheckRun(plan: plan(psp: psp.base, wix: wix.base), checks: Check.all, signer: try signer())
            let report = try await run.perform { _ in }
            await listener.stop()
            return report
        }
        await wixListener.stop()
        return report
    }

    private static func signer() throws -> DigestSigner { try DigestSigner(privateKeyPEM: ConformanceKey.privatePEM) }

    private static func emulator() -> Emulator {
        Emulator(
            app: AppCredentials(appId: app.appId, appSecret: app.appSecret), record: nil, faults: [],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func plan(psp: String, wix: String) -> CheckPlan {
        var plan = CheckPlan(
            baseURL: psp, wixMerchantId: "merchant-1", credentials: ["account": "test", "email": "shop@example.org"])
        plan.wix = wix
        plan.tellsEmulator = false
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
        plan.answerSeconds = 4
        plan.promptSeconds = 3
        plan.stallSeconds = 2
        return plan
    }
}

// MARK: Calls in memory

extension Bench {
    private static func call(
        _ method: String, _ url: String, _ headers: [(String, String)], _ body: [UInt8]?
    ) -> HTTPCall {
        // Scheme, host, and the rest.
        let pieces = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        let parts = "/\(pieces.count > 2 ? pieces[2] : "")".split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return HTTPCall(
            method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "",
            headers: headers.map { (name: $0.0, value: $0.1) }, body: .complete(body ?? []))
    }

    private static func answer(of emulator: Emulator, _ call: HTTPCall) async -> HTTPAnswer {
        let reply = emulator.answer(Request(call), now: Date())
        if reply.delaySeconds > 0 { try? await Task.sleep(for: .seconds(reply.delaySeconds)) }
        return .reply(reply.response)
    }

    /// What a client would make of an answer that comes in time.
    private static func within(
        seconds: Int64, _ url: String, _ answer: @escaping @Sendable () async -> HTTPAnswer
    ) async throws(CallError) -> PSPAnswer {
        let first = await withTaskGroup(of: HTTPAnswer?.self) { group in
            group.addTask { await answer() }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let first else { throw CallError(url: url, reason: "no answer within \(seconds) s") }
        guard case .reply(let response) = first else { throw CallError(url: url, reason: "the connection was closed") }
        func header(_ name: String) -> String? { response.headers.first { $0.name == name }?.value }
        if let announced = header("Content-Length"), announced != "\(response.body.count)" {
            throw CallError(url: url, reason: "the connection ended in mid-body")
        }
        return PSPAnswer(
            status: response.status, contentType: header("Content-Type"), location: header("Location"),
            body: response.body)
    }
}

/// Lets so many in at once.
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
