// The contract in deploy/gateway.openapi.yaml against the implementation, in both directions: what the file shows is
// understood, and what pspd sends is what the file says.

import Payments
import TestStack
import Testing
import WixPayments

@testable import Processors

@Suite("Gateway contract")
struct GatewayContractTests {
    static let contract = Contract.shared

    // MARK: From the file to pspd

    static let answers = contract.operations().flatMap { operation in
        contract.answerExamples(operation).map { (operation, $0) }
    }

    @Test("The file has an operation for each call and an example for each message")
    func completeness() {
        let names = Self.contract.operations().map(\.name)
        #expect(
            names == [
                "GET /payments/{id}", "GET /payments/{id}/refunds/{refundId}", "POST /accounts", "POST /payments",
                "POST /payments/{id}/cancel", "POST /payments/{id}/capture", "POST /payments/{id}/refunds",
                "POST /payments/{id}/refunds/{refundId}/cancel", "POST /payments/{id}/void",
            ])
        #expect(
            Self.contract.operations(under: "webhooks").map(\.path) == [
                "payment.updated", "refund.created", "void.created",
            ])
        for operation in Self.contract.operations() {
            #expect(!Self.contract.answerExamples(operation).isEmpty, "\(operation.name)")
        }
        let shown = Self.contract.operations().filter { $0.name == "GET /payments/{id}" }
            .flatMap { Self.contract.answerExamples($0) }.compactMap { $0.value["status"]?.text }
        #expect(Set(shown) == Set(GatewayPayment.Status.allCases.map(\.rawValue)))
    }

    @Test("Every example of an answer validates and is understood", arguments: answers)
    func answerExample(_ operation: Contract.Operation, _ example: Contract.Example) throws {
        #expect(Self.contract.faults(example.value, example.schema) == [])
        let answer = GatewayAnswer(status: 200, contentType: ["application/json"], body: example.value.bytes)
        let status = try #require(example.value["status"]?.text)
        if operation.path == "/accounts" {
            let account = try answer.read(GatewayAccount.self)
            #expect(account.isRefusal == (status == "failed"))
        } else if operation.path == "/payments" || !operation.path.contains(/refunds|capture|void/) {
            let payment = try answer.read(GatewayPayment.self)
            #expect(payment.status.rawValue == status)
            #expect((payment.details.cardDetails != nil) == (example.value["cardDetails"] != nil))
            #expect((payment.details.credentialsOnFile != nil) == (example.value["credentialsOnFile"] != nil))
        } else {
            #expect(try answer.read(GatewayResult.self).status.rawValue == status)
        }
    }

    @Test("The file's 404 is understood as never received")
    func notFoundExample() throws {
        let operation = try #require(Self.contract.operations().first { $0.name == "GET /payments/{id}" })
        let example = try #require(Self.contract.answerExamples(operation, status: "404").first)
        #expect(Self.contract.faults(example.value, example.schema) == [])
        let answer = GatewayAnswer(status: 404, contentType: ["application/json"], body: example.value.bytes)
        #expect(answer.isNotFound("any"))
    }

    static let notifications = contract.operations(under: "webhooks").flatMap { operation in
        contract.requestExamples(operation).map { (operation.path, $0) }
    }

    @Test("Every example of a notification validates and is understood", arguments: notifications)
    func notificationExample(_ type: String, _ example: Contract.Example) throws {
        #expect(Self.contract.faults(example.value, example.schema) == [])
        #expect(example.value["type"]?.text == type)
        switch try GatewayNotification.parse(example.value.bytes) {
        case .paymentUpdated(let id, _): #expect(type == "payment.updated" && !id.isEmpty)
        case .refundCreated(let refund): #expect(type == "refund.created" && refund.amount > 0)
        case .voidCreated(_, let amount): #expect(type == "void.created" && amount > 0)
        case .ignored: Issue.record("ignored")
        }
    }

    @Test(
        "Every example of a call validates",
        arguments: contract.operations().flatMap { contract.requestExamples($0) })
    func requestExample(_ example: Contract.Example) {
        #expect(Self.contract.faults(example.value, example.schema) == [])
    }

    // MARK: From pspd to the file

    static let creates = (try? Fixtures.names(startingWith: "create-transaction.request.")) ?? []

    @Test("POST payments sends what the file says, and Wix's members as Wix sent them", arguments: creates)
    func pay(_ name: String) throws {
        let order = PaymentOrder.new(try .parse(Fixtures.example(name)))
        let call = GatewayCall.pay(order)
        let body = try check(call, "POST /payments")
        #expect(call.idempotencyKey == order.pluginTransactionId)
        let sent = try JSON(parsing: Fixtures.example(name))
        for member in [
            "order", "paymentMethod", "paymentMethodData", "installments", "fraudInformation",
            "setupCredentialsOnFile", "offSession", "moto", "scaRequested",
        ] {
            #expect(body[member] == sent[member])
        }
        #expect(body["credentials"] == sent["merchantCredentials"])
        #expect(body["capture"] == .bool(sent["authorizeOnly"] != true))
        #expect(body["amount"] == sent["order"]?["description"]?["totalAmount"])
    }

    @Test("Members that this version does not know go on to the gateway inside Wix's own")
    func unknownMembers() throws {
        let order = #"{"id":"o-1","description":{"totalAmount":100,"currency":"EUR","new":[1.50]},"later":"é"}"#
        let request = try CreateTransactionRequest.parse(
            Array(
                #"{"wixTransactionId":"t","wixMerchantId":"m","merchantCredentials":{},"order":\#(order)}"#.utf8))
        let body = try #require(GatewayCall.pay(.new(request)).body).reveal()
        #expect(String(decoding: body, as: UTF8.self).contains(#""order":\#(order)"#))
    }

    @Test("POST accounts sends what the file says", arguments: ["", ".minimal", ".sandbox"])
    func connect(_ name: String) throws {
        let request = try ConnectAccountRequest.parse(Fixtures.example("connect-account.request\(name)"))
        let body = try check(.connect(request), "POST /accounts")
        let sent = try JSON(parsing: Fixtures.example("connect-account.request\(name)"))
        for member in ["wixMerchantId", "country", "currency", "credentials"] {
            #expect(body[member] == sent[member])
        }
        #expect(body["mode"] == (sent["mode"] ?? "live"))
    }

    @Test("Captures, voids and refunds send what the file says, under their own keys")
    func followUps() throws {
        let order = PaymentOrder.new(try .example("authorize-only"))
        let currency = order.request.amount.currency
        for action in PaymentAction.allCases {
            let call = GatewayCall.act(order.act(action, amount: 4_250, attempt: 2), in: currency)
            let body = try check(call, "POST /payments/{id}/\(action.rawValue)")
            #expect(body["amount"] == 4_250)
            #expect(call.idempotencyKey == "\(order.pluginTransactionId):\(action.rawValue):2")
        }
        let refund = order.refund("refund-1", amount: 1_000)
        let call = GatewayCall.refund(refund, in: currency)
        let body = try check(call, "POST /payments/{id}/refunds")
        #expect(body["id"] == "refund-1" && body["amount"] == 1_000 && body["reason"] == "DUPLICATE")
        #expect(call.idempotencyKey == "refund-1")
    }

    @Test("Look-ups and cancels have no body and a new key each time")
    func stateOfNow() throws {
        let calls: [(String, () -> GatewayCall)] = [
            ("GET /payments/{id}", { .lookup(payment: "a") }),
            ("POST /payments/{id}/cancel", { .cancel(payment: "a") }),
            ("GET /payments/{id}/refunds/{refundId}", { .lookup(refund: "r", of: "a") }),
            ("POST /payments/{id}/refunds/{refundId}/cancel", { .cancel(refund: "r", of: "a") }),
        ]
        for (name, make) in calls {
            #expect(try check(make(), name) == .null)
            #expect(make().idempotencyKey != make().idempotencyKey)
        }
    }

    @Test("An id stays one segment of the path, whatever is in it")
    func pathSegments() {
        #expect(GatewayCall.lookup(payment: "../a?b#c/d").path == "payments/%2E%2E%2Fa%3Fb%23c%2Fd")
    }

    /// Finds the call's operation, compares method and path, checks key and body against its schema; returns the body.
    private func check(_ call: GatewayCall, _ name: String) throws -> JSON {
        let operation = try #require(Self.contract.operations().first { $0.name == name })
        #expect(call.method.rawValue == operation.method.uppercased())
        let template = operation.path.split(separator: "/")
        let path = call.path.split(separator: "/")
        #expect(path.count == template.count)
        for (segment, expected) in zip(path, template) { #expect(segment == expected || expected.hasPrefix("{")) }
        #expect(Self.contract.faults(.string(call.idempotencyKey), Self.contract.schema("IdempotencyKey")) == [])
        guard let requestBody = operation.object["requestBody"] else {
            #expect(call.body == nil)
            return .null
        }
        let body = try JSON(parsing: #require(call.body).reveal())
        let schema = Self.contract.resolved(requestBody)["content"]?["application/json"]?["schema"]
        #expect(Self.contract.faults(body, try #require(schema)) == [])
        return body
    }
}
