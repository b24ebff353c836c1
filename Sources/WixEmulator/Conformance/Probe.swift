// What a check works with: makes calls, waits for events, and keeps both as evidence. One a check.

import FoundationEssentials
import Synchronization

/// A check's tools and its evidence.
final class Probe: Sendable {
    let session: Session
    private let check: Check
    private let log = Mutex<[JSON]>([])

    /// Pieces of evidence kept of one check; the oldest are dropped.
    private static let evidenceMax = 40

    init(_ session: Session, _ check: Check) {
        self.session = session
        self.check = check
    }

    var plan: CheckPlan { session.plan }
    var evidence: [JSON] { log.withLock { $0 } }

    func note(_ piece: JSON) {
        log.withLock { log in
            if log.count == Self.evidenceMax { log.removeFirst() }
            log.append(piece)
        }
    }

    // MARK: Judging

    func require(_ holds: Bool, _ otherwise: @autoclosure () -> String) throws(Finding) {
        if !holds { throw .broken(otherwise()) }
    }

    // MARK: Calls

    /// Makes a call and keeps it as evidence. Genuine calls are told to the emulator, so that it can judge the events.
    @discardableResult
    func call(_ endpoint: Endpoint, _ request: JSON, _ wire: PSPCall.Wire = .init()) async throws -> PSPCall {
        var isGenuine = false
        if case .genuine = wire.digest { isGenuine = wire.method == "POST" && wire.body == nil }
        let wix = plan.tellsEmulator ? session.wix : nil
        if isGenuine, endpoint == .createTransaction, let wix {
            let planned = PSPCall(
                endpoint: endpoint, method: "POST", url: "", request: request, body: [], digest: "", milliseconds: 0,
                conclusion: Conclusion(from: nil, of: endpoint, request: request))
            try await wix.report(planned, isMade: false)
        }
        let call = try await session.call(endpoint, request, wire)
        note(call.evidence)
        guard isGenuine else { return call }
        if let wix, request != .null { try await wix.report(call, isMade: true) }
        if !Self.peculiar.contains(check.family), !Self.peculiar.contains(check.id) {
            session.state.withLock { $0.calls.append(call) }
        }
        return call
    }

    /// Families and checks whose calls are not ordinary, so that the checks at the end leave them out.
    private static let peculiar: Set = ["digest", "idempotency", "retries", "events.duplicates", "events.order"]

    /// The same call several times at once.
    func calls(_ count: Int, _ endpoint: Endpoint, _ requests: (Int) -> JSON) async throws -> [PSPCall] {
        try await withThrowingTaskGroup(of: PSPCall.self) { group in
            for number in 0..<count {
                let request = requests(number)
                group.addTask { try await self.call(endpoint, request) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
