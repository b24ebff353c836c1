// What the checks of one run share: the way to the PSP and to the emulator, the connected merchant's credentials, how
// the PSP is disposed, and the ordinary payments made so far, for the checks that look at all of them.

import FoundationEssentials
import RequestDigest
import Synchronization

/// One run against one PSP.
final class Session: Sendable {
    /// How the PSP answers an ordinary payment.
    enum Approval: Sendable {
        /// With an approval.
        case always
        /// Sometimes with an approval, as Wix's sample does: calls are made until it fits.
        case sometimes
        /// With a page of its own, on which a program can approve it.
        case onPage
        /// With anything but an approval.
        case never
    }

    struct State {
        var credentials: [String: String]
        var approval = Approval.always
        /// Whether a genuine call has been answered at all.
        var isAnswering = false
        /// nil: not known yet.
        var retries: Bool?
        /// Ordinary calls, for the checks at the end.
        var calls: [PSPCall] = []
        var isTrafficMade = false
        /// Whether every token request of this run was refused.
        var isTokenless = false
        /// The emulator's stamp of the last token request before this run.
        var tokensSeenBefore = ""
        /// The emulator's stamp of the last event before this run.
        var eventsSeenBefore = ""
    }

    /// Calls until a PSP that approves sometimes does as wanted.
    static let attemptsMax = 24

    let plan: CheckPlan
    let signer: DigestSigner
    let caller: Caller
    let wix: WixWindow?
    let state: Mutex<State>

    init(plan: CheckPlan, signer: DigestSigner, caller: Caller, wixCaller: Caller) {
        self.plan = plan
        self.signer = signer
        self.caller = caller
        wix = plan.wix.map { WixWindow(base: $0, caller: wixCaller) }
        state = Mutex(State(credentials: plan.credentials))
    }

    var approval: Approval { state.withLock { $0.approval } }
    var credentials: [String: String] { state.withLock { $0.credentials } }
    var tokensSeenBefore: String { state.withLock { $0.tokensSeenBefore } }
    var eventsSeenBefore: String { state.withLock { $0.eventsSeenBefore } }
    var calls: [PSPCall] { state.withLock { $0.calls } }

    /// A GUID as Wix writes them.
    static func newID() -> String { UUID().uuidString.lowercased() }

    // MARK: Requests

    /// An ordinary payment.
    func create(id: String) -> JSON {
        let base = plan.wix ?? "https://localhost:8444"
        let order = SampleOrder(
            id: Self.newID(), amount: plan.amount, currency: plan.currency,
            returnUrls: .init(emulator: base, wixTransactionId: id))
        return CreateCall(
            wixTransactionId: id, wixMerchantId: plan.wixMerchantId, credentials: credentials, order: order,
            method: .card(SampleCard(number: plan.approvedCard)), mode: plan.mode
        ).json.with(plan.always)
    }

    func connect(_ credentials: [String: String]? = nil) -> JSON {
        var call = ConnectCall(
            wixMerchantId: plan.wixMerchantId, credentials: credentials ?? plan.credentials, mode: plan.mode)
        call.currency = plan.currency
        return call.json
    }

    func followUp(_ wixTransactionId: String, _ pluginTransactionId: String, _ kind: FollowUpCall.Kind) -> JSON {
        FollowUpCall(
            wixTransactionId: wixTransactionId, pluginTransactionId: pluginTransactionId, credentials: credentials,
            kind: kind
        ).json
    }

    // MARK: Calls

    /// Makes a call. An answer that doesn't come is part of the result, not an error.
    ///
    /// - Throws: `KeyError`.
    func call(_ endpoint: Endpoint, _ request: JSON, _ wire: PSPCall.Wire = .init()) async throws -> PSPCall {
        let body = wire.body ?? request.bytes()
        let now = Int64(Date().timeIntervalSince1970)
        var sent = body
        var headers = [("Content-Type", Caller.json)]
        let words: String
        switch wire.digest {
        case .absent: words = "none"
        case .value(let value):
            headers.append((wire.headerName, value))
            words = value
        case .genuine:
            let call = try SignedCall(body, signer: signer, now: now, tamper: nil)
            headers.append((wire.headerName, call.digest))
            words = "genuine"
        case .spoiled(let tamper):
            let call = try SignedCall(body, signer: signer, now: now, tamper: tamper)
            headers.append((wire.headerName, call.digest))
            sent = call.body
            words = "spoiled: \(tamper.rawValue)"
        }
        var call = PSPCall(
            endpoint: endpoint, method: wire.method, url: plan.url(of: endpoint),
            request: JSON(parsing: sent) ?? .null, body: sent, digest: words, milliseconds: 0,
            conclusion: Conclusion(from: nil, of: endpoint, request: request))
        let clock = ContinuousClock()
        let start = clock.now
        do throws(CallError) {
            call.answer = try await caller.send(
                wire.method, call.url, headers: headers, body: wire.method == "GET" ? nil : sent)
        } catch {
            call.failure = error.reason
        }
        call.milliseconds = (clock.now - start) / .milliseconds(1)
        call.conclusion = Conclusion(from: call.answer, of: endpoint, request: call.request)
        return call
    }
}
