// The worked example in the doc comment of PaymentProcessor, compiled and tried out.

import Foundation
import Payments
import Processors
import Testing
import WixPayments

// EXAMPLE BEGINS
/// Settles on paper: every payment goes through, and the merchant collects the money by invoice.
struct InvoiceProcessor: PaymentProcessor {
    /// Keeps the first entry of each id, for ever: a repeated call finds what the first one did.
    let book: InvoiceBook

    func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome {
        .connected(accountId: request.wixMerchantId, accountName: nil, credentials: request.credentials)
    }

    func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport {
        if order.request.authorizeOnly {
            return PaymentReport(.declined(Failure(.transactionTypeIsNotSupported)))
        }
        return report(try await book.enter(.done, for: order.pluginTransactionId))
    }

    func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup {
        guard let entry = try await book.entry(for: payment.payment.pluginTransactionId) else { return .notFound }
        return .found(report(entry), captured: false, voided: false)
    }

    func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport {
        report(try await book.enter(.canceled, for: payment.payment.pluginTransactionId))
    }

    func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome {
        .failed(Failure(.transactionTypeIsNotSupported))
    }

    func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome {
        outcome(try await book.enter(.done, for: order.pluginRefundId))
    }

    func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        guard let entry = try await book.entry(for: refund.pluginRefundId) else { return .notFound }
        return .found(outcome(entry))
    }

    func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        .found(outcome(try await book.enter(.canceled, for: refund.pluginRefundId)))
    }

    private func report(_ entry: InvoiceBook.Entry) -> PaymentReport {
        switch entry {
        case .done: PaymentReport(.approved(ApprovalDetails()))
        case .canceled: PaymentReport(.declined(Failure(.buyerCanceled)))
        }
    }

    private func outcome(_ entry: InvoiceBook.Entry) -> RefundOutcome {
        switch entry {
        case .done: .succeeded
        case .canceled: .failed(Failure(.refundNotAllowed))
        }
    }
}
// EXAMPLE ENDS

/// A book in memory; a real one writes to disk before it answers.
actor InvoiceBook {
    enum Entry {
        case done, canceled
    }

    private var entries: [String: Entry] = [:]

    func enter(_ entry: Entry, for id: String) throws(OutcomeUnknown) -> Entry {
        if let first = entries[id] { return first }
        entries[id] = entry
        return entry
    }

    func entry(for id: String) throws(OutcomeUnknown) -> Entry? { entries[id] }
}

@Suite("The worked example of a processor")
struct WorkedExampleTests {
    @Test("It keeps the promises of the seam")
    func promises() async throws {
        let processor = InvoiceProcessor(book: InvoiceBook())
        let (paid, canceled) = (PaymentOrder.new(try .card()), PaymentOrder.new(try .card()))
        #expect(try await processor.lookup(paid.payment()).words == "not found")
        for _ in 0..<2 { #expect(try await processor.pay(paid).words == "approved") }
        #expect(try await processor.cancel(paid.payment()).words == "approved")
        #expect(try await processor.cancel(canceled.payment()).words == "declined 3030")
        #expect(try await processor.pay(canceled).words == "declined 3030")
        let refund = paid.refund(amount: 1)
        #expect(try await processor.lookupRefund(refund.known).words == "not found")
        #expect(try await processor.cancelRefund(refund.known).words == "failed 3022")
        #expect(try await processor.refund(refund).words == "failed 3022")
    }

    @Test("The doc comment shows the example that is compiled here")
    func isTheSame() throws {
        let here = try String(contentsOfFile: #filePath, encoding: .utf8)
        let begin = try #require(here.firstRange(of: "// EXAMPLE BEGINS\n"))
        let end = try #require(here.firstRange(of: "// EXAMPLE ENDS\n"))
        let source = try String(
            contentsOf: Fixtures.project.appending(path: "Sources/Processors/PaymentProcessor.swift"), encoding: .utf8)
        let shown = source.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { $0 != "/// ```swift" }.dropFirst().prefix { $0 != "/// ```" }
            .map { String($0.dropFirst(4)) }.joined(separator: "\n")
        #expect(shown + "\n" == here[begin.upperBound..<end.lowerBound])
    }
}
