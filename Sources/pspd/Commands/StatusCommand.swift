// `pspd status`: how everything stands, read from the store and the metrics file themselves, so that it works when no
// worker does. The same report as `/status`.

import ArgumentParser
import Endpoints
import Foundation
import Metrics
import RequestDigest
import Store

/// Shows how everything stands.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how workers, courier, queue and store stand.",
        discussion: """
            Works without running workers. What an operator has to look at comes first. Exit status 1 when the store \
            can't be read.
            """
    )

    @OptionGroup var config: ConfigurationOption
    @Option(help: "How to print the result.") var format: OutputFormat = .text

    func run() async throws {
        // No role: secrets are not read, so that whoever may read the store may look.
        let configuration = try config.load(for: []).configuration
        let path = configuration.store
        try OperatorStore.demandFile(at: path)
        var settings = configuration.operatorSettings
        settings.keys = Self.keys(configuration.wix.publicKeyFiles)
        let reading = reading(path)
        let report = OperatorReport(reading, settings)
        if format == .json { try JSONOutput.print(report) } else { StatusText.print(report) }
        if reading.storeError != nil { throw ExitCode.failure }
    }

    private func reading(_ path: String) -> OperatorReading {
        var metrics: Metrics?
        do {
            metrics = try Metrics.reading(store: path)
        } catch {
            Self.warn("processes can't be shown: \(error)")
        }
        do {
            let store = try Store(path: path)
            defer { store.close() }
            return OperatorReading(store: store, path: path, metrics: metrics, now: wallClock())
        } catch {
            return OperatorReading(store: nil, path: path, storeError: "\(error)", metrics: metrics, now: wallClock())
        }
    }

    private static func keys(_ files: [String]) -> [OperatorSettings.Key] {
        files.compactMap { file in
            do {
                let path = WorkingDirectory.whole(path: file)
                let bytes = try SmallFile(path: path, bytesMax: PublicKey.pemBytesMax).bytes
                return OperatorSettings.Key(try PublicKey(pem: String(decoding: bytes, as: UTF8.self)))
            } catch {
                warn("key \(file) can't be read: \(error)")
                return nil
            }
        }
    }

    private static func warn(_ text: String) {
        StandardError.print(line: "warning: \(text)")
    }
}

/// The report for people.
enum StatusText {
    static func print(_ report: OperatorReport) {
        Swift.print("pspd \(report.version), \(report.time)")
        if report.attention.isEmpty { Swift.print("All is well.") }
        for sentence in report.attention { Swift.print("! \(sentence)") }
        processes(report)
        events(report)
        courier(report)
        work(report)
        for key in report.keys { Swift.print("key           \(key.bits) bits, SHA-256 \(key.fingerprint)") }
    }

    private static func processes(_ report: OperatorReport) {
        guard let processes = report.processes, !processes.isEmpty else { return }
        Swift.print()
        var table = TextTable(
            "PROCESS", "PID", "STATE", "SINCE", "OPEN", "OLDEST", "REQUESTS", "5XX", "MB", "LAST ERROR")
        for process in processes {
            table.add(
                process.role, "\(process.pid)", process.state, process.startedAt, "\(process.openRequests)",
                process.oldestRequestSeconds.map { "\($0) s" } ?? "-", "\(process.requests)",
                "\(process.serverErrors)", "\(process.residentBytes / 1_000_000)",
                process.lastError.map { "\(process.lastErrorAt ?? "") \($0)" } ?? "-")
        }
        table.print()
    }

    private static func events(_ report: OperatorReport) {
        guard let events = report.events else { return }
        Swift.print()
        var table = TextTable(["EVENTS", "ALL", "OLDEST", "1 MIN", "10 MIN", "1 H", "1 DAY", "OLDER"], numbersFrom: 1)
        for (state, events) in events.sorted(by: { $0.key < $1.key }) {
            let ages = ["minute", "tenMinutes", "hour", "day", "older"].map { "\(events.byAge[$0] ?? 0)" }
            table.add(
                [
                    state, "\(events.count)\(events.isCut ? "+" : "")",
                    events.oldestSeconds.map { "\($0) s" } ?? "-",
                ] + ages)
        }
        table.print()
    }

    private static func courier(_ report: OperatorReport) {
        guard let courier = report.courier else { return }
        Swift.print()
        var parts = ["seen \(courier.seenAt)", "breaker \(courier.breaker)", "\(courier.eventsInFlight) on their way"]
        if let at = courier.probeAt { parts.append("next probe \(at)") }
        if let until = courier.pausedUntil { parts.append("paused by Wix until \(until)") }
        if let at = courier.deliveredAt { parts.append("last delivery \(at)") }
        if let error = courier.lastError { parts.append("last error \(error) \(courier.lastErrorAt ?? "")") }
        Swift.print("courier       \(parts.joined(separator: ", "))")
        for attempt in report.failedAttempts ?? [] {
            let status = attempt.status.map { " \($0)" } ?? ""
            Swift.print("failed        \(attempt.at) event \(attempt.event) \(attempt.stage)\(status) \(attempt.error)")
        }
    }

    private static func work(_ report: OperatorReport) {
        if let claims = report.claims {
            let oldest = claims.oldestSeconds.map { ", the oldest for \($0) s" } ?? ""
            Swift.print("running       \(claims.open) operations, \(claims.handedOver) held by nobody\(oldest)")
        }
        if let open = report.openPayments { Swift.print("open          \(open) payments pending or redirected") }
        for conflict in report.conflicts?.latest ?? [] {
            let payment = conflict.wixTransactionId ?? "unknown payment"
            let story = "told \(conflict.told), came \(conflict.came) (\(conflict.source))"
            Swift.print("conflict      \(conflict.at) \(payment): \(story)")
        }
        let store = report.store
        let sizes = [store.bytes, store.walBytes, store.freeBytes].map { "\($0 / 1_000_000) MB" }
        Swift.print("store         \(sizes[0]), write-ahead log \(sizes[1]), free \(sizes[2])")
    }
}
