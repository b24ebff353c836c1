// Notifications of a gateway: what is answered, and what an operator sees of one that does not fit.

import Foundation
import RequestDigest
import Store
import Testing

@testable import Endpoints

@Suite("Notifications") struct NotificationTests {
    private static let secret = [UInt8](repeating: 7, count: 32)

    /// A genuine notification.
    private func notify(_ test: TestService, _ id: String, _ json: String) async -> EndpointResponse {
        let body = Array(json.utf8)
        let time = "\(TestService.now() / 1_000)"
        let code = HMACSHA256.authenticate(Array("\(id).\(time).".utf8) + body, key: Self.secret)
        let headers = [
            "webhook-id": id, "webhook-timestamp": time,
            "webhook-signature": "v1,\(Data(code).base64EncodedString())",
        ]
        return await test.answer(
            EndpointRequest(
                method: "POST", path: "/v1/notifications", contentType: "application/json", digests: [],
                body: .complete(body), requestID: "r", address: nil, header: { headers[$0].map { [$0] } ?? [] }))
    }

    /// A payment; the id that a gateway knows it by.
    private func payment(_ test: TestService, _ kind: String = "minimal") async throws -> String {
        let answer = try await test.call("create-transaction", "create-transaction.request.\(kind)")
        return try #require(try answer.object["pluginTransactionId"] as? String)
    }

    @Test(
        "What is of another amount or currency than its payment is answered 409 and kept for an operator",
        arguments: [
            (
                #"{"type":"payment.updated","data":{"id":"ID","status":"approved","amount":1}}"#,
                "approved, but amount has a value that is not allowed"
            ),
            (
                #"{"type":"payment.updated","data":{"id":"ID","status":"approved","currency":"JPY"}}"#,
                "approved, but currency has a value that is not allowed"
            ),
            (
                #"{"type":"refund.created","data":{"id":"re_1","paymentId":"ID","amount":1,"currency":"JPY"}}"#,
                "refund of 1 in JPY, re_1"
            ),
            (#"{"type":"void.created","data":{"paymentId":"ID","amount":1}}"#, "voided for 1"),
        ])
    func misfits(_ json: String, _ told: String) async throws {
        let test = try TestService()
        let id = try await payment(test)
        for _ in 0..<2 { #expect(await notify(test, "n", json.replacingOccurrences(of: "ID", with: id)).status == 409) }
        #expect(try test.store.openConflicts(limit: 9).map(\.outcome) == [told])
    }

    @Test("Money taken of an authorization that Wix does not know captured is answered 409 and kept for an operator")
    func captured() async throws {
        let test = try TestService()
        let id = try await payment(test, "authorize-only")
        let taken = #"{"type":"payment.updated","data":{"id":"\#(id)","status":"captured"}}"#
        // Some gateways call an authorization approved.
        #expect(await notify(test, "1", taken.replacingOccurrences(of: "captured", with: "approved")).status == 200)
        for _ in 0..<2 { #expect(await notify(test, "2", taken).status == 409) }
        let conflicts = try test.store.openConflicts(limit: 9)
        #expect(conflicts.map { "\($0.state), \($0.outcome)" } == ["authorized, captured"])
    }

    @Test("A capture of Wix's that is notified as well, ahead of its answer and after it, is no contradiction")
    func capturedForWix() async throws {
        let test = try TestService()
        let id = try await payment(test, "authorize-only")
        let taken = #"{"type":"payment.updated","data":{"id":"\#(id)","status":"captured"}}"#
        let body: [String: Any] = ["pluginTransactionId": id]
        #expect(try await test.call("capture-transaction", "capture-transaction.request", with: body).text == "{}")
        #expect(await notify(test, "1", taken).status == 200)
        #expect(try test.store.openConflicts(limit: 9).isEmpty)
    }

    @Test("A refund that is told again with another amount is answered 409")
    func otherAmount() async throws {
        let test = try TestService()
        let id = try await payment(test)
        func refund(_ amount: Int) -> String {
            #"{"type":"refund.created","data":{"id":"re_1","paymentId":"\#(id)","amount":\#(amount)}}"#
        }
        #expect(await notify(test, "1", refund(1)).status == 200)
        #expect(await notify(test, "2", refund(1)).status == 200)
        #expect(await notify(test, "3", refund(2)).status == 409)
        #expect(try test.store.openConflicts(limit: 9).last?.outcome == "refund succeeded of 2, re_1")
    }
}
