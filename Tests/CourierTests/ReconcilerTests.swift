import Foundation
import Payments
import Processors
import Store
import Testing
import WixPayments

@testable import Courier

@Suite("Reconciler", .serialized, .timeLimit(.minutes(2)))
struct ReconcilerTests {
    private let processor = ScriptedProcessor()
    private let fixture: Fixture

    init() throws { fixture = try Fixture(processor: processor) }

    private static let approved: @Sendable () throws -> PaymentLookup = {
        .found(PaymentReport(.approved(ApprovalDetails())), captured: false, voided: false)
    }
    private static let canceled: @Sendable () throws -> PaymentReport = {
        PaymentReport(.declined(Failure(.buyerCanceled)))
    }

    /// A claim that a live worker gave up.
    private func orphan(_ id: String = "payment", authorizeOnly: Bool = false) async throws -> Claim {
        let claim = try await fixture.claim(id, authorizeOnly: authorizeOnly)
        try await fixture.store.handOver(claim, now: fixture.clock.now())
        return claim
    }

    private func state(_ claim: Claim) throws -> String? {
        try fixture.store.payment(id: claim.payment ?? claim.operation)?.1.payment.state.name
    }

    private func reason(_ claim: Claim) throws -> Int? {
        guard case .declined(let failure)? = try fixture.store.payment(id: claim.operation)?.1.payment.state else {
            return nil
        }
        return failure.code.rawValue
    }

    private func events(_ claim: Claim) throws -> [String] {
        let filter = EventFilter(payment: claim.payment ?? claim.operation)
        return try fixture.store.events(filter, limit: 10).reversed().compactMap {
            try fixture.store.event(id: $0.id)?.body
        }
    }

    /// Runs a courier whose Wix is not there.
    private func reconciling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await fixture.withCourier(Fixture.settings("https://localhost:1"), body)
    }

    // MARK: Claims

    @Test("A claim whose outcome the processor knows is settled with its event")
    func found() async throws {
        processor.follow { $0.lookup = Self.approved }
        let claim = try await orphan()
        try await reconciling { try await fixture.until { try state(claim) == "approved" } }
        #expect(try events(claim).count == 1)
        #expect(processor.questions == [.lookup])
    }

    @Test("The claim of a process that died is found")
    func deadProcess() async throws {
        processor.follow { $0.lookup = Self.approved }
        // The other process: a store of its own, whose lock falls with it.
        var other: Store? = try Store(path: fixture.store.path)
        guard
            case .claimed(let claim, _)? = try await other?.claim(
                NewPayment(Fixture.payment("payment")), now: fixture.clock.now())
        else { throw Fixture.FixtureError() }
        try await reconciling {
            _ = try await fixture.approved("another")
            #expect(try state(claim) == "claimed")
        }
        other?.close()
        other = nil
        try await reconciling { try await fixture.until { try state(claim) == "approved" } }
    }

    @Test("A payment that the processor never received waits for Wix's repeat, then is canceled and declined with 1003")
    func notFound() async throws {
        processor.follow {
            $0.lookup = { .notFound }
            $0.cancel = Self.canceled
        }
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.notFoundAt != nil }
            #expect(try state(claim) == "claimed")
            #expect(processor.questions == [.lookup])
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { try state(claim) == "declined" }
        }
        #expect(try reason(claim) == 1003)
        #expect(processor.questions == [.lookup, .lookup, .cancel])
        #expect(try events(claim).count == 1)
    }

    @Test(
        "A cancel that tells why the payment was declined is believed, one without a reason of its own means 1003",
        arguments: [(3012, 3012), (5001, 5001), (6000, 1003), (3030, 1003)])
    func canceledWithReason(_ code: Int, _ told: Int) async throws {
        let failure = Failure(try #require(DeclineCode(rawValue: code)), errorCode: "G1", errorMessage: "no")
        processor.follow {
            $0.lookup = { .notFound }
            $0.cancel = { PaymentReport(.declined(failure)) }
        }
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { try state(claim) == "declined" }
        }
        #expect(try reason(claim) == told)
        #expect(try events(claim).count == 1)
    }

    @Test("Within the window Wix's repeat may run the payment, and the reconciler leaves it alone")
    func repeatRuns() async throws {
        processor.follow {
            $0.lookup = { .notFound }
            $0.cancel = Self.canceled
        }
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.notFoundAt != nil }
            let status = try #require(try fixture.store.operation(id: claim.operation))
            let reclaimed = try #require(try await fixture.store.reclaim(status, now: fixture.clock.now()))
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await Task.sleep(for: .milliseconds(1_200))
            #expect(try state(claim) == "claimed")
            try await fixture.settle(reclaimed, .approved(.init()))
        }
        #expect(processor.questions == [.lookup])
        #expect(try state(claim) == "approved")
    }

    @Test("After the window Wix's repeat cannot run it any more")
    func repeatIsTooLate() async throws {
        processor.follow { $0.lookup = { .notFound } }
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            // The cancel is not confirmed: nobody holds the claim, but nobody may run it either.
            try await fixture.until { processor.questions.contains(.cancel) }
            let status = try #require(try fixture.store.operation(id: claim.operation))
            #expect(try await fixture.store.reclaim(status, now: fixture.clock.now()) == nil)
            #expect(try state(claim) == "claimed")
            processor.follow { $0.cancel = Self.canceled }
            fixture.clock.jump(milliseconds: LookupBackoff.longestMilliseconds)
            try await fixture.until { try state(claim) == "declined" }
        }
        #expect(try reason(claim) == 1003)
    }

    @Test("A cancel that comes too late is not an outcome: the processor's word is")
    func cancelTooLate() async throws {
        processor.follow {
            $0.lookup = { .notFound }
            $0.cancel = { PaymentReport(.approved(ApprovalDetails())) }
        }
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { try state(claim) == "approved" }
        }
    }

    @Test("A processor that does not answer is asked again and again, ever more slowly, and that is told")
    func unreachable() async throws {
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.lookups == 1 }
            for lookups in 2...8 {
                let status = try #require(try fixture.store.operation(id: claim.operation))
                let wait = try #require(status.lookupAt) - fixture.clock.now()
                let planned = LookupBackoff.milliseconds(afterLookups: status.lookups - 1)
                #expect(planned - 900...planned ~= wait)
                fixture.clock.jump(milliseconds: max(0, wait) + 1)
                try await fixture.until { try fixture.store.operation(id: claim.operation)?.lookups == lookups }
            }
            try await fixture.until { try fixture.store.courierStatus()?.processorSilentSince != nil }
            #expect(try state(claim) == "claimed")
            #expect(fixture.lines.all.count { $0.hasPrefix("warning") && $0.contains("look-up") } == 1)
            processor.follow { $0.lookup = Self.approved }
            fixture.clock.jump(milliseconds: CourierHealth.outageQuietMilliseconds)
            try await fixture.until { try state(claim) == "approved" }
            try await fixture.until { try fixture.store.courierStatus()?.processorSilentSince == nil }
        }
    }

    @Test("A clock that is put back by a day does not put the next look-up off by one")
    func clockPutBack() async throws {
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.lookups == 1 }
            processor.follow { $0.lookup = Self.approved }
            fixture.clock.jump(milliseconds: -86_400_000)
            try await fixture.until {
                let lookupAt = try #require(try fixture.store.operation(id: claim.operation)?.lookupAt)
                return lookupAt <= fixture.clock.now() + LookupBackoff.longestMilliseconds
            }
            fixture.clock.jump(milliseconds: LookupBackoff.longestMilliseconds)
            try await fixture.until { try state(claim) == "approved" }
        }
    }

    @Test("A redirect that is found after Wix was told pending is canceled and declined with 1003")
    func lateRedirect() async throws {
        processor.follow {
            $0.lookup = {
                .found(
                    PaymentReport(.redirect(to: RedirectURL("https://pay.example.com/page")!)), captured: false,
                    voided: false)
            }
            // A page that stays open: the cancel was not confirmed.
            $0.cancel = { PaymentReport(.redirect(to: RedirectURL("https://pay.example.com/page")!)) }
        }
        let claim = try await fixture.claim("payment")
        let pending = NewOutcome(
            PaymentReport(.pending(Failure(.general))), source: .deadline, redirectExpiryMilliseconds: 60_000)
        _ = try await fixture.store.deferAnswer(claim, pending, now: fixture.clock.now())
        try await fixture.store.handOver(claim, now: fixture.clock.now())
        try await reconciling {
            try await fixture.until { (try fixture.store.operation(id: claim.operation)?.lookups ?? 0) > 0 }
            #expect(try state(claim) == "pending")
            processor.follow { $0.cancel = Self.canceled }
            fixture.clock.jump(milliseconds: LookupBackoff.longestMilliseconds)
            try await fixture.until { try state(claim) == "declined" }
        }
        #expect(try reason(claim) == 1003)
        #expect(try events(claim).map { $0.contains("5009") } == [true, false])
        #expect(try fixture.store.operation(id: claim.operation)?.isSettled == true)
    }

    @Test("A redirect that is found of a payment without a buyer is never shown: it is canceled and declined with 3004")
    func unattendedRedirect() async throws {
        processor.follow {
            $0.lookup = {
                .found(
                    PaymentReport(.redirect(to: RedirectURL("https://pay.example.com/page")!)), captured: false,
                    voided: false)
            }
        }
        let known = Fixture.payment("payment")
        let payment = Payment(
            wixTransactionId: "payment", pluginTransactionId: known.pluginTransactionId, wixMerchantId: "merchant",
            mode: .sandbox, amount: known.amount, authorizeOnly: false, isUnattended: true)
        guard
            case .claimed(let claim, _) = try await fixture.store.claim(NewPayment(payment), now: fixture.clock.now())
        else { throw Fixture.FixtureError() }
        try await fixture.store.handOver(claim, now: fixture.clock.now())
        try await reconciling {
            try await fixture.until { processor.questions.contains(.cancel) }
            #expect(try state(claim) == "claimed")
            processor.follow { $0.cancel = Self.canceled }
            fixture.clock.jump(milliseconds: LookupBackoff.longestMilliseconds)
            try await fixture.until { try state(claim) == "declined" }
        }
        #expect(try reason(claim) == 3004)
        #expect(try events(claim).count == 1)
    }

    // MARK: Refunds, captures, voids

    private func refund(of claim: Claim) async throws -> Claim {
        let payment = Fixture.payment("payment")
        let new = NewRefund(
            wixTransactionId: "payment", derivedTransactionId: payment.pluginTransactionId,
            namedTransactionId: payment.pluginTransactionId, wixRefundId: "refund",
            pluginRefundId: String(repeating: "f", count: 32), amount: 400)
        guard case .claimed(let refund, _, _) = try await fixture.store.claim(new, now: fixture.clock.now()) else {
            throw Fixture.FixtureError()
        }
        try await fixture.store.handOver(refund, now: fixture.clock.now())
        return refund
    }

    private func refundState(_ claim: Claim) throws -> RefundState? {
        try fixture.store.refund(id: claim.operation)?.1.refund.state
    }

    @Test("A refund whose outcome was not learned is settled by look-up, pending ones are asked about again")
    func refundFound() async throws {
        let payment = try await fixture.claim("payment")
        try await fixture.settle(payment, .approved(.init()))
        processor.follow { $0.lookupRefund = { .pending } }
        let refund = try await refund(of: payment)
        try await reconciling {
            try await fixture.until { processor.questions.contains(.lookupRefund) }
            #expect(try refundState(refund) == .claimed)
            processor.follow { $0.lookupRefund = { .found(.succeeded) } }
            fixture.clock.jump(milliseconds: LookupBackoff.longestMilliseconds)
            try await fixture.until { try refundState(refund) == .succeeded }
        }
        #expect(try fixture.store.payment(id: payment.operation)?.1.payment.refunded == 400)
        #expect(try events(payment).count == 2)
    }

    @Test("A refund that the processor never received is canceled after the window and fails with 1003")
    func refundNotFound() async throws {
        let payment = try await fixture.claim("payment")
        try await fixture.settle(payment, .approved(.init()))
        processor.follow {
            $0.lookupRefund = { .notFound }
            $0.cancelRefund = { .notFound }
        }
        let refund = try await refund(of: payment)
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: refund.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { try refundState(refund) != .claimed }
        }
        guard case .failed(let failure)? = try refundState(refund) else { throw Fixture.FixtureError() }
        #expect(failure.code == .providerTechnicalError)
        let record = try #require(try fixture.store.payment(id: payment.operation)?.1.payment)
        #expect(record.refunded == 0 && record.refunding == 0)
    }

    private func action(_ action: PaymentAction) async throws -> (payment: Claim, attempt: Claim) {
        let claim = try await fixture.claim("payment", authorizeOnly: true)
        try await fixture.settle(claim, .authorized(.init()))
        let payment = Fixture.payment("payment")
        let new = NewAction(
            action, wixTransactionId: "payment", derivedTransactionId: payment.pluginTransactionId,
            namedTransactionId: payment.pluginTransactionId, amount: 1_000, amountMismatch: nil)
        guard case .claimed(let attempt, _) = try await fixture.store.claim(new, now: fixture.clock.now()) else {
            throw Fixture.FixtureError()
        }
        try await fixture.store.handOver(attempt, now: fixture.clock.now())
        return (claim, attempt)
    }

    @Test("A capture or void that happened is settled as done", arguments: PaymentAction.allCases)
    func actionFound(action: PaymentAction) async throws {
        processor.follow {
            $0.lookup = {
                .found(
                    PaymentReport(.authorized(ApprovalDetails())), captured: action == .capture, voided: action == .void
                )
            }
        }
        let (payment, _) = try await self.action(action)
        let done = action == .capture ? "captured" : "voided"
        try await reconciling { try await fixture.until { try state(payment) == done } }
        #expect(try events(payment).count == 2)
    }

    @Test(
        "A capture or void that did not happen fails after the window, and the authorization stands",
        arguments: PaymentAction.allCases)
    func actionNotFound(action: PaymentAction) async throws {
        processor.follow {
            $0.lookup = { .found(PaymentReport(.authorized(ApprovalDetails())), captured: false, voided: false) }
        }
        let (payment, attempt) = try await self.action(action)
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: attempt.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { try state(payment) == "authorized" }
        }
        #expect(try events(payment).last?.contains("reasonCode") == true)
    }

    @Test("A void is done where the gateway calls the authorization declined or canceled", arguments: [6000, 3030])
    func declinedIsVoided(_ code: Int) async throws {
        let failure = Failure(try #require(DeclineCode(rawValue: code)))
        processor.follow { $0.lookup = { .found(PaymentReport(.declined(failure)), captured: false, voided: false) } }
        let (payment, _) = try await self.action(.void)
        try await reconciling { try await fixture.until { try state(payment) == "voided" } }
        #expect(try events(payment).last?.contains("reasonCode") == false)
        #expect(try fixture.store.openConflicts(limit: 9).isEmpty)
    }

    @Test(
        "A capture whose authorization has ended meanwhile fails, and that end is told as well",
        arguments: [("voided", 3, []), ("authorized", 2, ["declined 6000"])])
    func captureOfNothing(_ end: String, _ told: Int, _ conflicts: [String]) async throws {
        let outcome: PaymentOutcome = end == "voided" ? .authorized(.init()) : .declined(Failure(.generalError))
        processor.follow {
            $0.lookup = { .found(PaymentReport(outcome), captured: false, voided: end == "voided") }
        }
        let (payment, attempt) = try await self.action(.capture)
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: attempt.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { try state(payment) == end }
        }
        #expect(try events(payment).count == told)
        #expect(try fixture.store.openConflicts(limit: 9).map(\.outcome) == conflicts)
    }

    @Test("A void whose look-up shows that the money was taken fails, and a conflict tells of it")
    func capturedInstead() async throws {
        processor.follow {
            $0.lookup = { .found(PaymentReport(.captured(ApprovalDetails())), captured: true, voided: false) }
        }
        let (payment, attempt) = try await self.action(.void)
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: attempt.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { try state(payment) == "authorized" }
        }
        #expect(try fixture.store.openConflicts(limit: 9).map(\.outcome) == ["captured"])
    }

    // MARK: A store that fails

    static let kinds: [OperationKind] = [.create, .refund, .capture, .void]

    private func orphan(_ kind: OperationKind) async throws -> Claim {
        switch kind {
        case .create: return try await orphan()
        case .capture: return try await action(.capture).attempt
        case .void: return try await action(.void).attempt
        case .refund:
            let payment = try await fixture.claim("payment")
            try await fixture.settle(payment, .approved(.init()))
            return try await refund(of: payment)
        }
    }

    @Test("A claim whose end can't be stored is handed back and asked about again", arguments: kinds)
    func handedBack(_ kind: OperationKind) async throws {
        processor.follow {
            $0.lookup = {
                kind == .create
                    ? .notFound
                    : .found(PaymentReport(.authorized(ApprovalDetails())), captured: false, voided: false)
            }
            $0.cancel = Self.canceled
            $0.lookupRefund = { .notFound }
            $0.cancelRefund = { .notFound }
        }
        let claim = try await orphan(kind)
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.notFoundAt != nil }
            try fixture.refuseOperations(column: "settled_at")
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            // Taken, given back, and taken once more.
            try await fixture.until { try (fixture.store.operation(id: claim.operation)?.generation ?? 0) >= 3 }
            try fixture.refuseNothing()
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.isSettled == true }
        }
    }

    @Test("A claim that can't be handed back is handed back as soon as the store takes it")
    func handedBackLater() async throws {
        let fixture = fixture
        processor.follow {
            $0.lookup = { .notFound }
            $0.cancel = {
                try fixture.refuseOperations()
                throw OutcomeUnknown("no answer")
            }
        }
        let claim = try await orphan()
        try await reconciling {
            try await fixture.until { try fixture.store.operation(id: claim.operation)?.notFoundAt != nil }
            fixture.clock.jump(milliseconds: Store.repeatWindowMilliseconds + 1)
            try await fixture.until { fixture.lines.all.contains { $0.contains("could not be handed back yet") } }
            #expect(try fixture.store.operation(id: claim.operation)?.owner != nil)
            processor.follow { $0.cancel = Self.canceled }
            try fixture.refuseNothing()
            fixture.clock.jump(milliseconds: LookupBackoff.longestMilliseconds)
            try await fixture.until { try state(claim) == "declined" }
        }
    }

    // MARK: Open payments

    @Test("A pending payment is asked about 1, 5 and 30 minutes after it became that, then hourly")
    func checks() async throws {
        processor.follow {
            $0.lookup = { .found(PaymentReport(.pending(Failure(.general))), captured: false, voided: false) }
        }
        let claim = try await fixture.claim("payment")
        try await fixture.settle(claim, .pending(Failure(.general)))
        try await reconciling {
            for (checks, minutes) in [1, 4, 25, 60, 60].enumerated() {
                let record = try #require(try fixture.store.payment(id: claim.operation)?.1)
                let wait = try #require(record.checkAt) - fixture.clock.now()
                #expect(abs(wait - Int64(minutes) * 60_000) < 2_000)
                fixture.clock.jump(milliseconds: wait + 1)
                try await fixture.until { try fixture.store.payment(id: claim.operation)?.1.checks == checks + 1 }
            }
            processor.follow { $0.lookup = Self.approved }
            fixture.clock.jump(milliseconds: 3_601_000)
            try await fixture.until { try state(claim) == "approved" }
        }
        #expect(try events(claim).count == 2)
    }

    private func redirected() async throws -> Claim {
        let claim = try await fixture.claim("payment")
        try await fixture.settle(claim, .redirect(to: RedirectURL("https://pay.example.com/page")!))
        return claim
    }

    @Test("A page that was left ends with 3030, only once its cancel was confirmed")
    func expires() async throws {
        let claim = try await redirected()
        try await reconciling {
            fixture.clock.jump(milliseconds: 60_001)
            try await fixture.until { processor.questions.contains(.cancel) }
            #expect(try state(claim) == "redirected")
            processor.follow { $0.cancel = Self.canceled }
            fixture.clock.jump(milliseconds: 60_001)
            try await fixture.until { try state(claim) == "expired" }
        }
        #expect(try events(claim).map { $0.contains("3030") } == [true])
    }

    @Test("A payment that was approved while its page expired is approved")
    func expiryAgainstApproval() async throws {
        processor.follow { $0.cancel = { PaymentReport(.approved(ApprovalDetails())) } }
        let claim = try await redirected()
        try await reconciling {
            fixture.clock.jump(milliseconds: 60_001)
            try await fixture.until { try state(claim) == "approved" }
        }
        #expect(try events(claim).count == 1)
    }

    private enum Turn: CaseIterable { case expiry, check }

    @Test("A page that its buyer has finished while its turn came is left alone", arguments: Turn.allCases)
    private func finishedMeanwhile(_ turn: Turn) async throws {
        let claim = try await redirected()
        fixture.clock.jump(milliseconds: 60_001)
        let found = try #require(try fixture.store.payment(id: claim.operation)?.1)
        try await fixture.report(claim, .pending(Failure(.general)))
        let reconciler = Reconciler(courier: fixture.courier(Fixture.settings("https://localhost:1"))) { _ in }
        switch turn {
        case .expiry: await reconciler.expire(found)
        case .check: await reconciler.check(found)
        }
        #expect(processor.questions.isEmpty)
        #expect(try state(claim) == "pending")
    }

    @Test("A look-up that shows the page on which the payment became pending cancels nothing")
    func pendingOnPage() async throws {
        let claim = try await redirected()
        processor.follow {
            $0.lookup = {
                .found(
                    PaymentReport(.redirect(to: RedirectURL("https://pay.example.com/page")!)), captured: false,
                    voided: false)
            }
            $0.cancel = Self.canceled
        }
        try await fixture.report(claim, .pending(Failure(.general)))
        try await reconciling {
            fixture.clock.jump(milliseconds: 60_001)
            try await fixture.until { try fixture.store.payment(id: claim.operation)?.1.checks == 1 }
        }
        #expect(processor.questions == [.lookup])
        #expect(try state(claim) == "pending")
    }

    @Test("An approval after the expiry is a conflict, not a second outcome")
    func approvalAfterExpiry() async throws {
        processor.follow { $0.cancel = Self.canceled }
        let claim = try await redirected()
        try await reconciling {
            fixture.clock.jump(milliseconds: 60_001)
            try await fixture.until { try state(claim) == "expired" }
        }
        try await fixture.report(claim, .approved(.init()))
        #expect(try state(claim) == "expired")
        #expect(try fixture.store.timeline(payment: claim.operation)?.conflicts.count == 1)
        #expect(try events(claim).count == 1)
    }

    @Test("A processor that is slow for one payment does not keep others waiting")
    func slowLookups() async throws {
        let gate = Gate()
        let slow = SlowProcessor(gate: gate)
        let fixture = try Fixture(processor: slow)
        let stuck = try await fixture.claim("slow")
        let quick = try await fixture.claim("quick")
        for claim in [stuck, quick] { try await fixture.store.handOver(claim, now: fixture.clock.now()) }
        try await fixture.withCourier(Fixture.settings("https://localhost:1")) {
            try await fixture.until { try fixture.store.operation(id: quick.operation)?.isSettled == true }
            #expect(try fixture.store.operation(id: stuck.operation)?.isSettled == false)
            gate.open()
        }
    }
}

/// Answers look-ups of the payment named `slow` only when the gate opens.
private struct SlowProcessor: PaymentProcessor {
    let gate: Gate

    func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup {
        if payment.payment.wixTransactionId == "slow" { await gate.pass() }
        return .found(PaymentReport(.approved(ApprovalDetails())), captured: false, voided: false)
    }

    func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome { throw Self.not }
    func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport { throw Self.not }
    func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport { throw Self.not }
    func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome { throw Self.not }
    func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome { throw Self.not }
    func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup { throw Self.not }
    func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup { throw Self.not }

    private static let not = OutcomeUnknown("not scripted")
}
