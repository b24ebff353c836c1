// `pspd serve` as a program, with the real worker and courier: readiness, stopping, and no orphans.

import Foundation
import Glibc
import Testing

@testable import pspd

@Suite("serve", .timeLimit(.minutes(1)))
struct ServeTests {
    static let yaml = ConfigurationFixture.minimal

    /// Starts the service and waits until it is ready; with the children's process ids by name.
    static func serve(
        _ fixture: ConfigurationFixture, _ arguments: [String] = [], environment: [String: String] = [:],
        launcher: [String] = []
    ) throws -> (program: BuiltProgram, children: [String: pid_t]) {
        let file = fixture.file(Self.yaml)
        let program = try BuiltProgram(
            ["serve", "--config", file] + arguments, environment: environment, launcher: launcher)
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
        let (program, children) = try Self.serve(fixture)
        #expect(Set(children.keys) == ["worker 1", "worker 2", "courier"])
        var status = stat()
        #expect(lstat("\(fixture.folder)/worker.sock", &status) == 0)
        #expect(status.st_mode == S_IFSOCK | 0o660)
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("Without a folder for its store it ends at once, and says which one is missing")
    func noFolderOfStore() throws {
        let fixture = try ConfigurationFixture()
        let file = fixture.file(Self.yaml.replacing("{folder}/pspd.db", with: "{folder}/gone/pspd.db"))
        let outcome = try BuiltProgram(["serve", "--config", file]).outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("\(fixture.folder)/gone/: No such file or directory"))
    }

    @Test("--no-courier runs the workers alone and needs no app secret")
    func noCourier() throws {
        let fixture = try ConfigurationFixture()
        try FileManager.default.removeItem(atPath: "\(fixture.folder)/app-secret")
        let (program, children) = try Self.serve(fixture, ["--no-courier"])
        #expect(Set(children.keys) == ["worker 1", "worker 2"])
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("SIGTERM and SIGINT stop everything with exit status 0", arguments: [SIGTERM, SIGINT])
    func stop(_ signal: CInt) async throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try Self.serve(fixture)
        kill(program.pid, signal)
        let outcome = program.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        for pid in children.values { #expect(!Self.isRunning(pid)) }
    }

    @Test("A master killed with SIGKILL leaves no child")
    func noOrphan() async throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try Self.serve(fixture)
        kill(program.pid, SIGKILL)
        // Not our children: nothing tells of their end but their absence.
        for pid in children.values {
            while Self.isRunning(pid) { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test("A worker that is killed is replaced")
    func restart() throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try Self.serve(fixture)
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

    @Test("SIGHUP replaces workers and courier by others with the new configuration")
    func reload() throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try Self.serve(fixture)
        _ = fixture.file(Self.yaml + "workers: 3\n")
        kill(program.pid, SIGHUP)
        var started: [String: Int] = [:]
        var stopped: Set<Int> = []
        _ = try program.log { record in
            if record["message"] as? String == "started", let name = record["child"] as? String {
                started[name] = record["child-pid"] as? Int
            }
            if record["message"] as? String == "stopped", let pid = record["child-pid"] as? Int {
                stopped.insert(pid)
                #expect(record["ended"] as? String == "exited with status 0")
            }
            return stopped.count == children.count
        }
        #expect(Set(started.keys) == ["worker 1", "worker 2", "worker 3", "courier"])
        #expect(stopped == Set(children.values.map(Int.init)))
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
        for pid in started.values { #expect(!Self.isRunning(pid_t(pid))) }
    }

    @Test(
        "A bad configuration is refused on SIGHUP with its fault, and a child that dies is started with the former one")
    func badReload() throws {
        let fixture = try ConfigurationFixture()
        let (program, children) = try Self.serve(fixture)
        _ = fixture.file(Self.yaml + "workers: 0\n")
        kill(program.pid, SIGHUP)
        let refusal = try program.log { ($0["message"] as? String ?? "").hasPrefix("not reloaded") }.last
        let fault = try #require(refusal?["fault"] as? String)
        #expect(fault.contains("workers: must be a whole number"))
        for pid in children.values { #expect(Self.isRunning(pid)) }

        kill(try #require(children["worker 1"]), SIGKILL)
        _ = try program.log { $0["message"] as? String == "worker started" }
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("systemd is told of readiness, reloads, refused reloads and the stop, by the master alone")
    func notifications() throws {
        let fixture = try ConfigurationFixture()
        let socket = try NotifySocket(path: "\(fixture.folder)/notify")
        let (program, _) = try Self.serve(fixture, environment: ["NOTIFY_SOCKET": "\(fixture.folder)/notify"])
        #expect(socket.next() == ["READY=1", "STATUS=serving"])
        kill(program.pid, SIGHUP)
        let reloading = socket.next()
        #expect(reloading.first == "RELOADING=1")
        #expect(reloading.contains { $0.hasPrefix("MONOTONIC_USEC=") })
        #expect(socket.next() == ["READY=1", "STATUS=serving; reloaded"])
        _ = fixture.file("workers: 0\n")
        kill(program.pid, SIGHUP)
        #expect(socket.next().first == "RELOADING=1")
        let refused = socket.next()
        #expect(refused.first == "READY=1")
        #expect(refused.last?.contains("refused") == true)
        kill(program.pid, SIGTERM)
        #expect(socket.next() == ["STOPPING=1", "STATUS=stopping"])
        #expect(program.outcome().status == 0)
    }

    @Test("Half as often as it wants to, systemd hears that the master is alive")
    func watchdog() throws {
        let fixture = try ConfigurationFixture()
        let socket = try NotifySocket(path: "\(fixture.folder)/notify")
        let (program, _) = try Self.serve(
            fixture, environment: ["NOTIFY_SOCKET": "\(fixture.folder)/notify", "WATCHDOG_USEC": "100000"])
        var alive = 0
        while alive < 3 { alive += socket.next() == ["WATCHDOG=1"] ? 1 : 0 }
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("A courier that is a service of its own tells of its readiness, and that it is alive")
    func courier() throws {
        let fixture = try ConfigurationFixture()
        let socket = try NotifySocket(path: "\(fixture.folder)/notify")
        let program = try BuiltProgram(
            ["courier", "--config", fixture.file(Self.yaml)],
            environment: ["NOTIFY_SOCKET": "\(fixture.folder)/notify", "WATCHDOG_USEC": "100000"])
        let news = (0..<4).map { _ in socket.next() }
        #expect(news.count { $0 == ["READY=1", "STATUS=delivering"] } == 1)
        #expect(news.count { $0 == ["WATCHDOG=1"] } == 3)
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("A courier whose watchdog is another process's business sends readiness alone")
    func courierWithoutWatchdog() throws {
        let fixture = try ConfigurationFixture()
        let socket = try NotifySocket(path: "\(fixture.folder)/notify")
        let program = try BuiltProgram(
            ["courier", "--config", fixture.file(Self.yaml)],
            environment: [
                "NOTIFY_SOCKET": "\(fixture.folder)/notify", "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1",
            ])
        #expect(socket.next() == ["READY=1", "STATUS=delivering"])
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
        #expect(socket.waiting() == nil)
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
        let (first, _) = try Self.serve(fixture)
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
