// `/status` for people: one page without scripts that loads itself again. Made of the same report as the JSON.

enum OperatorHTML {
    /// Seconds until the page loads itself again.
    private static let refreshSeconds = 5

    static func page(_ report: OperatorReport) -> EndpointResponse {
        let isWell = report.attention.isEmpty
        let content = [
            "<h1>pspd <small>\(HTML.escape(report.version)) &middot; \(HTML.escape(report.time))</small></h1>",
            isWell
                ? #"<p class="well">All is well.</p>"#
                : #"<ul class="attention">"# + report.attention.map { "<li>\(HTML.escape($0))</li>" }.joined()
                    + "</ul>",
            processes(report), events(report), courier(report), work(report), conflicts(report),
            failedAttempts(report), store(report), keys(report),
        ]
        return HTML(
            title: isWell ? "pspd" : "(\(report.attention.count)) pspd",
            head: #"<meta http-equiv="refresh" content="\#(refreshSeconds)">"#, style: style,
            content: content.joined(separator: "\n"), policy: ["form-action": "'none'", "frame-ancestors": "'none'"]
        ).response(outcome: "ok")
    }

    private static let style = HTML.Style(
        """
        body { font: 1rem/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem; color: #1a1a1a; \
        background: #fff; }
        h1 small { font-size: 0.9rem; font-weight: normal; color: #595959; }
        h2 { font-size: 1.1rem; margin: 1.2rem 0 0.3rem; }
        table { border-collapse: collapse; } td, th { padding: 0.15rem 0.8rem 0.15rem 0; text-align: left; \
        vertical-align: top; } th { font-weight: 600; color: #595959; }
        .well { color: #0b5a2b; } .attention { color: #8c1d18; font-weight: 600; }
        code { overflow-wrap: anywhere; }
        """)

    // MARK: Parts

    private static func processes(_ report: OperatorReport) -> String {
        guard let processes = report.processes else { return "" }
        return table(
            "Processes", ["", "pid", "state", "since", "open", "oldest", "requests", "5xx", "memory", "last error"],
            processes.map { process in
                let error = process.lastError.map { "\(process.lastErrorAt ?? "") \($0)" }
                return [
                    process.role, "\(process.pid)", process.state, process.startedAt, "\(process.openRequests)",
                    process.oldestRequestSeconds.map { "\($0) s" } ?? "", "\(process.requests)",
                    "\(process.serverErrors)", megabytes(Int64(clamping: process.residentBytes)), error ?? "",
                ]
            })
    }

    private static func events(_ report: OperatorReport) -> String {
        guard let events = report.events else { return "" }
        let spans = OperatorReading.spans.map(\.name) + ["older"]
        return table(
            "Events that Wix has not accepted",
            ["", "all", "oldest", "≤ 1 min", "≤ 10 min", "≤ 1 h", "≤ 1 day", "older"],
            events.sorted { $0.key < $1.key }.map { state, events in
                [
                    state, "\(events.count)\(events.isCut ? "+" : "")",
                    events.oldestSeconds.map { "\($0) s" } ?? "",
                ] + spans.map { "\(events.byAge[$0] ?? 0)" }
            })
    }

    private static func courier(_ report: OperatorReport) -> String {
        guard let courier = report.courier else { return "" }
        let rows: [(String, String?)] = [
            ("works", courier.alive.map { $0 ? "yes" : "no" }), ("seen", courier.seenAt),
            ("breaker", courier.breaker + (courier.breakerSince.map { " since \($0)" } ?? "")),
            ("next probe", courier.probeAt), ("Wix asked to wait until", courier.pausedUntil),
            ("on their way", "\(courier.eventsInFlight)"), ("delivered since its start", "\(courier.delivered)"),
            ("last delivery", courier.deliveredAt),
            ("last error", courier.lastError.map { "\($0) \(courier.lastErrorAt ?? "")" }),
            ("oldest overdue", courier.overdueExamples.isEmpty ? nil : courier.overdueExamples.joined(separator: ", ")),
        ]
        return table("Courier", nil, rows.compactMap { name, value in value.map { [name, $0] } })
    }

    private static func work(_ report: OperatorReport) -> String {
        guard let claims = report.claims else { return "" }
        return table(
            "Work in progress", nil,
            [
                ["operations running", "\(claims.open)"], ["held by nobody", "\(claims.handedOver)"],
                ["oldest", claims.oldestSeconds.map { "\($0) s" } ?? ""],
                ["payments pending or redirected", report.openPayments.map { "\($0)" } ?? ""],
            ])
    }

    private static func conflicts(_ report: OperatorReport) -> String {
        guard let conflicts = report.conflicts, conflicts.open > 0 else { return "" }
        return table(
            "Conflicts: \(conflicts.open) open", ["at", "payment", "from", "Wix was told", "came instead"],
            conflicts.latest.map { [$0.at, $0.wixTransactionId ?? "", $0.source, $0.told, $0.came] })
    }

    private static func failedAttempts(_ report: OperatorReport) -> String {
        guard let attempts = report.failedAttempts, !attempts.isEmpty else { return "" }
        return table(
            "Last failed deliveries", ["at", "event", "stage", "status", "error"],
            attempts.map { [$0.at, "\($0.event)", $0.stage, $0.status.map { "\($0)" } ?? "", $0.error] })
    }

    private static func store(_ report: OperatorReport) -> String {
        table(
            "Store", nil,
            [
                ["file", megabytes(report.store.bytes)], ["write-ahead log", megabytes(report.store.walBytes)],
                ["free on its disk", megabytes(report.store.freeBytes)],
            ])
    }

    private static func keys(_ report: OperatorReport) -> String {
        table("Keys of Wix's app", ["bits", "SHA-256"], report.keys.map { ["\($0.bits)", $0.fingerprint] })
    }

    // MARK: HTML

    private static func table(_ title: String, _ heads: [String]?, _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let head = heads.map { "<tr>" + $0.map { "<th>\(HTML.escape($0))</th>" }.joined() + "</tr>" } ?? ""
        let body = rows.map { "<tr>" + $0.map { "<td>\(HTML.escape($0))</td>" }.joined() + "</tr>" }.joined(
            separator: "\n")
        return "<h2>\(HTML.escape(title))</h2>\n<table>\(head)\n\(body)\n</table>"
    }

    private static func megabytes(_ bytes: Int64) -> String {
        "\((Double(bytes) / 100_000).rounded() / 10) MB"
    }
}
