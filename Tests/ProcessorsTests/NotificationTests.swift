// Notifications: what the messages mean.

import Foundation
import Payments
import TestStack
import Testing
import WixPayments

@testable import Processors

@Suite("Notifications")
struct GatewayNotificationTests {
    private func parse(_ json: String) throws -> GatewayNotification { try .parse(Array(json.utf8)) }

    @Test("A payment's notification means what a look-up would say")
    func payment() throws {
        let json = #"{"type":"payment.updated","data":{"id":"p-1","status":"declined","reasonCode":3012}}"#
        guard case .paymentUpdated("p-1", let update) = try parse(json) else { return failed("another type") }
        let known = PaymentOrder(pluginTransactionId: "p-1", request: try .card()).payment().payment
        #expect(try update.lookup(of: known).words == "declined 3012")
        let other = PaymentOrder(pluginTransactionId: "p-2", request: try .card()).payment().payment
        #expect(throws: ContractBreach.field(FieldError("id", .value))) { try update.lookup(of: other) }
    }

    @Test(
        "A refund's notification tells id, amount and outcome",
        arguments: [
            (#""amount":500"#, "succeeded"), (#""amount":"500""#, "succeeded"),
            (#""amount":500,"currency":"EUR","status":"succeeded""#, "succeeded"),
            (#""amount":500,"status":"failed","reasonCode":3025"#, "failed 3025"),
            (#""amount":500,"status":"pending""#, "pending"),
        ])
    func refund(_ members: String, _ meaning: String) throws {
        let json = #"{"type":"refund.created","data":{"id":"r-1","paymentId":"p-1",\#(members)}}"#
        guard case .refundCreated(let refund) = try parse(json) else { return failed("another type") }
        #expect((refund.id, refund.paymentId, refund.amount) == ("r-1", "p-1", 500))
        #expect(refund.outcome?.words ?? "pending" == meaning)
    }

    @Test("A void's notification tells payment and amount")
    func void() throws {
        let json = #"{"type":"void.created","data":{"paymentId":"p-1","amount":4250,"id":7}}"#
        #expect(try parse(json) == .voidCreated(paymentId: "p-1", amount: 4_250))
    }

    @Test(
        "A type that this version does not know is left alone",
        arguments: [
            #"{"type":"payout.created","data":{"id":1}}"#, #"{"type":"","data":7}"#, #"{"type":"payment.updated2"}"#,
        ])
    func unknownType(_ json: String) throws {
        #expect(try parse(json) == .ignored)
    }

    @Test(
        "A notification against the contract is refused with its member, and the schema refuses it too",
        arguments: [
            (#"{"data":{}}"#, "type", .missing), (#"{"type":7}"#, "type", .format),
            (#"{"type":"payment.updated"}"#, "data", .missing),
            (#"{"type":"payment.updated","data":[]}"#, "data", .format),
            (#"{"type":"payment.updated","data":{"status":"approved"}}"#, "data.id", .missing),
            (#"{"type":"payment.updated","data":{"id":"p","status":"maybe"}}"#, "data.status", .value),
            (#"{"type":"payment.updated","data":{"id":"p"}}"#, "data.status", .missing),
            (#"{"type":"payment.updated","data":{"id":"p","status":"redirect"}}"#, "data.redirectUrl", .missing),
            (
                #"{"type":"payment.updated","data":{"id":"p","status":"declined","reasonCode":7}}"#, "data.reasonCode",
                .value
            ),
            (#"{"type":"refund.created","data":{"paymentId":"p","amount":1}}"#, "data.id", .missing),
            (#"{"type":"refund.created","data":{"id":"r","amount":1}}"#, "data.paymentId", .missing),
            (#"{"type":"refund.created","data":{"id":"r","paymentId":"p"}}"#, "data.amount", .missing),
            (#"{"type":"refund.created","data":{"id":"r","paymentId":"p","amount":0}}"#, "data.amount", .value),
            (#"{"type":"refund.created","data":{"id":"r","paymentId":"p","amount":-5}}"#, "data.amount", .value),
            (
                #"{"type":"refund.created","data":{"id":"r","paymentId":"p","amount":1,"status":"odd"}}"#,
                "data.status", .value
            ),
            (#"{"type":"refund.created","data":{"id":"a b","paymentId":"p","amount":1}}"#, "data.id", .value),
            (#"{"type":"void.created","data":{"amount":1}}"#, "data.paymentId", .missing),
            (#"{"type":"void.created","data":{"paymentId":"p"}}"#, "data.amount", .missing),
        ] as [(String, String, FieldError.Problem)])
    func malformed(_ json: String, _ field: String, _ problem: FieldError.Problem) throws {
        #expect(throws: ContractBreach.field(FieldError(field, problem))) { try parse(json) }
        let value = try JSON(parsing: json.utf8)
        let schemas = ["PaymentUpdated", "RefundCreated", "VoidCreated"]
        #expect(schemas.allSatisfy { !Contract.shared.faults(value, Contract.shared.schema($0)).isEmpty })
    }

    @Test("What is no JSON object is refused", arguments: ["", "[]", "null", "{", "<html>"])
    func notJSON(_ json: String) {
        #expect(throws: ContractBreach.notJSON) { try parse(json) }
    }

    @Test("A notification's description shows no text of the gateway")
    func discretion() throws {
        let json = #"{"type":"payment.updated","data":{"id":"p","status":"declined","errorMessage":"Ada Moreau"}}"#
        #expect(!"\(try parse(json))".contains("Moreau"))
    }
}
