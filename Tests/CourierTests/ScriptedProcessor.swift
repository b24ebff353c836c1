// A processor that says what a test tells it to say, and remembers what it was asked.

import Payments
import Processors
import Synchronization
import WixPayments

final class ScriptedProcessor: PaymentProcessor {
    /// A question that pspd asked.
    enum Question: Sendable, Equatable {
        case lookup, cancel, lookupRefund, cancelRefund
    }

    struct Script: Sendable {
        var lookup: @Sendable () throws -> PaymentLookup = { throw OutcomeUnknown("no script") }
        var cancel: @Sendable () throws -> PaymentReport = { throw OutcomeUnknown("no script") }
        var lookupRefund: @Sendable () throws -> RefundLookup = { throw OutcomeUnknown("no script") }
        var cancelRefund: @Sendable () throws -> RefundLookup = { throw OutcomeUnknown("no script") }
    }

    private let script: Mutex<Script>
    private let asked = Mutex<[Question]>([])

    init(_ script: Script = Script()) { self.script = Mutex(script) }

    /// Changes what it says from now on.
    func follow(_ change: (inout Script) -> Void) { script.withLock { change(&$0) } }

    var questions: [Question] { asked.withLock { $0 } }

    private func answer<T>(
        _ question: Question, _ path: KeyPath<Script, @Sendable () throws -> T>
    ) throws(OutcomeUnknown) -> T {
        asked.withLock { $0.append(question) }
        let say = script.withLock { $0[keyPath: path] }
        do {
            return try say()
        } catch {
            throw error as? OutcomeUnknown ?? OutcomeUnknown("\(error)")
        }
    }

    func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup {
        try answer(.lookup, \.lookup)
    }

    func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport {
        try answer(.cancel, \.cancel)
    }

    func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        try answer(.lookupRefund, \.lookupRefund)
    }

    func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup {
        try answer(.cancelRefund, \.cancelRefund)
    }

    // What only workers ask.
    func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome {
        throw OutcomeUnknown("not scripted")
    }
    func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport {
        throw OutcomeUnknown("not scripted")
    }
    func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome {
        throw OutcomeUnknown("not scripted")
    }
    func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome {
        throw OutcomeUnknown("not scripted")
    }
}
