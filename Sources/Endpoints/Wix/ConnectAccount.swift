// Connect Account: a merchant connects, or connects again (spec §3). Always runs, is never cached, has no event.

import Logging
import Processors
import Store
import WixPayments

extension EndpointService {
    func connectAccount(_ body: [UInt8], _ call: Call) -> Admission {
        do throws(RequestError) {
            let request = try ConnectAccountRequest.parse(body)
            return .work { await self.connect(request, call).about(request.wixMerchantId) }
        } catch {
            switch error {
            case .notJSON: return .answer(.notJSON)
            case .field(let field, _):
                let answer = ConnectAccountResponse.failed(field.failure(as: ConnectionFailureCode.self))
                return .answer(EndpointResponse(json: answer.json(), outcome: "malformed"))
            }
        }
    }

    private func connect(_ request: ConnectAccountRequest, _ call: Call) async -> EndpointResponse {
        let place = gate.enter()
        guard case .open = place else {
            gate.leave(place)
            return .overloaded
        }
        defer { gate.leave(place) }
        return await guardingStore(call) { () async throws(StoreError) in
            let deadline = call.deadline(seconds: settings.inFlightWaitSeconds)
            let key = "connect:\(request.mode.rawValue):\(request.wixMerchantId)"
            return try await store.withTurn(of: key, until: deadline) { () async throws(StoreError) in
                try await connectInTurn(request, call)
            } ?? .busy
        }
    }

    private func connectInTurn(
        _ request: ConnectAccountRequest, _ call: Call
    ) async throws(StoreError) -> EndpointResponse {
        let outcome: ConnectOutcome
        do throws(OutcomeUnknown) {
            outcome = try await processor.connect(request)
        } catch {
            log(.warning, "connect outcome unknown", call, ["reason": "\(error.reason)"])
            let failure = Failure<ConnectionFailureCode>(
                .providerTechnicalError, errorCode: "PROVIDER_UNREACHABLE",
                errorMessage: "The account could not be checked; try again later")
            return EndpointResponse(json: ConnectAccountResponse.failed(failure).json(), outcome: "unknown")
        }
        switch outcome {
        case .refused(let failure):
            return EndpointResponse(json: ConnectAccountResponse.failed(failure).json(), outcome: "refused")
        case .connected(let accountId, let accountName, let credentials):
            // Keys may be added, not removed or renamed (spec §3): what the processor left out comes back unchanged.
            let all = request.credentials.reveal().merging(credentials.reveal()) { _, added in added }
            try await store.keep(
                Account(
                    wixMerchantId: request.wixMerchantId, mode: request.mode, accountId: accountId,
                    country: request.country, currency: request.currency?.code), now: clock())
            let answer = ConnectAccountResponse.connected(
                accountId: accountId, accountName: accountName, credentials: Secret(all))
            return EndpointResponse(json: answer.json(), outcome: "connected")
        }
    }
}
