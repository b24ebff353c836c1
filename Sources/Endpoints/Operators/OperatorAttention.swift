// What an operator has to look at, in the order of urgency. Pure.

import Metrics
import RequestDigest
import Store

extension OperatorReading {
    /// The courier's heartbeat comes every eight seconds; without one for this long it hangs.
    static let courierSilentSecondsMax = 30
    /// A process's heartbeat comes every second; without one for this long it hangs.
    static let processSilentSecondsMax = 10

    /// One sentence each.
    func attention(_ settings: OperatorSettings) -> [String] {
        storeTrouble(settings) + courierTrouble(settings) + queueTrouble + processTrouble
            + settings.keys.filter { $0.bits < PublicKey.bitsAdvised }.map {
                "Key \($0.fingerprint.prefix(16)) has \($0.bits) bits; \(PublicKey.bitsAdvised) are advised."
            }
    }

    /// Of what `/readyz` goes by too.
    func storeTrouble(_ settings: OperatorSettings) -> [String] {
        var trouble: [String] = []
        if let storeError { trouble.append("The store can't be read: \(storeError).") }
        if let lack = roomTrouble(settings) { trouble.append(lack) }
        if isCourierAlive == false { trouble.append("No courier is running: events are not being delivered.") }
        return trouble
    }

    func roomTrouble(_ settings: OperatorSettings) -> String? {
        guard room.freeBytes < settings.minFreeBytes else { return nil }
        return "\(room.freeBytes >> 20) MiB are free on the store's disk, "
            + "fewer than min-free-megabytes (\(settings.minFreeMegabytes))."
    }

    private func courierTrouble(_ settings: OperatorSettings) -> [String] {
        guard let courier else { return [] }
        var trouble: [String] = []
        let silent = seconds(since: courier.seenAt)
        if isCourierAlive == true, silent > Self.courierSilentSecondsMax {
            trouble.append("The courier has not reported for \(silent) s.")
        }
        if let since = courier.tokenRefusedSince {
            let since = OperatorReport.text(since)
            trouble.append("Wix has refused the app's token since \(since): check wix.app-id and its secret.")
        }
        if courier.breaker != .closed {
            let error = courier.lastError ?? "none"
            trouble.append("The breaker is \(courier.breaker.rawValue): deliveries to Wix fail; last error \(error).")
        }
        if let since = courier.processorSilentSince {
            trouble.append("The processor has not answered look-ups since \(OperatorReport.text(since)).")
        }
        if courier.overduePayments > 0 {
            trouble.append(
                "Wix has not accepted the final event of \(courier.overduePayments) payments "
                    + "for over \(settings.alertAfterMinutes) minutes.")
        }
        return trouble
    }

    private var queueTrouble: [String] {
        guard let gauges else { return [] }
        var trouble: [String] = []
        if gauges.openConflicts > 0 {
            trouble.append(
                "\(gauges.openConflicts) outcomes contradict what Wix was told for good: see pspd payments conflicts.")
        }
        for (state, what) in [(EventState.dead, "given up"), (.held, "held")] {
            let count = gauges.events.first { $0.state == state }?.count ?? 0
            guard count > 0 else { continue }
            trouble.append("\(count) events are \(what): see pspd events list --state \(state.rawValue).")
        }
        return trouble
    }

    private var processTrouble: [String] {
        guard let processes else { return [] }
        var trouble = processes.filter { $0.silentSeconds > Self.processSilentSecondsMax }.map {
            "\($0.role.word) \($0.processID) has not reported for \($0.silentSeconds) s."
        }
        if !processes.contains(where: { $0.role == .worker }) {
            trouble.append("No worker is running: Wix's calls fail.")
        }
        return trouble
    }
}
