// Runs checks against a PSP: finds out how it is disposed, then runs each check in its turn, and hands on each result as
// it comes. Prints nothing.

import FoundationEssentials
public import RequestDigest
import Synchronization

/// What happens during a run.
public enum CheckProgress: Sendable {
    /// About to run so many checks.
    case begins(Int)
    /// One is done: its result, its number in the order of coming.
    case finished(CheckResult, number: Int)
    /// So many are running side by side; they wait for the PSP's own time.
    case waiting(Int)
}

/// The run can't begin.
public struct CheckRunError: Error, CustomStringConvertible {
    /// One line for people.
    public let description: String
}

/// A run against one PSP.
public struct CheckRun: Sendable {
    private let plan: CheckPlan
    private let checks: [Check]
    private let signer: DigestSigner

    /// How many wait side by side. Few, because a PSP may rightly pause everything when much fails at once.
    private static let sideBySide = 3
    private static let connections = 64

    /// - Parameter checks: which, in the catalog's order.
    public init(plan: CheckPlan, checks: [Check], signer: DigestSigner) {
        self.plan = plan
        self.checks = checks
        self.signer = signer
    }

    /// Runs all checks.
    ///
    /// - Throws: `CheckRunError` when PSP or emulator can't be reached.
    public func perform(_ progress: (CheckProgress) -> Void) async throws -> CheckReport {
        try await Caller.lend(
            caFile: plan.caFile, concurrent: Self.connections, timeoutSeconds: plan.timeoutSeconds
        ) { caller in
            try await Caller.lend(
                caFile: plan.caFile, concurrent: Self.connections, timeoutSeconds: plan.timeoutSeconds,
                answerBytesMax: WixWindow.listBytesMax
            ) { try await perform(through: caller, wix: $0, progress) }
        }
    }

    /// - Parameters:
    ///   - caller: the way to the PSP.
    ///   - wix: the way to the emulator.
    func perform(
        through caller: Caller, wix: Caller, _ progress: (CheckProgress) -> Void
    ) async throws -> CheckReport {
        let began = Date()
        let session = Session(plan: plan, signer: signer, caller: caller, wixCaller: wix)
        try await reach(session)
        progress(.begins(checks.count))
        try await prepare(session)
        let results = try await run(session, progress)
        return CheckReport(
            psp: plan.baseURL, wix: plan.wix, started: began.formatted(.iso8601),
            seconds: Date().timeIntervalSince(began), results: results)
    }

    // MARK: Beforehand

    /// Connects the merchant, and marks where this run begins in what the emulator has seen.
    private func reach(_ session: Session) async throws {
        // A genuine call: what becomes of any other one, even that it is not answered, is for the checks to tell.
        let call = try await session.call(.connectAccount, session.connect())
        if let failure = call.failure { throw CheckRunError(description: "\(call.url): \(failure)") }
        if call.outcome == .connected, let members = call.json["credentials"]?.members {
            session.state.withLock { $0.credentials = members.compactMapValues(\.text) }
        }
        do {
            if let wix = session.wix {
                let (event, token) = (try await wix.lastEventTime(), try await wix.lastTokenTime())
                session.state.withLock { ($0.eventsSeenBefore, $0.tokensSeenBefore) = (event, token) }
            }
        } catch let error as CallError {
            throw CheckRunError(description: "--wix: \(error)")
        }
        // What an earlier run has left.
        try await session.wix?.clearFaults()
    }

    /// Finds out whether ordinary payments are approved.
    private func prepare(_ session: Session) async throws {
        for attempt in 1...Session.attemptsMax {
            let call = try await session.call(.createTransaction, session.create(id: Session.newID()))
            if call.outcome == .redirect, try await isApprovedOnPage(call, session) {
                session.state.withLock { ($0.isAnswering, $0.approval) = (true, .onPage) }
                return
            }
            let isApproved = call.outcome == .approved
            session.state.withLock { state in
                state.isAnswering = state.isAnswering || call.isAnswered
                state.approval = isApproved ? (attempt == 1 ? .always : .sometimes) : .never
            }
            if isApproved || ![.declined, .pending].contains(call.outcome) { return }
        }
    }

    private func isApprovedOnPage(_ call: PSPCall, _ session: Session) async throws -> Bool {
        guard let check = checks.first, !plan.lacks(.redirects) else { return false }
        do {
            return try await Probe(session, check).settle(call, by: .approve).outcome == .approved
        } catch is Finding {
            return false
        }
    }

    // MARK: The checks

    private func run(_ session: Session, _ progress: (CheckProgress) -> Void) async throws -> [CheckResult] {
        var results: [String: CheckResult] = [:]
        func keep(_ result: CheckResult) {
            results[result.check.id] = result
            progress(.finished(result, number: results.count))
        }
        for turn in Check.Turn.allCases {
            let due = checks.filter { $0.turn == turn }
            guard turn == .sideBySide else {
                for check in due { keep(await perform(check, session)) }
                continue
            }
            if due.count > 1 { progress(.waiting(due.count)) }
            await withTaskGroup(of: CheckResult.self) { group in
                var waiting = due[...]
                for _ in 0..<Self.sideBySide {
                    if let check = waiting.popFirst() { group.addTask { await perform(check, session) } }
                }
                for await result in group {
                    keep(result)
                    if let check = waiting.popFirst() { group.addTask { await perform(check, session) } }
                }
            }
        }
        return checks.compactMap { results[$0.id] }
    }

    private func perform(_ check: Check, _ session: Session) async -> CheckResult {
        let probe = Probe(session, check)
        let clock = ContinuousClock()
        let start = clock.now
        var status = CheckResult.Status.passed
        var detail: String?
        do {
            try meetNeeds(of: check, session)
            try await check.run(probe)
        } catch Finding.broken(let text) {
            (status, detail) = (.failed, text)
        } catch Finding.skipped(let text) {
            (status, detail) = (.skipped, text)
        } catch {
            (status, detail) = (.error, "\(error)")
        }
        let tellsEvidence = status == .failed || status == .error
        return CheckResult(
            check: check, status: status, detail: detail, evidence: tellsEvidence ? probe.evidence : [],
            milliseconds: (clock.now - start) / .milliseconds(1))
    }

    private func meetNeeds(of check: Check, _ session: Session) throws(Finding) {
        let (isAnswering, approval) = session.state.withLock { ($0.isAnswering, $0.approval) }
        if !isAnswering, check.id != Check.genuine {
            throw .skipped("no signed call is answered with HTTP 200: see \(Check.genuine)")
        }
        for need in check.needs {
            if let reason = need.missing(in: plan, approval: approval) { throw .skipped(reason) }
        }
    }
}
