// The two requests of one delivery: a fresh token, then Submit Event (spec §6). The only code that knows Wix's API.

import CrashPoints
import Foundation
import Store
import WixPayments

/// How one attempt ended.
struct Delivery: Sendable {
    /// The last request that was made.
    var stage: Attempt.Stage
    /// The HTTP status; nil when no answer came.
    var status: Int?
    /// Nil: Wix took the event.
    var error: DeliveryError?
    /// What Wix asked for.
    var retryAfterSeconds: Double?
}

/// Sends events to Wix.
final class WixClient: Sendable {
    private let https: HTTPSClient
    private let tokenRequest: [UInt8]

    init(_ settings: CourierSettings) throws {
        https = try HTTPSClient(settings)
        tokenRequest = try Self.tokenRequest(settings)
    }

    func shutdown() async throws { try await https.shutdown() }

    /// One attempt: token, then event. The token is used for this event alone (spec §6.1).
    func deliver(_ body: String, requestID: String?) async -> Delivery {
        do throws(FailedDelivery) {
            CrashPoint.beforeToken.reach()
            let token = try await fetchToken()
            CrashPoint.beforeSubmit.reach()
            let delivery = try await submit(body, token, requestID: requestID)
            CrashPoint.afterSubmit.reach()
            return delivery
        } catch {
            return error.delivery
        }
    }

    private struct FailedDelivery: Error {
        var delivery: Delivery

        init(_ stage: Attempt.Stage, _ error: DeliveryError, _ answer: HTTPSClient.Answer? = nil) {
            delivery = Delivery(
                stage: stage, status: answer?.status, error: error, retryAfterSeconds: answer?.retryAfterSeconds)
        }
    }

    // MARK: Token

    private static func tokenRequest(_ settings: CourierSettings) throws -> [UInt8] {
        let members = [
            "grant_type": "client_credentials", "scope": "CASHIER.GET_ACCESS", "client_id": settings.appID,
            "client_secret": settings.appSecret.reveal(),
        ]
        return Array(try JSONEncoder().encode(members))
    }

    private struct TokenAnswer: Decodable {
        var access_token: String
    }

    private func fetchToken() async throws(FailedDelivery) -> String {
        let answer = try await post("/oauth/access", tokenRequest, headers: [], .token)
        guard answer.status == 200 else {
            throw FailedDelivery(.token, DeliveryError(status: answer.status, stage: .token), answer)
        }
        guard answer.isJSON, let token = try? JSONDecoder().decode(TokenAnswer.self, from: Data(answer.body)),
            isVisibleASCII(token.access_token)  // so that no token can add a header of its own
        else { throw FailedDelivery(.token, .badAnswer, answer) }
        return token.access_token
    }

    // MARK: Event

    private func submit(
        _ body: String, _ token: String, requestID: String?
    ) async throws(FailedDelivery) -> Delivery {
        // The token as it is: no `Bearer` in front of it (spec §6.2).
        var headers = [("Authorization", token)]
        if let requestID { headers.append(("X-Request-ID", requestID)) }
        let path = "/payments/v1/provider-platform-events"
        let answer = try await post(path, Array(body.utf8), headers: headers, .submit)
        guard answer.status == 200 else {
            throw FailedDelivery(.submit, DeliveryError(status: answer.status, stage: .submit), answer)
        }
        guard answer.isJSON, answer.isEmptyObject else { throw FailedDelivery(.submit, .badAnswer, answer) }
        return Delivery(stage: .submit, status: answer.status)
    }

    private func post(
        _ path: String, _ body: [UInt8], headers: [(String, String)], _ stage: Attempt.Stage
    ) async throws(FailedDelivery) -> HTTPSClient.Answer {
        do throws(DeliveryError) {
            return try await https.post(path, json: body, headers: headers)
        } catch {
            throw FailedDelivery(stage, error)
        }
    }
}
