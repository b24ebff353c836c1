// The sandbox's buyer page, where redirected buyers decide (design, Sandbox). Opened by an unguessable token in its
// address; whoever does not know it sees nothing and changes nothing.

import Logging
import Payments
import Processors
import Store
import WixPayments

extension EndpointService {
    /// How long the buyer waits for Wix to take the event, in seconds: Wix goes by the event, not by the buyer's return
    /// (spec §4), so a buyer who is back earlier sees an unpaid order.
    private static let eventWaitSeconds = 2.0
    /// How long a decision waits for another one on the same payment, in seconds.
    private static let turnSeconds = 5.0

    func checkout(_ request: EndpointRequest) -> Admission {
        guard let sandbox else { return .answer(.notFound) }
        let call = Call(requestID: request.requestID, startedAt: .now)
        let address = request.path.dropFirst(SandboxProcessor.pagePath.count)
        guard let dot = address.firstIndex(of: ".") else { return .answer(SandboxPage.notFound) }
        let page = CheckoutAddress(
            id: String(address[..<dot]), token: String(address[address.index(after: dot)...]))
        switch request.method {
        case "GET", "HEAD":
            return .work { await self.show(page, sandbox, call) }
        case "POST":
            guard let decision = SandboxDecision(form: request.body) else {
                return .answer(SandboxPage.badForm)
            }
            return .work { await self.decide(decision, page, sandbox, call) }
        default: return .answer(SandboxPage.wrongMethod)
        }
    }

    private func show(
        _ address: CheckoutAddress, _ sandbox: SandboxProcessor, _ call: Call
    ) async -> EndpointResponse {
        await guardingStore(call) { () async throws(StoreError) in
            guard let record = try find(address, sandbox) else { return SandboxPage.notFound }
            let known = ProcessorPayment(record.payment, state: record.processorState)
            guard case .redirected = record.payment.state else { return SandboxPage.finished(record) }
            return SandboxPage.form(record, isThreeDSecure: sandbox.isThreeDSecure(known))
        }
    }

    private func decide(
        _ decision: SandboxDecision, _ address: CheckoutAddress, _ sandbox: SandboxProcessor, _ call: Call
    ) async -> EndpointResponse {
        await guardingStore(call) { () async throws(StoreError) in
            let settled = try await store.withTurn(
                of: "checkout:\(address.id)", until: call.deadline(seconds: Self.turnSeconds)
            ) { () async throws(StoreError) -> (PaymentRecord, Int64?)? in
                guard let record = try find(address, sandbox) else { return nil }
                // A second submission meets what the first one decided, and changes nothing.
                guard case .redirected = record.payment.state else { return (record, nil) }
                return try await settle(decision, record, sandbox, call)
            }
            guard let settled else { return .busy }
            guard let (record, event) = settled else { return SandboxPage.notFound }
            if let event {
                release([event])
                await waitForDelivery(of: event)
            }
            return SandboxPage.sendBack(record)
        }
    }

    private func settle(
        _ decision: SandboxDecision, _ record: PaymentRecord, _ sandbox: SandboxProcessor, _ call: Call
    ) async throws(StoreError) -> (PaymentRecord, Int64?) {
        let report: PaymentReport
        do throws(OutcomeUnknown) {
            report = try sandbox.decide(decision, ProcessorPayment(record.payment, state: record.processorState))
        } catch {
            log(.warning, "the sandbox could not decide", call, ["reason": "\(error.reason)"])
            return (record, nil)
        }
        let settlement = try await store.report(
            NewOutcome(
                report, source: .buyer, requestID: call.requestID,
                redirectExpiryMilliseconds: settings.redirectExpiryMilliseconds),
            payment: record.id, now: clock())
        return (settlement.record, settlement.event)
    }

    private func find(
        _ address: CheckoutAddress, _ sandbox: SandboxProcessor
    ) throws(StoreError) -> PaymentRecord? {
        guard let (_, record) = try store.payment(pluginTransactionId: address.id),
            sandbox.opens(ProcessorPayment(record.payment, state: record.processorState), token: address.token)
        else { return nil }
        return record
    }

    private func waitForDelivery(of event: Int64) async {
        let deadline = ContinuousClock.now.advanced(by: .seconds(Self.eventWaitSeconds))
        var polls = PollSchedule()
        while let pause = polls.pause(until: deadline) {
            try? await Task.sleep(for: pause)
            // A store that cannot be read now is no reason to keep the buyer.
            guard let isDone = try? store.isDelivered(event: event), !isDone else { return }
        }
    }
}

/// The two parts of a page's address.
struct CheckoutAddress: Sendable {
    let id: String
    let token: String
}

extension SandboxDecision {
    /// Longest form that is read, in bytes.
    private static let formBytesMax = 1_024

    /// The pressed button of a submitted form (`application/x-www-form-urlencoded`): its values need no decoding.
    init?(form body: EndpointRequest.Body) {
        guard case .complete(let bytes) = body, bytes.count <= Self.formBytesMax else { return nil }
        let pairs = String(decoding: bytes, as: UTF8.self).split(separator: "&")
        let decisions = pairs.filter { $0.hasPrefix("decision=") }.map { $0.dropFirst("decision=".count) }
        guard decisions.count == 1, let decision = decisions.first else { return nil }
        self.init(rawValue: String(decision))
    }
}
