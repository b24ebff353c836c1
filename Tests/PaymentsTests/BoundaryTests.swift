// What no flow shows: amounts at the ends of their range, details, lateness, the pauses between checks; and that the
// transcripts leave no example out.

import Payments
import Testing
import WixPayments

@Suite("At the boundaries")
struct BoundaryTests {
    @Test("Refunds at the PSP that add up beyond any number leave all refunded and break nothing")
    func sumOutOfRange() {
        var payment = Payment.sample(in: .approved, refunding: 4250)
        let fits = [payment.recordRefund(of: .max), payment.recordRefund(of: .max)]
        #expect(fits == [false, false])
        #expect(payment.refunded == .max)
        #expect(payment.refundable == 0)
        let refund = payment.beginRefund(of: nil)
        #expect(refund == .failure(.alreadyRefunded))
    }

    @Test("The largest amount is captured and refunded in full")
    func largestAmount() {
        var desk = Desk(.sample(in: .authorized, of: .max))
        let calls: [Heard] = [
            .call(.capture, .max), .ends(.capture, .max, .succeeded), .refund("a", nil), .refund("b", .max),
        ]
        let meetings = calls.map { desk.hear($0).meeting }
        #expect(meetings == [.runs(1), .news, .refund(of: .max), .refused(.aboveRemainder)])
    }

    @Test("The cancel of a late redirect is pspd's own refusal, an outcome of the processor's, or nothing yet")
    func afterLateRedirect() {
        func after(_ outcome: PaymentOutcome) -> PaymentOutcome? {
            PaymentReport(outcome).afterLateRedirect(of: .sample())?.outcome
        }
        for code in [3030, 3012] {
            guard case .declined(let failure)? = after(.declined(.code(code))) else {
                Issue.record("no refusal")
                continue
            }
            #expect(failure.code == .providerTechnicalError && failure.errorCode == "REDIRECT_TOO_LATE")
        }
        let outcomes: [PaymentOutcome] = [
            .approved(.wallet), .authorized(.none), .captured(.none), .pending(.code(5005)),
        ]
        for outcome in outcomes { #expect(after(outcome) == outcome) }
        #expect(after(.redirect(to: .sample)) == nil)
    }

    @Test("An amount below zero never runs", arguments: [-1, .min] as [Int64])
    func negativeAmounts(_ amount: Int64) {
        var payment = Payment.sample(in: .authorized)
        let actions = PaymentAction.allCases.map { payment.begin($0, amount: amount) }
        #expect(actions == [.amountMismatch, .amountMismatch])
        payment = .sample(in: .approved)
        let refund = payment.beginRefund(of: amount)
        #expect(refund == .failure(.nothingToRefund))
    }

    @Test("A payment whose amount could not be read has nothing to act on or to refund")
    func unreadableAmount() {
        func payment(_ state: PaymentState) -> Payment {
            Payment(
                wixTransactionId: Payment.sampleID, pluginTransactionId: Payment.samplePluginID, wixMerchantId: nil,
                mode: .live, amount: nil, authorizeOnly: false, state: state)
        }
        var desk = Desk(payment(.authorized))
        let action = desk.hear(.call(.capture, 0)).meeting
        #expect(action == .decision(.notAuthorized))
        desk = Desk(payment(.approved))
        let refund = desk.hear(.refund("a", nil)).meeting
        #expect(refund == .refused(.notCaptured))
    }

    @Test("Evidence is shown by success alone", arguments: PaymentState.samples)
    func details(_ state: PaymentState) {
        let details = ApprovalDetails.networkWith3DS
        let payment = Payment.sample(in: state, details: details)
        switch payment.transactionOutcome {
        case .approved(_, let shown, _): #expect(shown == details.credentialsOnFile)
        case .pending, .declined, nil: #expect(state.standing != .succeeded)
        }
    }

    @Test("A refund's late outcome contradicts it exactly when the money went the other way")
    func lateRefundOutcome() {
        func refund(_ state: RefundState) -> Refund {
            Refund(
                wixTransactionId: Payment.sampleID, wixRefundId: nil, pluginRefundId: "refund", amount: 1, state: state)
        }
        let failed = RefundOutcome.failed(.code(3025))
        #expect(refund(.succeeded).contradicts(failed))
        #expect(refund(.failed(.code(3022))).contradicts(.succeeded))
        #expect(!refund(.succeeded).contradicts(.succeeded))
        #expect(!refund(.failed(.code(3022))).contradicts(failed))
        #expect(!refund(.claimed).contradicts(.succeeded))
        #expect(!refund(.claimed).contradicts(failed))
    }

    @Test("An open payment is looked up when it is 1, 5 and 30 minutes old, then hourly")
    func checkSchedule() {
        let ages = (0..<6).reduce(into: [Int64]()) { ages, check in
            ages.append((ages.last ?? 0) + LookupSchedule.delayMilliseconds(afterChecks: check) / 60_000)
        }
        #expect(ages == [1, 5, 30, 90, 150, 210])
        #expect(LookupSchedule.delayMilliseconds(afterChecks: -1) == 60_000)
        #expect(LookupSchedule.delayMilliseconds(afterChecks: .max) == 3_600_000)
    }

    @Test("Every example of an answer and an event has a transcript")
    func examplesAreUsed() throws {
        // pspd derives its ids, so its answers and events always have one; and the words for an unknown payment, like
        // the answers of Capture and Void, are the endpoints'.
        let others: Set = ["declined-no-plugin-id", "failure-technical", "failure-unknown-transaction"]
        let lines = (PaymentTranscripts.all + ActionTranscripts.all + RefundTranscripts.all).flatMap(\.lines)
        let events = Set(lines.compactMap(\.event?.name))
        #expect(
            try Example.names(.event).subtracting(events)
                == ["response.success", "transaction.declined-no-plugin-id"])
        for kind in [Example.Kind.createAnswer, .refundAnswer] {
            let answers = Set(lines.filter { $0.answerKind == kind }.compactMap(\.answer?.name))
            #expect(try Example.names(kind).subtracting(answers).isSubset(of: others))
        }
    }
}
