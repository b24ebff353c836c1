// `pspd serve` as a program, with the real worker and courier: readiness, stopping, and no orphans.

import Foundation
import Glibc
import Testing

@testable import pspd

@Suite("serve", .timeLimit(.minutes(1)))
struct ServeTests {
    /// Starts the service and waits until it is ready; with the children's process ids by name.
    private func serve(
        _ fixture: ConfigurationFixture, _ arguments: [String] = []
    ) throws -> (program: BuiltProgram, children: [String: pid_t]) {
        let yaml = ConfigurationFixture.minimal + "listen: {folder}/worker.sock\nstore: {folder}/pspd.db\n"
        let program = try BuiltProgram(["serve", "--config", fixture.file(yaml)] + arguments)
        var children: [String: pid_t] = [:]
        for record in try program.log(until: { $0["message"] as? String == "ready" }) {
            guard let child = record["child"] as? String, let pid = record["child-pid"] as? Int else { continue }
            children[child] = pid_t(pid)
        }
        return (program, children)
    }

    @Test("Ready means that two workers and the courier run and that the socket listens")
    func ready() throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try serve(fixture)
        #expect(Set(children.keys) == ["worker 1", "worker 2", "courier"])
        var status = stat()
        #expect(lstat("\(fixture.folder)/worker.sock", &status) == 0)
        #expect(status.st_mode == S_IFSOCK | 0o660)
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("--no-courier runs the workers alone and needs no app secret")
    func noCourier() throws {
        let fixture = try ConfigurationFixture()
        try FileManager.default.removeItem(atPath: "\(fixture.folder)/app-secret")
        let (program, children) = try serve(fixture, ["--no-courier"])
        #expect(Set(children.keys) == ["worker 1", "worker 2"])
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("SIGTERM and SIGINT stop everything with exit status 0", arguments: [SIGTERM, SIGINT])
    func stop(_ signal: CInt) async throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try serve(fixture)
        kill(program.pid, signal)
        let outcome = program.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        for pid in children.values { #expect(!Self.isRunning(pid)) }
    }

    @Test("A master killed with SIGKILL leaves no child")
    func noOrphan() async throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try serve(fixture)
        kill(program.pid, SIGKILL)
        // Not our children: nothing tells of their end but their absence.
        for pid in children.values {
            while Self.isRunning(pid) { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test("A worker that is killed is replaced")
    func restart() throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try serve(fixture)
        let worker = try #require(children["worker 1"])
        kill(worker, SIGKILL)
        let records = try program.log { record in
            record["message"] as? String == "started" && record["child"] as? String == "worker 1"
        }
        #expect(records.contains { $0["ended"] as? String == "killed by signal 9 (Killed)" })
        #expect(records.last?["child-pid"] as? Int != Int(worker))
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("A configuration with faults starts nothing")
    func faults() throws {
        let fixture = try ConfigurationFixture()
        let program = try BuiltProgram(["serve", "--config", fixture.file("workers: 0\n")])
        let outcome = program.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("workers: must be a whole number"))
    }

    @Test("A socket that is served already is not taken, and the log says so")
    func inUse() throws {
        let fixture = try ConfigurationFixture()
        let (first, _) = try serve(fixture)
        let second = try BuiltProgram(["serve", "--config", "\(fixture.folder)/pspd.yaml"])
        let outcome = second.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("another process is serving this socket"))
        kill(first.pid, SIGTERM)
        #expect(first.outcome().status == 0)
    }

    /// False for a process that is gone or only waits to be reaped.
    static func isRunning(_ pid: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
    }
}
