// No orphans: what a child does about its master's death, and that the pool spawns in a way that lets it.

import Dispatch
import Foundation
import Glibc
import Logging
import Testing

@testable import Master

@Suite("Parent", .timeLimit(.minutes(1)))
struct ParentTests {
    @Test("The thread that the kernel tells of the parent's death outlives the one that asked for it")
    func deathSignal() async {
        await #expect(processExitsWith: .success) {
            let called = DispatchSemaphore(value: 0)
            Thread {
                Parent.dieWithParent(expected: getppid())
                called.signal()
            }.start()
            called.wait()
            // Threads of a process, by name. The kernel forgets the wish of a thread that has ended.
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap {
                try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
            }
            #expect(names.contains("\(Parent.threadName)\n"), "\(names)")
        }
    }

    @Test("A process whose parent is dead already ends at once")
    func parentGone() async {
        await #expect(processExitsWith: .exitCode(EXIT_SUCCESS)) {
            Parent.dieWithParent(expected: getpid())
            exit(77)
        }
    }

    @Test("Children outlive the restarts of others, and a master killed with SIGKILL leaves none of them")
    func noOrphan() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            // This process is the master. Its children set the same signal on themselves as `dieWithParent` does.
            let note = "echo $$ >> '\(path)/pids'; exec setpriv --pdeathsig TERM sleep 1000"
            let lasting = Child(name: "lasting", arguments: ["-c", note], getsSocket: false, stopsLast: false)
            let dying = Child(name: "dying", arguments: ["-c", "sleep 0.1"], getsSocket: false, stopsLast: false)
            let recorder = Recorder()
            let pool = ProcessPool(
                program: "/bin/sh", children: [lasting, lasting, dying], socket: nil, graceSeconds: 1,
                logger: recorder.logger
            )
            Task { try await pool.run() }
            // Five spawns later the thread that spawned the first two must still be there.
            for _ in 1...5 {
                _ = try await recorder.next { $0.message == "started" && $0.metadata["child"] == "dying" }
            }
            let pids = try String(contentsOfFile: "\(path)/pids", encoding: .utf8).split(separator: "\n")
            try #require(pids.count == 2, "a lasting child was started again")
            try "ok".write(toFile: "\(path)/survived", atomically: true, encoding: .utf8)
            kill(getpid(), SIGKILL)
        }
        #expect(try await folder.contents("survived") == "ok")
        for pid in try await folder.contents("pids").split(separator: "\n").compactMap({ pid_t($0) }) {
            // Not our child: nothing tells of its end but its absence.
            while Self.isRunning(pid) { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    /// False for a process that is gone or only waits to be reaped.
    static func isRunning(_ pid: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
    }
}
