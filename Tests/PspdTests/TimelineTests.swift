// What `pspd payments show` tells of a payment's past.

import Foundation
import Payments
import Store
import Testing
import WixPayments

@testable import pspd

@Suite("payments show") struct TimelineTests {
    private let fixture: ConfigurationFixture
    private let store: Store
    private static let pluginID = "0123456789abcdef0123456789abcdef"
    private static let start: Int64 = 1_795_000_000_000

    init() throws {
        fixture = try ConfigurationFixture()
        store = try Store(path: "\(fixture.folder)/pspd.db")
    }

    private func claim(authorizeOnly: Bool = false) async throws -> Claim {
        let payment = Payment(
            wixTransactionId: "wix", pluginTransactionId: Self.pluginID, wixMerchantId: "m", mode: .live,
            amount: Money(minorUnits: 1_000, currency: try #require(Currency("EUR"))), authorizeOnly: authorizeOnly)
        guard case .claimed(let claim, _) = try await store.claim(NewPayment(payment), now: Self.start) else {
            throw OperatorError("not claimed")
        }
        return claim
    }

    private func outcome(_ outcome: PaymentOutcome) -> NewOutcome {
        NewOutcome(PaymentReport(outcome), source: .answer, redirectExpiryMilliseconds: 60_000)
    }

    private func action(_ action: PaymentAction, now: Int64) async throws -> Claim {
        let new = NewAction(
            action, wixTransactionId: "wix", derivedTransactionId: Self.pluginID, namedTransactionId: Self.pluginID,
            amount: 1_000, amountMismatch: nil)
        guard case .claimed(let claim, _) = try await store.claim(new, now: now) else {
            throw OperatorError("not claimed")
        }
        return claim
    }

    /// What the processor said and what was answered, with the seconds since the start.
    private func steps(_ claim: Claim) throws -> [String] {
        let timeline = try #require(try store.timeline(payment: claim.operation))
        return TimelineEntry.all(timeline) { _ in true }.filter { ["processor", "answer"].contains($0.what) }
            .map { "\($0.at.dropFirst(17).prefix(2)) \($0.what) \($0.of): \($0.details)" }
    }

    private func at(_ seconds: Int64) -> Int64 { Self.start + seconds * 1_000 }

    private func time(_ seconds: Int64) -> Substring { WallTime.text(at(seconds)).dropFirst(17).prefix(2) }

    @Test("An authorization stays one in the past, though it was captured since; captures have their answers")
    func authorized() async throws {
        let claim = try await claim(authorizeOnly: true)
        _ = try await store.settle(claim, outcome(.authorized(ApprovalDetails())), now: at(1))
        let failed = try await action(.capture, now: at(2))
        _ = try await store.settle(
            failed, .capture, .failed(Failure(.generalError, errorCode: "E", errorMessage: nil)), requestID: nil,
            now: at(3))
        let captured = try await action(.capture, now: at(4))
        _ = try await store.settle(captured, .capture, .succeeded, requestID: nil, now: at(5))
        #expect(
            try steps(claim) == [
                "\(time(1)) processor create: authorized",
                "\(time(1)) answer create: {\"pluginTransactionId\":\"\(Self.pluginID)\"}",
                "\(time(3)) processor capture: failed",
                "\(time(3)) answer capture: {\"errorCode\":\"E\",\"reasonCode\":6000}",
                "\(time(5)) processor capture: succeeded", "\(time(5)) answer capture: {}",
            ])
    }

    @Test("Captures and voids are shown when their events are no longer kept")
    func retired() async throws {
        let claim = try await claim(authorizeOnly: true)
        _ = try await store.settle(claim, outcome(.authorized(ApprovalDetails())), now: at(1))
        let captured = try await action(.capture, now: at(4))
        _ = try await store.settle(captured, .capture, .succeeded, requestID: nil, now: at(5))
        _ = try await store.steer(.discard, EventFilter(payment: claim.operation), now: at(6))
        _ = try await store.retire(
            RetentionPolicy(deliveredEventsDays: 30, operationsDays: 540), now: at(31 * 86_400))
        #expect(try store.timeline(payment: claim.operation)?.events.isEmpty == true)
        #expect(
            try steps(claim).suffix(2) == [
                "\(time(5)) processor capture: succeeded", "\(time(5)) answer capture: {}",
            ])
    }

    @Test("A pending payment that was approved later has both, each at its time")
    func pending() async throws {
        let claim = try await claim()
        _ = try await store.settle(claim, outcome(.pending(Failure(.general))), now: at(1))
        _ = try await store.report(outcome(.approved(ApprovalDetails())), payment: claim.operation, now: at(9))
        #expect(
            try steps(claim) == [
                "\(time(1)) processor create: pending 5009",
                "\(time(1)) answer create: {\"pluginTransactionId\":\"\(Self.pluginID)\",\"reasonCode\":5009}",
                "\(time(9)) processor create: approved",
                "\(time(9)) answer create: {\"pluginTransactionId\":\"\(Self.pluginID)\"}",
            ])
    }

    @Test("A pending of pspd's own at the deadline is no word of the processor's")
    func deadline() async throws {
        let claim = try await claim()
        _ = try await store.deferAnswer(claim, outcome(.pending(Failure(.general))), now: at(1))
        #expect(try steps(claim).map { $0.contains("answer create") } == [true])
        _ = try await store.settle(claim, outcome(.declined(Failure(.generalError))), now: at(9))
        let all = try steps(claim)
        #expect(all.count == 3)
        #expect(all[1] == "\(time(9)) processor create: declined 6000")
    }

    @Test("Of a page that the buyer left, nothing is claimed but what is kept")
    func redirect() async throws {
        let claim = try await claim()
        let page = try #require(RedirectURL("https://pay.example.com/page"))
        _ = try await store.settle(claim, outcome(.redirect(to: page)), now: at(1))
        let shown = try steps(claim)
        #expect(shown.first == "\(time(1)) processor create: redirected")
        #expect(!shown.contains { $0.contains("pay.example.com") })
        _ = try await store.report(outcome(.approved(ApprovalDetails())), payment: claim.operation, now: at(9))
        let after = try steps(claim)
        #expect(
            after[0]
                == "\(time(1)) processor create: nothing that Wix was told by event: a page for the buyer, or not kept")
        #expect(after[1] == "\(time(9)) processor create: approved")
    }
}
