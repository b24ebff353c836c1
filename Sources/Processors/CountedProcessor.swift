// Counts and times the calls to a processor. Wrapped around the real one by Endpoints and Courier.

import CrashPoints
public import Metrics
public import Payments
public import WixPayments

/// A processor whose calls are counted.
public struct CountedProcessor: PaymentProcessor {
    private let base: any PaymentProcessor
    private let metrics: Metrics

    /// Wraps `base`, which does all the work.
    public init(_ base: any PaymentProcessor, _ metrics: Metrics) {
        self.base = base
        self.metrics = metrics
    }

    /// Connects a merchant.
    public func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome {
        try await counted(.connect, \.label) { () async throws(OutcomeUnknown) in try await base.connect(request) }
    }

    /// Charges or authorizes.
    public func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport {
        try await counted(.pay, \.label) { () async throws(OutcomeUnknown) in try await base.pay(order) }
    }

    /// Asks about a payment.
    public func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup {
        try await counted(.lookup, \.label) { () async throws(OutcomeUnknown) in try await base.lookup(payment) }
    }

    /// Cancels a payment.
    public func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport {
        try await counted(.cancel, \.label) { () async throws(OutcomeUnknown) in try await base.cancel(payment) }
    }

    /// Captures or voids.
    public func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome {
        let call: ProcessorCallLabel = order.action == .capture ? .capture : .void
        return try await counted(call, \.label) { () async throws(OutcomeUnknown) in try await base.act(order) }
    }

    /// Refunds.
    public func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome {
        try await counted(.refund, \.label) { () async throws(OutcomeUnknown) in try await base.refund(order) }
    }

    /// Asks about a refund.
    public func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        try await counted(.lookupRefund, \.label) { () async throws(OutcomeUnknown) in
            try await base.lookupRefund(refund)
        }
    }

    /// Cancels a refund.
    public func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        try await counted(.cancelRefund, \.label) { () async throws(OutcomeUnknown) in
            try await base.cancelRefund(refund)
        }
    }

    /// Ends what the processor keeps open.
    public func shutdown() async throws { try await base.shutdown() }

    private func counted<T>(
        _ call: ProcessorCallLabel, _ label: (T) -> ProcessorResultLabel,
        _ body: () async throws(OutcomeUnknown) -> T
    ) async throws(OutcomeUnknown) -> T {
        let began = ContinuousClock.now
        var result = ProcessorResultLabel.unknown
        defer {
            metrics.count(.processorCall(call, result))
            metrics.observe(.processorCall(call), began.duration(to: .now))
        }
        CrashPoint.beforeProcessor.reach()
        let answer = try await body()
        CrashPoint.afterProcessor.reach()
        result = label(answer)
        return answer
    }
}

extension ConnectOutcome {
    fileprivate var label: ProcessorResultLabel {
        switch self {
        case .connected: .connected
        case .refused: .refused
        }
    }
}

extension PaymentReport {
    fileprivate var label: ProcessorResultLabel {
        switch outcome {
        case .approved, .captured: .approved
        case .authorized: .authorized
        case .pending: .pending
        case .redirect: .redirect
        case .declined: .declined
        }
    }
}

extension PaymentLookup {
    fileprivate var label: ProcessorResultLabel {
        switch self {
        case .notFound: .notFound
        case .found(let report, _, _): report.label
        }
    }
}

extension ActionOutcome {
    fileprivate var label: ProcessorResultLabel {
        switch self {
        case .succeeded: .succeeded
        case .failed: .failed
        }
    }
}

extension RefundOutcome {
    fileprivate var label: ProcessorResultLabel {
        switch self {
        case .succeeded: .succeeded
        case .failed: .failed
        }
    }
}

extension RefundLookup {
    fileprivate var label: ProcessorResultLabel {
        switch self {
        case .notFound: .notFound
        case .pending: .pending
        case .found(let outcome): outcome.label
        }
    }
}
