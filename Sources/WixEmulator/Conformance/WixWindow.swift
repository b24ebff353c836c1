// The emulator as a check sees it, through its HTTP interface: what the PSP sent, faults to play, calls to report.

import FoundationEssentials

/// A running `wix-emulator serve`.
struct WixWindow: Sendable {
    /// Without a slash at the end.
    let base: String
    let caller: Caller

    /// The largest list that is read: more than the events that the emulator keeps take, written as JSON.
    static let listBytesMax = 268_435_456

    /// The events of a payment, oldest first.
    func events(of id: String) async throws -> [SeenEvent] { try await events("wixTransactionId=\(id)") }

    /// All events since this one of the emulator's stamps, oldest first.
    func events(since time: String) async throws -> [SeenEvent] { try await events("since=\(time)") }

    /// When the last event came, as the emulator stamps it; empty: none has.
    func lastEventTime() async throws -> String { try await events("limit=1").last?.time ?? "" }

    private func events(_ query: String) async throws -> [SeenEvent] {
        guard case .array(let records)? = try await get("/emulator/events?\(query)")["events"] else {
            throw CallError(url: base, reason: "is no wix-emulator")
        }
        return records.compactMap(SeenEvent.init)
    }

    /// Why token requests were refused; empty when none was.
    ///
    /// - Parameter time: only requests later than this one of the emulator's stamps.
    func tokenProblems(after time: String) async throws -> [String] {
        try await tokens("since=\(time)").filter { ($0["time"]?.text ?? "") > time }.flatMap { record -> [String] in
            guard case .array(let problems)? = record["problems"] else { return [] }
            return problems.compactMap(\.text)
        }
    }

    /// Whether a token was given out later than this stamp.
    func hasGivenToken(after time: String) async throws -> Bool {
        try await tokens("since=\(time)").contains { ($0["time"]?.text ?? "") > time && $0["status"]?.integer == 200 }
    }

    /// When the last token was asked for, as the emulator stamps it; empty: never.
    func lastTokenTime() async throws -> String { try await tokens("limit=1").last?["time"]?.text ?? "" }

    private func tokens(_ query: String) async throws -> [JSON] {
        guard case .array(let records)? = try await get("/emulator/tokens?\(query)")["tokens"] else { return [] }
        return records
    }

    func play(_ fault: JSON) async throws {
        let answer = try await caller.post(base + "/emulator/faults", body: fault.bytes())
        guard answer.status == 200 else { throw CallError(url: base, reason: "refuses the fault \(fault.line())") }
    }

    /// Whether a rule for a path without a payment is still to be played.
    func hasFault(on path: String) async throws -> Bool {
        guard case .array(let rules)? = try await get("/emulator/faults")["faults"] else { return false }
        return rules.contains { $0["path"]?.text == path && $0["wixTransactionId"] == nil }
    }

    func clearFaults(of id: String? = nil) async throws {
        _ = try await caller.send(
            "DELETE", base + "/emulator/faults" + (id.map { "?wixTransactionId=\($0)" } ?? ""))
    }

    func report(_ call: PSPCall, isMade: Bool) async throws {
        let report = CallReport.json(
            endpoint: call.endpoint, request: call.request.masked(), answer: call.answer,
            milliseconds: isMade ? call.milliseconds : nil)
        _ = try await caller.post(base + CallReport.path, body: report.bytes())
    }

    private func get(_ path: String) async throws -> JSON {
        let answer = try await caller.send("GET", base + path)
        guard answer.status == 200, let json = JSON(parsing: answer.body) else {
            throw CallError(url: base + path, reason: "HTTP \(answer.status) is no wix-emulator")
        }
        return json
    }
}
