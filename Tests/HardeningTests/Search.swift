// Everywhere a secret could have come to stand: files of a run, pages, what commands print, and what the kernel shows of
// the processes.

import Foundation
import Testing
import TestStack

/// One place, with what stands there.
struct Place: Sendable {
    let name: String
    let bytes: Data

    init(_ name: String, _ bytes: Data) {
        self.name = name
        self.bytes = bytes
    }

    init(_ name: String, _ text: String) { self.init(name, Data(text.utf8)) }
}

extension [Place] {
    /// Where a mark stands, as it is or in hexadecimal or Base64.
    func holding(_ mark: String) -> [String] {
        let forms = [
            Data(mark.utf8), Data(mark.utf8.map { String(format: "%02x", $0) }.joined().utf8),
            // Without its end, which depends on what follows.
            Data(Data(mark.utf8.prefix(mark.utf8.count / 3 * 3)).base64EncodedString().utf8),
        ]
        return filter { place in forms.contains { place.bytes.range(of: $0) != nil } }.map(\.name)
    }

    /// Fails for each mark that stands anywhere.
    func expectNone(of marks: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for mark in marks {
            for name in holding(mark) {
                Issue.record("\(mark) stands in \(name)", sourceLocation: sourceLocation)
            }
        }
    }
}

extension Stack {
    /// Every place of a running stack.
    ///
    /// - Parameter payments: ids of payments whose timelines are looked at.
    func places(payments: [String]) async throws -> [Place] {
        try await pages() + commands(payments: payments) + processes() + filePlaces()
            + [Place("the store", try await storeDump())]
    }

    /// Files, those that hold secrets on purpose left out: they are the keys' and stand elsewhere.
    func filePlaces() -> [Place] { files().map { Place($0.path, $0.bytes) } }

    private func pages() async throws -> [Place] {
        var places: [Place] = []
        for path in ["/healthz", "/readyz", "/status", "/metrics"] {
            for type in ["application/json", "text/html"] {
                let answer = try await send("GET", baseURL + path, headers: [("Accept", type)])
                #expect([200, 503].contains(answer.status))
                places.append(Place("\(path) as \(type)", answer.text))
            }
        }
        return places
    }

    private func commands(payments: [String]) async throws -> [Place] {
        let plain = [
            ["status"], ["events", "queue"], ["events", "list", "--limit", "1000"], ["payments", "conflicts"],
            ["store", "check"], ["store", "stats"], ["check-config"],
        ]
        var places: [Place] = []
        for command in plain + payments.map({ ["payments", "show", $0] }) {
            for format in ["text", "json"] {
                let outcome = try await Outcome.of(
                    [BuiltProgram.pspd] + command + ["--config", "\(folder)/pspd.yaml", "--format", format])
                places.append(Place("pspd \(command.joined(separator: " "))", outcome.output + outcome.errors))
            }
        }
        return places
    }

    /// What any user sees of pspd's and nginx's processes, and what root does.
    private func processes() throws -> [Place] {
        let nginx = try program("nginx").pid
        let workers = (try? String(contentsOfFile: "/proc/\(nginx)/task/\(nginx)/children", encoding: .utf8)) ?? ""
        let all =
            pspdProcesses() + [(nginx, "nginx")]
            + workers.split(separator: " ").compactMap { pid_t($0) }.map { ($0, "nginx's worker") }
        return all.flatMap { pid, role in
            ["cmdline", "environ"].map { name in
                Place("\(name) of \(role)", FileManager.default.contents(atPath: "/proc/\(pid)/\(name)") ?? Data())
            }
        }
    }
}
