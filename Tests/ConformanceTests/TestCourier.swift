// Takes the test PSP's events to the emulator: one after the other for a payment, again until Wix has taken them, unless
// its defect says otherwise.

import Foundation
import Synchronization

@testable import WixEmulator

final class TestCourier: Sendable {
    private static let attemptsMax = 5
    private static let pauseMilliseconds = 60
    private static let lateMilliseconds = 900

    private let defect: Defect?
    private let wix: TestPSP.Wix
    private let caller: Caller
    /// The last event of each payment, which the next one waits for.
    private let queues = Mutex<[String: Task<Void, Never>]>([:])
    private let cachedToken = Mutex<String?>(nil)

    init(_ defect: Defect?, wix: TestPSP.Wix, caller: Caller) {
        self.defect = defect
        self.wix = wix
        self.caller = caller
    }

    /// Queues an event.
    func send(_ id: String, _ kind: SeenEvent.Kind, _ payload: JSON) {
        var payload = payload
        payload.set("wixTransactionId", to: .string(id))
        if defect == .inventedStatus { payload.set("status", to: "APPROVED") }
        let body: JSON =
            defect == .eventsArray
            ? ["events": [.object([kind.rawValue: payload])]] : ["event": .object([kind.rawValue: payload])]
        queues.withLock { queues in
            let before = defect == .unorderedEvents ? nil : queues[id]
            queues[id] = Task {
                await before?.value
                await self.deliver(body, kind)
            }
        }
    }

    private func deliver(_ body: JSON, _ kind: SeenEvent.Kind) async {
        if defect == .lateEvents { await Self.pause(Self.lateMilliseconds) }
        var body = body
        var token: String?
        for attempt in 1...Self.attemptsMax {
            if attempt > 1 { await Self.pause(Self.pauseMilliseconds) }
            if !(defect == .retryKeepsToken && token != nil) {
                switch await newToken() {
                case .given(let new): token = new
                case .later: continue
                case .never: return
                }
            }
            if isTaken(await submit(body, token ?? "")) || defect == .neverRetries
                || (defect == .retriesOnce && attempt == 2)
            {
                return
            }
            if defect == .noUserAgentInStrictOrder, attempt == Self.attemptsMax { await TestPSP.hang() }
            if defect == .retryChangesPayload { body.set("event.\(kind.rawValue).errorMessage", to: "again") }
        }
    }

    private static func pause(_ milliseconds: Int) async { try? await Task.sleep(for: .milliseconds(milliseconds)) }

    // MARK: Token

    private enum Token {
        case given(String), later, never
    }

    private func newToken() async -> Token {
        if defect == .tokenCached, let token = cachedToken.withLock({ $0 }) { return .given(token) }
        let request: JSON = [
            "grant_type": "client_credentials", "scope": defect == .wrongScope ? "OTHER" : "CASHIER.GET_ACCESS",
            "client_id": .string(wix.appId), "client_secret": .string(wix.appSecret),
        ]
        let answer = try? await caller.post(wix.base + Emulator.tokenPath, body: request.bytes())
        guard let answer, answer.status == 200, let token = JSON(parsing: answer.body)?["access_token"]?.text else {
            switch (defect, answer?.status) {
            case (.token500IsFinal, 500), (.token401IsFinal, 401), (.tokenHTMLIsFinal, 200), (.neverRetries, _):
                return .never
            default: return .later
            }
        }
        cachedToken.withLock { $0 = token }
        return .given(token)
    }

    // MARK: Submit Event

    private func submit(_ body: JSON, _ token: String) async -> Result<PSPAnswer, CallError> {
        var headers = [
            ("Content-Type", defect == .plainTextEvents ? "text/plain" : "application/json"),
            ("Authorization", (defect == .bearerPrefix ? "Bearer " : "") + token),
        ]
        if defect != .noUserAgent, defect != .noUserAgentInStrictOrder {
            headers.append(("User-Agent", "test-psp/1.0.0"))
        }
        do throws(CallError) {
            return .success(
                try await caller.send(
                    "POST", wix.base + Emulator.eventPath, headers: headers, body: body.bytes()))
        } catch {
            return .failure(error)
        }
    }

    /// Whether Wix has taken the event (spec §6.3), or the defect takes it so.
    private func isTaken(_ result: Result<PSPAnswer, CallError>) -> Bool {
        let answer: PSPAnswer
        switch result {
        case .failure(let error):
            return defect == (error.reason.contains("no answer within") ? .takesTimeouts : .takesCutAnswers)
        case .success(let given): answer = given
        }
        let type = (answer.contentType ?? "").lowercased()
        let json = JSON(parsing: answer.body)
        if answer.status == 200, type.hasPrefix("application/json"), json == [:] { return true }
        switch (defect, answer.status) {
        case (.takes503, 503), (.takes429, 429), (.takes403, 403), (.takes204, 204), (.takesRedirect, 302): return true
        case (.takesHTML, 200): return type.hasPrefix("text/html")
        case (.takesAnyContentType, 200): return json == [:]
        case (.takesAnyObject, 200): return json?.members?.isEmpty == false
        case (.takesBrokenJSON, 200): return json == nil && type.hasPrefix("application/json")
        default: return false
        }
    }
}
