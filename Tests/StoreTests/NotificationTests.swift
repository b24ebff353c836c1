import Payments
import Store
import Testing
import WixPayments

@Suite("Notifications")
struct NotificationTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.store)
    }

    private func take(_ change: NotifiedChange, _ id: String = "n") async throws -> NotificationResult {
        try await store.take(
            change, webhookID: id, requestID: "of-\(id)", redirectExpiryMilliseconds: 60_000, now: Sample.now)
    }

    private func expectSound() throws {
        let check = try StoreInspector(path: folder.store).check()
        #expect(check.isSound, "\(check)")
    }

    // MARK: Ahead of the answer

    @Test("A void that is notified ahead of its answer is that attempt's end, told to Wix once")
    func voidAheadOfAnswer() async throws {
        let payment = try await store.make("a", Sample.authorized)
        let claim = try await store.claimAction(Sample.action(.void, of: "a"))
        guard
            case .done(let event?, claim.operation) = try await take(
                .void(pluginTransactionId: payment.payment.pluginTransactionId))
        else { throw Unexpected("not taken in") }
        #expect(try store.event(id: event)?.event.operation == claim.operation)
        #expect(try store.state("a") == "voided")
        try expectSound()
        let answered = try await store.settle(claim, .void, .succeeded, requestID: nil, now: Sample.now)
        #expect(answered?.failure == nil && answered?.event == nil && answered?.isContradicted == false)
        #expect(try store.eventCount() == 2)
        #expect(try store.openConflicts(limit: 1).isEmpty)
        try expectSound()
        let timeline = try #require(try store.timeline(payment: payment.id))
        #expect(timeline.operations.map(\.status.kind) == [.create, .void])
    }

    @Test("An answer that says otherwise than the notification of a void ahead of it is a conflict")
    func voidContradicted() async throws {
        let payment = try await store.make("a", Sample.authorized)
        let claim = try await store.claimAction(Sample.action(.void, of: "a"))
        _ = try await take(.void(pluginTransactionId: payment.payment.pluginTransactionId))
        let answered = try await store.settle(
            claim, .void, .failed(Failure(.generalError)), requestID: nil, now: Sample.now)
        #expect(answered?.isContradicted == true)
        #expect(try store.openConflicts(limit: 2).map(\.outcome) == ["void failed"])
        try expectSound()
    }

    @Test("A void that is handed over and then notified is not asked about any more")
    func voidHandedOver() async throws {
        let payment = try await store.make("a", Sample.authorized)
        let claim = try await store.claimAction(Sample.action(.void, of: "a"))
        try await store.handOver(claim, now: Sample.now)
        _ = try await take(.void(pluginTransactionId: payment.payment.pluginTransactionId))
        #expect(try store.dueLookups(now: .max).isEmpty)
        try expectSound()
    }

    @Test("A lapse without a void of Wix's belongs to no attempt")
    func lapse() async throws {
        let payment = try await store.make("a", Sample.authorized)
        guard
            case .done(let event?, payment.id) = try await take(
                .void(pluginTransactionId: payment.payment.pluginTransactionId))
        else { throw Unexpected("not taken in") }
        #expect(try store.event(id: event)?.event.operation == nil)
        try expectSound()
    }

    @Test("A refund that is notified ahead of its answer is told to Wix once", arguments: [true, false])
    func refundAheadOfAnswer(succeeds: Bool) async throws {
        let payment = try await store.make("a", Sample.approved)
        let claim = try await store.claimRefund(Sample.refund("r", of: "a", 400))
        let outcome: RefundOutcome = succeeds ? .succeeded : .failed(Failure(.generalError))
        guard
            case .done(let event?, claim.operation) = try await take(
                .refund(
                    id: Sample.derived("refund:r"), pluginTransactionId: payment.payment.pluginTransactionId,
                    amount: 400, outcome))
        else { throw Unexpected("not taken in") }
        #expect(try store.event(id: event)?.event.operation == claim.operation)
        try expectSound()
        guard case .unchanged = try await store.settle(claim, outcome, requestID: nil, now: Sample.now) else {
            throw Unexpected("settled twice")
        }
        #expect(try store.eventCount() == 2)
        try expectSound()
    }

    @Test("An outcome that is notified ahead of the answer is told to Wix once")
    func paymentAheadOfAnswer() async throws {
        let claim = try await store.claimNew(Sample.payment("a"))
        let change = NotifiedChange.payment(
            pluginTransactionId: Sample.derived("a"), PaymentReport(Sample.approved))
        guard case .done(_?, claim.operation) = try await take(change) else { throw Unexpected("not taken in") }
        try expectSound()
        guard case .unchanged = try await store.settle(claim, Sample.outcome(Sample.approved), now: Sample.now) else {
            throw Unexpected("settled twice")
        }
        #expect(try store.eventCount() == 1)
        try expectSound()
    }

    @Test("What was read as the end of an open payment is not held against one that was authorized meanwhile")
    func voidBesideAnswer() async throws {
        let record = try await store.make("a", Sample.authorized)
        let plugin = record.payment.pluginTransactionId
        let result = try await store.take(
            .payment(pluginTransactionId: plugin, PaymentReport(Sample.declined)), for: .open, webhookID: "n",
            requestID: nil, redirectExpiryMilliseconds: 60_000, now: Sample.now)
        #expect(result == .outdated)
        #expect(try store.openConflicts(limit: 1).isEmpty)
        guard case .done(_?, _) = try await take(.void(pluginTransactionId: plugin)) else {
            throw Unexpected("not taken in")
        }
        #expect(try store.state("a") == "voided")
        try expectSound()
    }

    @Test("A capture that is notified ahead of its answer waits for that, and is told to Wix once")
    func captureAheadOfAnswer() async throws {
        let claim = try await store.claimNew(Sample.payment("a", authorizeOnly: true))
        _ = try await store.settle(claim, Sample.outcome(Sample.authorized), now: Sample.now)
        let capture = try await store.claimAction(Sample.action(.capture, of: "a"))
        let change = NotifiedChange.payment(
            pluginTransactionId: Sample.derived("a"), PaymentReport(.captured(ApprovalDetails())))
        guard case .done(nil, _) = try await take(change) else { throw Unexpected("not taken in") }
        let event = try await store.settle(capture, .capture, .succeeded, requestID: nil, now: Sample.now)?.event
        #expect(event != nil)
        guard case .done(nil, _) = try await take(change, "again") else { throw Unexpected("not taken in") }
        #expect(try store.eventCount() == 2)
        #expect(try store.openConflicts(limit: 1).isEmpty)
        try expectSound()
    }

    @Test("A redirect that is told again after its buyer left the page pending is known; a later page is a conflict")
    func redirectAgain() async throws {
        let redirect = NotifiedChange.payment(
            pluginTransactionId: Sample.derived("a"), PaymentReport(Sample.redirect))
        let record = try await store.make("a", Sample.redirect)
        _ = try await store.report(Sample.outcome(Sample.pending, .notification), payment: record.id, now: Sample.now)
        guard case .done(nil, _) = try await take(redirect) else { throw Unexpected("not taken in") }
        #expect(try store.state("a") == "pending")
        try await store.make("b", Sample.pending)
        let late = NotifiedChange.payment(pluginTransactionId: Sample.derived("b"), PaymentReport(Sample.redirect))
        #expect(try await take(late, "late") == .conflict)
        try expectSound()
    }

    // MARK: What does not fit

    private static func refund(
        _ id: String, of payment: String, _ amount: Int64, _ outcome: RefundOutcome = .succeeded
    ) -> NotifiedChange {
        .refund(id: id, pluginTransactionId: Sample.derived(payment), amount: amount, outcome)
    }

    @Test("A refund whose id is known with another amount is kept as a conflict, and changes nothing")
    func otherAmount() async throws {
        try await store.make("a", Sample.approved)
        guard case .done(_?, _) = try await take(Self.refund("re_1", of: "a", 500), "1") else {
            throw Unexpected("not taken in")
        }
        #expect(try await take(Self.refund("re_1", of: "a", 900), "2") == .conflict)
        // Not remembered, so the gateway's next try is looked at again; the same contradiction is one conflict.
        #expect(try await take(Self.refund("re_1", of: "a", 900), "2") == .conflict)
        guard case .done(nil, _) = try await take(Self.refund("re_1", of: "a", 500), "3") else {
            throw Unexpected("a repeat is no conflict")
        }
        let conflicts = try store.openConflicts(limit: 9)
        #expect(conflicts.map(\.state) == ["refund succeeded of 500"])
        #expect(conflicts.map(\.outcome) == ["refund succeeded of 900, re_1"])
        #expect(try store.record("a").payment.refunded == 500)
        #expect(try store.eventCount() == 2)
        try expectSound()
    }

    @Test(
        "A refund of Wix's that is notified with another amount is kept as a conflict, and runs on",
        arguments: [RefundOutcome.succeeded, .failed(Failure(.generalError))])
    func ownOtherAmount(outcome: RefundOutcome) async throws {
        try await store.make("a", Sample.approved)
        let claim = try await store.claimRefund(Sample.refund("r", of: "a", 1_000))
        #expect(try await take(Self.refund(Sample.derived("refund:r"), of: "a", 999, outcome)) == .conflict)
        #expect(try store.openConflicts(limit: 9).map(\.state) == ["refund claimed of 1000"])
        guard case .settled = try await store.settle(claim, .succeeded, requestID: nil, now: Sample.now) else {
            throw Unexpected("not settled")
        }
        try expectSound()
    }

    @Test(
        "A refund whose id is another payment's refund is kept as a conflict, and told to Wix only once",
        arguments: ["re_1", String(repeating: "ab", count: 16)])
    func otherPayment(id: String) async throws {
        let first = try await store.make("a", Sample.approved)
        let second = try await store.make("b", Sample.approved)
        _ = try await take(Self.refund(id, of: "a", 500), "1")
        #expect(try await take(Self.refund(id, of: "b", 500), "2") == .conflict)
        #expect(try store.openConflicts(limit: 9).map(\.payment) == [second.id])
        #expect(try store.record("b").payment.refunded == 0)
        #expect(try store.timeline(payment: first.id)?.events.count == 2)
        #expect(try store.timeline(payment: second.id)?.events.count == 1)
        try expectSound()
    }

    @Test("A refund whose id is that of Wix's refund of another payment is kept as a conflict")
    func ownOfOtherPayment() async throws {
        try await store.make("a", Sample.approved)
        try await store.make("b", Sample.approved)
        let claim = try await store.claimRefund(Sample.refund("r", of: "a", 1_000))
        #expect(try await take(Self.refund(Sample.derived("refund:r"), of: "b", 1_000)) == .conflict)
        #expect(try store.record("b").payment.refunded == 0)
        _ = try await store.settle(claim, .succeeded, requestID: nil, now: Sample.now)
        try expectSound()
    }

    @Test("What cannot be meant of its payment is kept as a conflict")
    func misfit() async throws {
        let payment = try await store.make("a", Sample.pending)
        let change = NotifiedChange.misfit(pluginTransactionId: Sample.derived("a"), told: "approved, but of 7")
        #expect(try await take(change) == .conflict)
        let conflict = try #require(try store.openConflicts(limit: 9).first)
        #expect(conflict.payment == payment.id)
        #expect(conflict.state == "pending")
        #expect(conflict.outcome == "approved, but of 7")
        #expect(try store.state("a") == "pending")
    }
}
