// A PSP in one process that keeps Wix's rules, except for one. Written for these tests: plain HTTP on the loopback,
// everything in memory, nothing lasting.

import FastCGI
import Foundation
import RequestDigest
import Synchronization

@testable import WixEmulator

/// A running test PSP.
final class TestPSP: Sendable {
    /// Where its events go.
    struct Wix: Sendable {
        var base: String
        var appId: String
        var appSecret: String
    }

    struct Payment: Sendable {
        enum Outcome: Equatable, Sendable {
            case running
            case approved, authorized, captured, voided
            case declined(Int)
            case pending
            case redirected(token: String)
        }

        var pluginId: String
        var amount: Int64
        var currency: String
        var authorizeOnly: Bool
        var outcome: Outcome
        /// What the first answer was, for those who repeat it whatever has become of it.
        var first: JSON = [:]
        var returnUrls: JSON = .null
        var storesCard = false
        var refunds: [String: Refund] = [:]
        var refunded: Int64 = 0
        /// Its id at Wix.
        var firstRefund: String?
    }

    struct Refund: Sendable {
        var pluginId: String
        var amount: Int64
        /// nil: succeeded.
        var code: Int?
    }

    struct State {
        var payments: [String: Payment] = [:]
        var accounts: [String: String] = [:]
        var running = 0
        /// Where pages of its own send the buyer on to.
        var hops: [String: String] = [:]
    }

    enum Card {
        static let approved = "4111111111111111"
        static let declined = "4000000000000002"
        static let pending = "4000000000009235"
        static let redirect = "4000000000003220"
        static let slow = "4000000000006975"
    }

    static let declineCode = 3000
    /// How long a racing PSP looks away.
    static let raceMilliseconds = 150

    let defect: Defect?
    let state = Mutex(State())
    let verifier: DigestVerifier
    let courier: TestCourier
    /// Payments that were declined once, for a PSP that forgets it.
    let declines = Mutex<Set<String>>([])
    /// Where it is reached; set once it listens.
    private let address = Mutex("http://psp.test")

    init(_ defect: Defect?, wix: Wix, caller: Caller) throws {
        self.defect = defect
        verifier = DigestVerifier(keys: [try PublicKey(pem: ConformanceKey.publicPEM)], clockSkewSeconds: 30)
        courier = TestCourier(defect, wix: wix, caller: caller)
    }

    var base: String { address.withLock { $0 } }

    func has(_ defect: Defect) -> Bool { self.defect == defect }

    /// Starts it on a free port.
    func start() async throws -> HTTPListener {
        let listener = try await HTTPListener.start(host: "127.0.0.1", port: 0, tls: nil) { await self.answer($0) }
        address.withLock { $0 = "http://127.0.0.1:\(listener.port)" }
        return listener
    }

    // MARK: Routing

    func answer(_ call: HTTPCall) async -> HTTPAnswer {
        if call.path.hasPrefix("/hop/"), let url = state.withLock({ $0.hops[String(call.path.dropFirst(5))] }) {
            return .reply(Response(status: 302, headers: [("Location", url)]))
        }
        if call.path.hasPrefix("/page/") { return .reply(page(call)) }
        guard let endpoint = Endpoint.allCases.first(where: { $0.defaultPath == call.path }) else {
            return .reply(Response(status: 404))
        }
        if call.method != "POST" { return .reply(Response(status: has(.answersGET) ? 200 : 405)) }
        guard case .complete(let body) = call.body else { return .reply(Response(status: 413)) }
        if has(.largeRequestsRefused), body.count > 20_000 { return .reply(Response(status: 413)) }
        guard isGenuine(call, body, endpoint) else {
            if has(.hangsUpWithoutHeader), call.header("digest") == nil { return .hangUp }
            if has(.actsBeforeVerifying), let request = JSON(parsing: body), endpoint == .createTransaction {
                _ = await create(request)
            }
            return .reply(has(.refusesInBusinessTerms) ? Self.failure(3040) : Response(status: 401))
        }
        guard let request = JSON(parsing: body) else {
            if has(.hangsOnGarbage) { await Self.hang() }
            return .reply(Response(status: 400))
        }
        switch endpoint {
        case .connectAccount: return .reply(connect(request))
        case .createTransaction: return .reply(await create(request))
        case .refundTransaction: return .reply(await refund(request))
        case .captureTransaction: return .reply(await act(.capture, request))
        case .voidTransaction: return .reply(await act(.void, request))
        }
    }

    /// Longer than any caller waits in these tests.
    static func hang() async { try? await Task.sleep(for: .seconds(30)) }

    // MARK: Answers

    func ok(_ json: JSON) -> Response {
        Response(
            status: 200,
            headers: [("Content-Type", has(.htmlContentType) ? "text/html" : "application/json; charset=utf-8")],
            body: json.bytes())
    }

    static func failure(_ code: Int) -> Response {
        Response(status: 200, headers: [("Content-Type", "application/json")], body: failureJSON(code).bytes())
    }

    static func failureJSON(_ code: Int) -> JSON {
        [
            "reasonCode": .integer(Int64(code)), "errorCode": .string("TEST_\(code)"),
            "errorMessage": .string("What went wrong: \(code)"),
        ]
    }

    // MARK: Connect

    private func connect(_ request: JSON) -> Response {
        if has(.connectUnknownMembersRefused), request["newField"] != nil { return Response(status: 400) }
        if has(.countryRequired), request["country"] == nil { return Response(status: 500) }
        if has(.countryRequiredInBusinessTerms), request["country"] == nil { return ok(Self.failureJSON(1004)) }
        if has(.connectUnknownMembersRefusedInBusinessTerms), request["newField"] != nil {
            return ok(Self.failureJSON(1007))
        }
        let typed = request["credentials"]?.members ?? [:]
        if typed["account"] == "invalid" {
            if has(.refusedConnectionIs401) { return Response(status: 401) }
            return ok(Self.failureJSON(has(.wrongConnectionCode) ? 3041 : 2002))
        }
        let merchant = has(.oneAccountForAll) ? "" : request["wixMerchantId"]?.text ?? ""
        let account = state.withLock { state -> String in
            let known = state.accounts[merchant]
            let account = (has(.newAccountEachTime) ? nil : known) ?? UUID().uuidString
            state.accounts[merchant] = account
            return account
        }
        var credentials = typed
        credentials["added"] = has(.credentialsWithNumbers) ? 20 : "20"
        if has(.credentialDropped) { credentials["account"] = nil }
        var answer: [String: JSON] = ["accountName": "Test shop", "credentials": .object(credentials)]
        if !has(.noAccountId) { answer["accountId"] = .string(account) }
        return ok(.object(answer))
    }
}
