// One run of `send`: the same call once, several times after another, or several at once, each
// signed anew as Wix does when it calls again. Prints nothing; hands each result on as it comes.

import FoundationEssentials
public import RequestDigest

/// What is sent and where to.
public struct SendRun: Sendable {
    /// Which of the PSP's endpoints; tells how the answer is read.
    public var endpoint: Endpoint
    /// Full URL of the PSP's endpoint.
    public var url: String
    /// Sent byte for byte.
    public var body: [UInt8]
    /// How the call is spoiled; nil: not at all.
    public var tamper: Tamper?
    /// Calls after another.
    public var repeats = 1
    /// Calls at once, in each of the repeats.
    public var concurrent = 1
    /// How often a call is made again after no answer, or none that Wix can use; with the same ids, signed anew.
    public var retries = 0
    /// How far Wix's clock is ahead of this machine's; negative: behind. Shows what skew the PSP allows.
    public var skewSeconds: Int64 = 0
    /// How long the call has been on its way since it was signed.
    public var lateSeconds: Int64 = 0
    /// The emulator's base URL, to be told of untampered calls; nil: not told.
    public var reportTo: String?

    /// A PEM file with roots to trust besides the system's; must be readable.
    public var caFile: String?
    /// For one call, head and body together.
    public var timeoutSeconds: Int64 = 30

    private let signer: DigestSigner

    /// A single untampered call.
    public init(endpoint: Endpoint, url: String, body: [UInt8], signer: DigestSigner) {
        self.endpoint = endpoint
        self.url = url
        self.body = body
        self.signer = signer
    }

    /// The body as JSON; null when it is none.
    public var request: JSON { JSON(parsing: body) ?? .null }

    /// Sends all calls and hands on each result as it comes.
    ///
    /// - Parameter untold: called when the emulator at `reportTo` could not be told; the calls go on.
    /// - Throws: `KeyError` when signing fails.
    public func perform(_ result: (CallResult) -> Void, untold: (CallError) -> Void) async throws {
        try await Caller.lend(caFile: caFile, concurrent: concurrent, timeoutSeconds: timeoutSeconds) { caller in
            try await perform(through: caller, result, untold: untold)
        }
    }

    func perform(
        through caller: Caller, _ result: (CallResult) -> Void, untold: (CallError) -> Void
    ) async throws {
        let request = request
        if endpoint == .createTransaction { await report(request, nil, caller, untold) }
        for _ in 0..<repeats {
            try await withThrowingTaskGroup(of: [CallResult].self) { group in
                for _ in 0..<concurrent {
                    group.addTask { try await persistently(request, caller) }
                }
                for try await attempts in group {
                    for one in attempts {
                        await report(request, one, caller, untold)
                        result(one)
                    }
                }
            }
        }
    }

    /// Calls until there is an answer that Wix can use, or the retries are used up.
    private func persistently(_ request: JSON, _ caller: Caller) async throws -> [CallResult] {
        var results = [try await once(request, caller)]
        while results.count <= retries, results.last?.conclusion.outcome == .failure {
            results[results.count - 1].isRetried = true
            try await Task.sleep(for: .seconds(Self.retryPauseSeconds))
            results.append(try await once(request, caller))
        }
        return results
    }

    private static let retryPauseSeconds = 1

    private func once(_ request: JSON, _ caller: Caller) async throws -> CallResult {
        let issued = Int64(Date().timeIntervalSince1970) + skewSeconds - lateSeconds
        let call = try SignedCall(body, signer: signer, now: issued, tamper: tamper)
        let clock = ContinuousClock()
        let start = clock.now
        var answer: PSPAnswer?
        var failure: String?
        do throws(CallError) {
            answer = try await caller.post(url, body: call.body, headers: [("Digest", call.digest)])
        } catch {
            failure = error.reason
        }
        return CallResult(
            answer: answer, failure: failure, milliseconds: (clock.now - start) / .milliseconds(1),
            conclusion: Conclusion(from: answer, of: endpoint, request: request))
    }

    private func report(
        _ request: JSON, _ result: CallResult?, _ caller: Caller, _ untold: (CallError) -> Void
    ) async {
        guard let reportTo, tamper == nil, request != .null else { return }
        let url = "\(reportTo)\(CallReport.path)"
        let report = CallReport.json(
            endpoint: endpoint, request: request.masked(), answer: result?.answer, milliseconds: result?.milliseconds)
        do throws(CallError) {
            let told = try await caller.post(url, body: report.bytes())
            guard told.status == 200 else { throw CallError(url: url, reason: "HTTP \(told.status)") }
        } catch {
            untold(error)
        }
    }
}
