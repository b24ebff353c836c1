// A processor that asks for a buyer who is not there: never answered with its page.

import Foundation
import Payments
import Processors
import Store
import Synchronization
import Testing
import WixPayments

@testable import Endpoints

@Suite("Redirects without a buyer", .timeLimit(.minutes(1)))
struct RedirectTests {
    private static let page = PaymentOutcome.redirect(to: RedirectURL("https://pay.example.com/page")!)

    /// Redirects every payment, and answers its cancel as told.
    private struct Redirecting: PaymentProcessor {
        let canceled: PaymentOutcome

        func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome { throw Self.not }
        func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport { PaymentReport(page) }
        func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup { throw Self.not }
        func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport {
            PaymentReport(canceled)
        }
        func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome { throw Self.not }
        func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome { throw Self.not }
        func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup { throw Self.not }
        func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup { throw Self.not }

        private static let not = OutcomeUnknown("not scripted")
    }

    private static let outcomes: [(PaymentOutcome, Int?)] = [
        (.declined(Failure(.buyerCanceled)), 3004), (.approved(ApprovalDetails()), nil),
        (.pending(Failure(.general)), 5009),
    ]

    @Test("It is canceled and declined with 3004; another answer to the cancel is the outcome", arguments: outcomes)
    private func canceled(_ outcome: PaymentOutcome, _ reason: Int?) async throws {
        for member in ["offSession", "moto"] {
            let test = try TestService(processor: Redirecting(canceled: outcome))
            let answer = try await test.call(
                "create-transaction", "create-transaction.request.card", with: [member: true])
            #expect(try answer.object["reasonCode"] as? Int == reason)
            #expect(try answer.object["redirectUrl"] == nil)
        }
    }

    @Test("A cancel that leaves the page open is no outcome: the claim is handed over, and what is found is answered")
    func keptOpen() async throws {
        let test = try TestService(processor: Redirecting(canceled: Self.page))
        let store = test.store
        async let answer = test.call(
            "create-transaction", "create-transaction.request.card", with: ["offSession": true])
        var found: OperationStatus?
        while found == nil {
            found = try store.dueLookups(now: TestService.now()).first
            try await Task.sleep(for: .milliseconds(5))
        }
        let status = try #require(found)
        #expect(try store.payment(id: status.id)?.1.payment.state == .claimed)
        let outcome = NewOutcome(
            PaymentReport(.declined(Failure(.threeDSecureFailed))), source: .lookup, redirectExpiryMilliseconds: 1)
        _ = try await store.settle(status.claim, outcome, now: TestService.now())
        #expect(try await answer.object["reasonCode"] as? Int == 3004)
    }
}
