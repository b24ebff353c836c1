// What a stack did, seen from outside: the events that Wix took, the sandbox's book, the store through `sqlite3`, log
// lines, processes.

package import Foundation
import Glibc

/// A call of Submit Event, as the emulator recorded it.
package struct ReceivedEvent: Sendable {
    package let time: Date
    package let status: Int
    package let problems: [String]
    package let requestID: String?
    package let userAgent: String?
    /// `transaction`, `refund`, `capture` or `void`.
    package let kind: String
    /// What stands under it.
    package let payload: JSON
    /// The body as it came.
    package let body: String

    fileprivate init(_ record: JSON) throws {
        guard let time = record["time"]?.text, let body = record["body"]?.text, let status = record["status"]?.int
        else {
            throw StackError("not a record of an event: \(record)")
        }
        self.time = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        self.status = Int(status)
        self.body = body
        problems = record["problems"]?.elements.compactMap(\.text) ?? []
        requestID = record["requestId"]?.text
        userAgent = record["userAgent"]?.text
        let event = (try? JSON(parsing: Array(body.utf8)))?["event"]?.members ?? [:]
        kind = event.count == 1 ? event.first?.key ?? "" : "\(event.keys.sorted())"
        payload = event[kind] ?? .null
    }
}

extension Stack {
    /// How long an event may take, in seconds. It leaves at once; machines that test are busy.
    package static let eventSeconds = 30.0

    /// Every call of Submit Event for a payment so far, refused ones too.
    package func received(_ wixTransactionId: String) async throws -> [ReceivedEvent] {
        let answer = try await send("GET", wixURL + "/emulator/events?wixTransactionId=\(wixTransactionId)")
        return try answer.json["events"]?.elements.map(ReceivedEvent.init) ?? []
    }

    /// Waits until Wix has taken `count` events of a payment, and returns all it has taken. Throws when one was refused
    /// for what it says.
    package func events(
        _ wixTransactionId: String, count: Int, within seconds: Double = eventSeconds
    ) async throws -> [ReceivedEvent] {
        var seen: [ReceivedEvent] = []
        let taken: [ReceivedEvent]? = try await poll(within: seconds) {
            seen = try await self.received(wixTransactionId)
            if let refused = seen.first(where: { !$0.problems.isEmpty }) {
                throw StackError("Wix refused an event: \(refused.problems) \(refused.body)")
            }
            let taken = seen.filter { $0.status == 200 }
            return taken.count >= count ? taken : nil
        }
        guard let taken else {
            throw StackError(
                """
                \(count) events of \(wixTransactionId) did not come within \(seconds) s, only \(seen.map(\.body)); \
                the store has \((try? await storedEvents(wixTransactionId)) ?? [])
                \(logs(about: wixTransactionId))
                """)
        }
        return taken
    }

    /// The sandbox's book: what really happened under a plugin id, in order.
    package func effects(_ pluginID: String?) throws -> [JSON] {
        try effects().filter { $0["id"]?.text == pluginID }
    }

    /// The whole book.
    package func effects() throws -> [JSON] {
        guard let data = FileManager.default.contents(atPath: "\(storePath).effects.jsonl") else { return [] }
        return try data.split(separator: UInt8(ascii: "\n")).map(JSON.init(parsing:))
    }

    /// When nginx had sent the answer to a call of Wix's, and when it got the call of Submit Event that follows from it;
    /// by nginx's clock, in seconds, and so whatever the test itself was busy with.
    package func times(requestID: String) throws -> (answered: Double, told: Double)? {
        func line(_ name: String, _ isWanted: ([Substring]) -> Bool) -> (end: Double, length: Double)? {
            let fields = nginxLog(name).last(where: isWanted)
            guard let fields, let end = Double(fields[0]), let length = Double(fields[1]) else { return nil }
            return (end, length)
        }
        // The courier's token request carries no id of the call's.
        guard let answer = line("nginx-pspd.log", { $0[3] == requestID }),
            let event = line("nginx-wix.log", { $0[4] == requestID })
        else { return nil }
        return (answer.end, event.end - event.length)
    }

    /// How the courier's calls of Submit Event came to Wix: the protocol and the connection of each.
    package func submitConnections() -> [(httpVersion: String, connection: String)] {
        nginxLog("nginx-wix.log").filter { $0[4] != "-" }.map { (String($0[5]), String($0[6])) }
    }

    /// The longest that nginx waited for an answer of pspd's, from its connect to the last byte, in seconds.
    package func longestAnswerSeconds() -> Double {
        nginxLog("nginx-pspd.log").compactMap { $0.last.flatMap { Double($0) } }.max() ?? 0
    }

    /// Lines of an access log, by field; see the log's format in Stack.swift.
    private func nginxLog(_ name: String) -> [[Substring]] {
        let text = String(
            decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count >= 8 }
    }

    // MARK: The store

    package var storePath: String { "\(folder)/state/pspd.db" }

    /// Rows of a query, as `sqlite3` sees them from another process.
    package func rows(_ sql: String) async throws -> [JSON] {
        let outcome = try await Outcome.of(["sqlite3", "-readonly", "-json", storePath, sql])
        guard outcome.status == 0 else { throw StackError("sqlite3: \(outcome.errors)") }
        return outcome.output.isEmpty ? [] : try JSON(parsing: Array(outcome.output.utf8)).elements
    }

    /// Events of a payment that stand in the store, whether delivered or not. They are written in the commit of what
    /// they tell, so after an answer nothing has to be waited for.
    package func storedEvents(_ wixTransactionId: String) async throws -> [JSON] {
        try await rows("SELECT * FROM events WHERE wix_transaction_id = '\(wixTransactionId)' ORDER BY id")
    }

    /// Everything that stands in the store, as text.
    package func storeDump() async throws -> String {
        let outcome = try await Outcome.of(["sqlite3", "-readonly", storePath, ".dump"])
        guard outcome.status == 0 else { throw StackError("sqlite3: \(outcome.errors)") }
        return outcome.output
    }

    // MARK: Logs and files

    /// pspd's log so far, one record a line.
    package func log() throws -> [JSON] {
        let data = FileManager.default.contents(atPath: "\(folder)/pspd.log") ?? Data()
        return data.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON(parsing: $0) }
    }

    /// The first record that fits, waited for.
    package func logged(
        within seconds: Double = eventSeconds, _ fits: @escaping (JSON) -> Bool
    ) async throws -> JSON {
        if let record = try await poll(within: seconds, { try log().first(where: fits) }) { return record }
        throw StackError("a log record did not come\n\(logs())")
    }

    /// The ends of all logs, or their lines that hold a text.
    package func logs(about text: String? = nil) -> String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".log") }.sorted().map { name in
            let data = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
            let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
            let shown = text.map { text in lines.filter { $0.contains(text) } } ?? lines
            return "--- \(name)\n\(shown.suffix(30).joined(separator: "\n"))"
        }.joined(separator: "\n")
    }

    /// Every file under the stack's folder, with its bytes.
    package func files() -> [(path: String, bytes: Data)] {
        guard let paths = FileManager.default.enumerator(atPath: folder) else { return [] }
        return paths.compactMap { $0 as? String }.compactMap { path in
            var isFolder: ObjCBool = false
            let whole = "\(folder)/\(path)"
            guard FileManager.default.fileExists(atPath: whole, isDirectory: &isFolder), !isFolder.boolValue else {
                return nil
            }
            return FileManager.default.contents(atPath: whole).map { (path, $0) }
        }
    }

    // MARK: Processes

    /// Running processes of pspd that belong to this stack: they name its configuration on their command line.
    package func pspdProcesses() -> [(pid: pid_t, role: String)] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.compactMap { pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            let arguments = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard arguments.contains("\(folder)/pspd.yaml"),
                let program = arguments.firstIndex(where: { $0.hasSuffix("pspd") }),
                program + 1 < arguments.count, isAlive(pid)
            else { return nil }
            return (pid, arguments[program + 1])
        }.sorted { $0.pid < $1.pid }
    }

    /// False for a process that only waits to be reaped.
    private func isAlive(_ pid: pid_t) -> Bool {
        let stat = String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data(), as: UTF8.self)
        guard let state = stat.split(separator: ")").last?.split(separator: " ").first else { return false }
        return state != "Z" && state != "X"
    }
}
