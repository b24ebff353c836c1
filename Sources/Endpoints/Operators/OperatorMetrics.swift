// `/metrics`: the shared counters, and what the store and the processes show at the moment of the scrape.

import Metrics
import Store

extension OperatorReading {
    /// The whole page.
    func page(_ settings: OperatorSettings, _ metrics: Metrics) -> String {
        var page = PrometheusText()
        page.family("pspd_build_info", .gauge, "Always 1; the label is the version.")
        page.sample("pspd_build_info", [("version", settings.version)], 1)
        metrics.write(to: &page)
        writeProcesses(to: &page)
        writeStore(settings, to: &page)
        if let gauges { write(gauges, to: &page) }
        writeCourier(to: &page)
        return page.text
    }

    // MARK: Processes

    private func writeProcesses(to page: inout PrometheusText) {
        let processes = processes ?? []
        page.family("pspd_processes", .gauge, "Living processes.")
        for role in RoleLabel.allCases {
            page.sample("pspd_processes", [("role", role.word)], processes.count { $0.role == role })
        }
        func family(_ name: String, _ help: String, _ value: (ProcessView) -> Int) {
            page.family(name, .gauge, help)
            for process in processes {
                page.sample(name, [("role", process.role.word), ("place", "\(process.number)")], value(process))
            }
        }
        family("pspd_process_resident_bytes", "Memory of a process.") { Int(clamping: $0.residentBytes) }
        family("pspd_process_silent_seconds", "Seconds since a process's last heartbeat, due every second.") {
            max(0, $0.silentSeconds)
        }
        family("pspd_process_open_requests", "Requests that a process is working on.", \.openRequests)
        family("pspd_process_oldest_request_seconds", "Age of the oldest request that a process is working on.") {
            $0.oldestRequestSeconds ?? 0
        }
    }

    // MARK: Store

    private func writeStore(_ settings: OperatorSettings, to page: inout PrometheusText) {
        page.gauge("pspd_store_readable", "1 while the store can be read.", storeError == nil ? 1 : 0)
        page.gauge("pspd_store_bytes", "Length of the store's file.", room.storeBytes)
        page.gauge("pspd_store_wal_bytes", "Length of the store's write-ahead log.", room.walBytes)
        page.gauge("pspd_disk_free_bytes", "Free on the store's disk.", room.freeBytes)
        page.gauge("pspd_disk_min_free_bytes", "What has to stay free: min-free-megabytes.", settings.minFreeBytes)
    }

    private func write(_ gauges: StoreGauges, to page: inout PrometheusText) {
        page.family(
            "pspd_events_open", .gauge,
            "Events that Wix has not accepted, by state; counted up to \(StoreGauges.eventsMax) each.")
        for events in gauges.events {
            page.sample("pspd_events_open", [("state", events.state.rawValue)], events.count)
        }
        page.gauge(
            "pspd_oldest_undelivered_event_seconds", "Age of the oldest event that Wix has not accepted; 0: none.",
            oldestEventAt.map(seconds(since:)) ?? 0)
        page.family("pspd_claims_open", .gauge, "Operations that are running, by who holds them.")
        page.sample("pspd_claims_open", [("holder", "process")], gauges.claims - gauges.claimsHandedOver)
        page.sample("pspd_claims_open", [("holder", "nobody")], gauges.claimsHandedOver)
        page.gauge(
            "pspd_oldest_claim_seconds", "Age of the oldest operation that is running; 0: none.",
            gauges.oldestClaimAt.map(seconds(since:)) ?? 0)
        page.gauge("pspd_payments_open", "Pending and redirected payments.", gauges.openPayments)
        page.gauge(
            "pspd_conflicts_open", "Contradictions of what Wix was told that no operator has dealt with.",
            gauges.openConflicts)
        for (name, help, value) in [
            ("pspd_conflicts_total", "Outcomes that contradicted what Wix was told for good.", gauges.conflictsMade),
            ("pspd_events_total", "Events made.", gauges.eventsMade),
            ("pspd_operations_total", "Payments, refunds, captures and voids begun.", gauges.operationsMade),
        ] {
            page.family(name, .counter, help)
            page.sample(name, [], value)
        }
    }

    // MARK: Courier

    private func writeCourier(to page: inout PrometheusText) {
        page.gauge("pspd_courier_up", "1 while a courier is running.", isCourierAlive.map { $0 ? 1 : 0 })
        guard let courier else { return }
        page.gauge(
            "pspd_courier_silent_seconds", "Seconds since the courier's last heartbeat.",
            seconds(since: courier.seenAt))
        page.family("pspd_courier_breaker", .gauge, "1 for the state that the breaker is in.")
        for state in BreakerState.allCases {
            page.sample("pspd_courier_breaker", [("state", state.rawValue)], courier.breaker == state ? 1 : 0)
        }
        page.gauge("pspd_courier_events_in_flight", "Events on their way to Wix.", courier.eventsInFlight)
        page.gauge(
            "pspd_payments_overdue", "Payments whose final event has not been accepted for too long.",
            courier.overduePayments)
        page.gauge(
            "pspd_token_refused_seconds", "For how long Wix has refused the app's token; 0: it does not.",
            courier.tokenRefusedSince.map(seconds(since:)) ?? 0)
        page.gauge(
            "pspd_processor_silent_seconds", "For how long the processor has not answered look-ups; 0: it does.",
            courier.processorSilentSince.map(seconds(since:)) ?? 0)
    }
}
