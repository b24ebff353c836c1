// The order in which a call is refused (design rule 2): each fault hides those after it, and none writes to the store.

import Foundation
import Metrics
import Store
import Testing

@testable import Endpoints

@Suite("Admission") struct AdmissionTests {
    /// A call with every fault from `first` on.
    enum Fault: Int, CaseIterable {
        case path, method, size, type, digest, json

        var status: Int { [404, 405, 413, 415, 401, 400][rawValue] }
    }

    @Test("A call is refused for its first fault, in the order of the rule", arguments: Fault.allCases)
    func order(_ first: Fault) async throws {
        let test = try TestService()
        func has(_ fault: Fault) -> Bool { first.rawValue <= fault.rawValue }
        let body = Array("no JSON".utf8)
        var request = TestService.request(
            "create-transaction", method: has(.method) ? "GET" : "POST",
            contentType: has(.type) ? "text/plain" : "application/json; charset=utf-8", body: body,
            digests: has(.digest) ? ["JWT=x"] : [try TestKey.of(bits: 2_048).digest(body)])
        if has(.path) { request.path = "/v1/unknown" }
        if has(.size) { request.body = .tooLarge }
        let response = await test.answer(request)
        #expect(response.status == first.status)
        #expect(try response.object["errorCode"] is String)
        let gauges = try test.store.gauges(spansMilliseconds: [], now: 0)
        #expect(gauges.operationsMade == 0 && gauges.eventsMade == 0)
    }

    @Test("A well-formed, signed payment is claimed, settled and answered")
    func payment() async throws {
        let test = try TestService()
        let response = try await test.call("create-transaction", "create-transaction.request.card")
        #expect(response.status == 200 && response.outcome == "approved")
        #expect(try test.store.gauges(spansMilliseconds: [], now: 0).operationsMade == 1)
    }

    @Test("A refused digest is counted by its reason, a genuine one shows the clocks' difference")
    func digests() async throws {
        let test = try TestService()
        let body = Array("{}".utf8)
        await test.answer(TestService.request("create-transaction", body: body, digests: []))
        await test.answer(TestService.request("create-transaction", body: body, digests: ["JWT=a.b.c", "JWT=a.b.c"]))
        let other = try TestKey.of(bits: 1_024).digest(body)
        await test.answer(TestService.request("create-transaction", body: body, digests: [other]))
        #expect(test.metrics.value(.digestRefusal(.missing)) == 1)
        #expect(test.metrics.value(.digestRefusal(.several)) == 1)
        #expect(test.metrics.value(.digestRefusal(.signature)) == 1)
        #expect(test.metrics.value(.request(.createTransaction, .unauthorized)) == 3)
        #expect(test.metrics.value(.digestIssuedSecondsAgo) == nil)
        let genuine = try TestKey.of(bits: 2_048).digest(body)
        await test.answer(TestService.request("create-transaction", body: body, digests: [genuine]))
        #expect(test.metrics.value(.digestIssuedSecondsAgo) ?? 0 >= 1)
    }

    @Test("A refused notification is counted by its reason")
    func notifications() async throws {
        let test = try TestService()
        let response = await test.answer(
            TestService.request("notifications", body: Array("{}".utf8), digests: []))
        #expect(response.status == 401)
        #expect(test.metrics.value(.notificationRefusal(.headerMissing)) == 1)
        #expect(test.metrics.value(.request(.notifications, .unauthorized)) == 1)
    }

    @Test("A repeat with another amount is answered 409 and counted")
    func mismatch() async throws {
        let test = try TestService()
        _ = try await test.call("create-transaction", "create-transaction.request.minimal")
        let response = try await test.call(
            "create-transaction", "create-transaction.request.minimal",
            with: ["order": ["description": ["totalAmount": 1, "currency": "EUR"]]])
        #expect(response.status == 409)
        #expect(test.metrics.value(.idempotencyMismatch) == 1)
        #expect(test.metrics.value(.request(.createTransaction, .idempotencyMismatch)) == 1)
    }
}
