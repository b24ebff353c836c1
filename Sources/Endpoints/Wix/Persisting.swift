// How the endpoints deal with a store that fails: before an effect they refuse, after one they keep trying.

import CrashPoints
import Logging
import Metrics
import Processors
import Store

extension EndpointService {
    /// Answers 503 when the store fails: nothing was done, so Wix may call again.
    func guardingStore(
        _ call: Call, _ body: () async throws(StoreError) -> EndpointResponse
    ) async -> EndpointResponse {
        do throws(StoreError) {
            return try await body()
        } catch {
            metrics.count(.storeError(StoreErrorLabel(code: error.code.rawValue)))
            log(.error, "store failed", call, ["error": "\(error)"])
            return .storeUnavailable
        }
    }

    /// Claims, and gives the place at the gate back if that fails.
    func claiming<T>(
        _ place: ProcessorGate.Place, _ body: () async throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        CrashPoint.beforeClaim.reach()
        do throws(StoreError) {
            let claim = try await body()
            CrashPoint.afterClaim.reach()
            return claim
        } catch {
            gate.leave(place)
            throw error
        }
    }

    /// Takes a lost operation over, with a place at the gate; nil when either is not to be had.
    func reclaim(
        _ status: OperationStatus
    ) async throws(StoreError) -> (Claim, ProcessorGate.Place)? {
        let place = gate.enter()
        guard case .open = place else {
            gate.leave(place)
            return nil
        }
        let claim = try await claiming(place) { () async throws(StoreError) in
            try await store.reclaim(status, now: clock())
        }
        if let claim { return (claim, place) }
        gate.leave(place)
        return nil
    }

    /// Stores what has happened, again and again while the store fails: the money has moved. Meanwhile the call keeps its
    /// place at the gate, so that these waits are bounded. Nil when the store can no longer be trusted: the process ends.
    func persist<T>(_ call: Call, _ body: () async throws(StoreError) -> T) async -> T? {
        await Store.insist { () async throws(StoreError) in
            CrashPoint.beforeSettle.reach()
            let value = try await body()
            CrashPoint.afterSettle.reach()
            return value
        } onError: { error in
            metrics.count(.storeError(StoreErrorLabel(code: error.code.rawValue)))
            log(.error, "an outcome could not be stored yet", call, ["error": "\(error)"])
        }
    }

    /// Leaves a claim to the reconciler.
    func handOver(_ claim: Claim, _ call: Call) async {
        await persist(call) { () async throws(StoreError) in try await store.handOver(claim, now: clock()) }
    }

    func log(_ level: Logger.Level, _ message: Logger.Message, _ call: Call, _ metadata: Logger.Metadata = [:]) {
        logger.log(
            level: level, message,
            metadata: metadata.merging(["request": "\(call.requestID)"]) { given, _ in given })
    }
}
