// What captures and voids answer, and what their events tell, by the codes that are configured for Wix's own unknown ones.

import Foundation
import Payments
import Processors
import Store
import Testing
import WixPayments

@testable import Endpoints

@Suite("Captures and voids")
struct CaptureAndVoidTests {
    /// Authorizes every payment, and ends captures and voids as told.
    struct Refusing: PaymentProcessor {
        let outcome: ActionOutcome

        func connect(_ request: ConnectAccountRequest) async throws(OutcomeUnknown) -> ConnectOutcome { throw Self.not }
        func pay(_ order: PaymentOrder) async throws(OutcomeUnknown) -> PaymentReport {
            PaymentReport(.authorized(ApprovalDetails()))
        }
        func lookup(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentLookup { throw Self.not }
        func cancel(_ payment: ProcessorPayment) async throws(OutcomeUnknown) -> PaymentReport { throw Self.not }
        func act(_ order: ActionOrder) async throws(OutcomeUnknown) -> ActionOutcome { outcome }
        func refund(_ order: RefundOrder) async throws(OutcomeUnknown) -> RefundOutcome { throw Self.not }
        func lookupRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup { throw Self.not }
        func cancelRefund(_ refund: ProcessorRefund) async throws(OutcomeUnknown) -> RefundLookup { throw Self.not }

        private static let not = OutcomeUnknown("not scripted")
    }

    private func service(failed: Int?, _ outcome: ActionOutcome = .succeeded) throws -> TestService {
        try TestService(
            actionCodes: ActionCodes(
                alreadyCaptured: nil, alreadyVoided: nil, amountMismatch: nil,
                failed: failed.flatMap(ActionFailureCode.init)),
            processor: Refusing(outcome: outcome))
    }

    /// A new authorization: its two ids.
    private func authorize(_ test: TestService) async throws -> (id: String, plugin: String) {
        let id = UUID().uuidString.lowercased()
        let answer = try await test.call(
            "create-transaction", "create-transaction.request.authorize-only", with: ["wixTransactionId": id])
        return (id, try #require(try answer.object["pluginTransactionId"] as? String))
    }

    /// The reason code of a call's answer; nil for success.
    private func reason(
        _ test: TestService, _ action: PaymentAction, _ id: String, _ plugin: String
    ) async throws -> Int? {
        let answer = try await test.call(
            "\(action.rawValue)-transaction", "\(action.rawValue)-transaction.request",
            with: ["wixTransactionId": id, "pluginTransactionId": plugin])
        #expect(answer.status == 200)
        let object = try answer.object
        if object.isEmpty { return nil }
        #expect(object["errorCode"] != nil && object["errorMessage"] != nil)
        return object["reasonCode"] as? Int
    }

    /// The reason codes of the payment's events about captures and voids; nil where one tells of success.
    private func told(_ test: TestService, _ id: String) throws -> [Int?] {
        try test.store.events(EventFilter(), limit: 100).filter {
            $0.wixTransactionId == id && $0.kind != "transaction"
        }
        .map { event in
            let body = try #require(try test.store.event(id: event.id)).body
            let message = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: [String: Any]]
            return (message?["event"]?[event.kind] as? [String: Any])?["reasonCode"] as? Int
        }
    }

    @Test("An attempt that failed with the general code is answered with it, and with success where that is configured")
    func failure() async throws {
        for (failed, code, answered) in [
            (6000, 6000, 6000), (3012, 3012, 3012), (nil, 6000, nil), (nil, 3012, 3012), (3012, 6000, 6000),
        ] as [(Int?, Int, Int?)] {
            let failure = Failure(try #require(ActionFailureCode(rawValue: code)), errorCode: "X", errorMessage: "x")
            let test = try service(failed: failed, .failed(failure))
            for action in [PaymentAction.capture, .void] {
                let (id, plugin) = try await authorize(test)
                #expect(try await reason(test, action, id, plugin) == answered, "\(failed ?? 0) \(code)")
                #expect(try told(test, id) == [code])
            }
        }
    }

    @Test(
        "A pluginTransactionId that is not the payment's is 6000, whatever is configured", arguments: [6000, 3012, nil])
    func foreign(_ failed: Int?) async throws {
        let test = try service(failed: failed)
        let (id, _) = try await authorize(test)
        for action in [PaymentAction.capture, .void] {
            #expect(try await reason(test, action, id, "another") == 6000)
        }
        #expect(try told(test, id) == [])
    }

    @Test(
        "A payment that is unknown or not authorized answers the configured code, and 6000 where that is success",
        arguments: [(6000, 6000), (3012, 3012), (nil, 6000)] as [(Int?, Int)])
    func never(_ failed: Int?, _ answered: Int) async throws {
        let test = try service(failed: failed)
        #expect(try await reason(test, .capture, UUID().uuidString.lowercased(), "unknown") == answered)
        let id = UUID().uuidString.lowercased()
        let declined = try await test.call(
            "create-transaction", "create-transaction.request.authorize-only",
            with: ["wixTransactionId": id, "order": NSNull()])
        let plugin = try declined.object["pluginTransactionId"] as? String ?? DerivedID.transaction(id)
        for action in [PaymentAction.capture, .void] {
            #expect(try await reason(test, action, id, plugin) == answered)
        }
    }
}
