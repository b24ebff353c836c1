// The pool with real child processes: small shell scripts that write down what happens to them.

import Foundation
import Glibc
import Logging
import Master
import ServiceLifecycle
import Testing

@Suite("Process pool", .timeLimit(.minutes(1)))
struct ProcessPoolTests {
    /// Runs a pool of /bin/sh children while `body` runs, then stops it.
    private func withPool(
        _ children: [Child], socket: CInt? = nil, graceSeconds: Double = 5, log: Logger,
        while body: () async throws -> Void
    ) async throws {
        let pool = ProcessPool(
            program: "/bin/sh", children: children, socket: socket, graceSeconds: graceSeconds, logger: log
        )
        let group = ServiceGroup(services: [pool], logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = group.run()
        do { try await body() } catch {
            await group.triggerGracefulShutdown()
            try await running
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }

    private func shell(
        _ script: String, name: String = "child", getsSocket: Bool = false, stopsLast: Bool = false
    ) -> Child {
        Child(name: name, arguments: ["-c", script], getsSocket: getsSocket, stopsLast: stopsLast)
    }

    @Test("A child that ends is started again, and the log says how it ended")
    func restart() async throws {
        let recorder = Recorder()
        try await withPool([shell("exit 3")], log: recorder.logger) {
            let first = try await recorder.next { $0.message == "started" }
            let ended = try await recorder.next { $0.message.hasPrefix("a child ended by itself") }
            #expect(ended.metadata["ended"] == "exited with status 3")
            #expect(ended.metadata["restart-in-seconds"] == "0.1")
            let second = try await recorder.next { $0.message == "started" }
            #expect(first.metadata["child-pid"] != second.metadata["child-pid"])
        }
    }

    @Test("A child that is killed is started again, and the log names the signal")
    func restartAfterKill() async throws {
        let recorder = Recorder()
        try await withPool([shell("exec sleep 1000")], log: recorder.logger) {
            let started = try await recorder.next { $0.message == "started" }
            kill(try #require(pid_t(started.metadata["child-pid"] ?? "")), SIGKILL)
            let ended = try await recorder.next { $0.message.hasPrefix("a child ended by itself") }
            #expect(ended.metadata["ended"] == "killed by signal 9 (Killed)")
            _ = try await recorder.next { $0.message == "started" }
        }
    }

    @Test("A program that is not there is tried again, and the log says why")
    func missingProgram() async throws {
        let recorder = Recorder()
        let pool = ProcessPool(
            program: "/nonexistent", children: [shell("")], socket: nil, graceSeconds: 1, logger: recorder.logger
        )
        let group = ServiceGroup(services: [pool], logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = group.run()
        let ended = try await recorder.next { $0.message.hasPrefix("a child ended by itself") }
        #expect(ended.metadata["ended"]?.hasPrefix("could not be started") == true)
        await group.triggerGracefulShutdown()
        try await running
    }

    @Test("The socket is the standard input of a child that gets it, and nothing else is inherited")
    func socket() async throws {
        let folder = try TemporaryFolder()
        let listener = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var status = stat()
        fstat(listener, &status)
        let recorder = Recorder()
        let list = "readlink /proc/$$/fd/0 > in; ls /proc/$$/fd > new; mv new all; exec sleep 1000"
        let script = "cd '\(folder.path)'; \(list)"
        try await withPool([shell(script, getsSocket: true)], socket: listener, log: recorder.logger) {
            // The shell keeps a copy of its own of what it redirects; it numbers such copies from 10.
            let all = try await folder.contents("all").split(separator: "\n").compactMap { Int($0) }
            #expect(all.filter { $0 < 10 }.sorted() == [0, 1, 2])
            let input = try await folder.contents("in")
            #expect(input == "socket:[\(status.st_ino)]\n")
        }
    }

    @Test("A child without the socket reads from /dev/null")
    func noSocket() async throws {
        let folder = try TemporaryFolder()
        let script = "cd '\(folder.path)'; readlink /proc/self/fd/0 > new; mv new in; exec sleep 1000"
        try await withPool([shell(script)], log: Recorder().logger) {
            let input = try await folder.contents("in")
            #expect(input == "/dev/null\n")
        }
    }

    @Test("A stop tells the workers first and the courier after they have ended")
    func stopOrder() async throws {
        let folder = try TemporaryFolder()
        let recorder = Recorder()
        func noting(_ name: String, _ delay: String, stopsLast: Bool) -> Child {
            let note = "trap 'sleep \(delay); echo \(name) >> \"\(folder.path)/order\"; exit 0' TERM"
            let script = "\(note); touch '\(folder.path)/\(name)'; while :; do sleep 0.05; done"
            return shell(script, name: name, stopsLast: stopsLast)
        }
        let children = [noting("courier", "0", stopsLast: true), noting("worker", "0.3", stopsLast: false)]
        try await withPool(children, log: recorder.logger) {
            _ = try await folder.contents("worker")
            _ = try await folder.contents("courier")
        }
        #expect(try await folder.contents("order") == "worker\ncourier\n")
        #expect(try await recorder.next { $0.message == "stopped" }.metadata["child"] == "worker")
        #expect(try await recorder.next { $0.message == "stopped" }.metadata["child"] == "courier")
    }

    @Test("A child that ignores SIGTERM is killed a second after the grace")
    func killAfterGrace() async throws {
        let folder = try TemporaryFolder()
        let recorder = Recorder()
        let script = "trap '' TERM; touch '\(folder.path)/deaf'; exec sleep 1000"
        var stopAsked = ContinuousClock.now
        try await withPool([shell(script)], graceSeconds: 0.2, log: recorder.logger) {
            _ = try await folder.contents("deaf")
            stopAsked = .now
        }
        #expect(ContinuousClock.now - stopAsked >= .seconds(1.1))
        _ = try await recorder.next { $0.message == "did not stop in time and is killed" }
        let stopped = try await recorder.next { $0.message == "stopped" }
        #expect(stopped.metadata["ended"] == "killed by signal 9 (Killed)")
    }

    @Test("A child is in a process group of its own, so that Ctrl-C reaches the master alone")
    func processGroup() async throws {
        let recorder = Recorder()
        try await withPool([shell("exec sleep 1000")], log: recorder.logger) {
            let started = try await recorder.next { $0.message == "started" }
            let pid = try #require(pid_t(started.metadata["child-pid"] ?? ""))
            #expect(getpgid(pid) == pid)
        }
    }
}
