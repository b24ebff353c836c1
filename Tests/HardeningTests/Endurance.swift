// What every attack has to leave as it was: good calls are answered, and right, while it goes on; afterwards the same
// processes run, with the memory and the files they had before.

import Foundation
import Synchronization
import Testing
import TestStack

/// A stack's processes at one moment.
struct Vitals {
    /// What a process may keep, in bytes: the allocator's, which gives back little of what its busiest moment took. That
    /// is four bodies read at once (`Limits.workingThreadsMax` on two processors), each of some 30 MB as values.
    static let growthBytesMax = 160 * 1_024 * 1_024
    /// Files that may be open besides those before: connections in use, the store's readers.
    static let filesBesidesMax = 24
    /// How long nginx and pspd may take to let go, in seconds.
    static let settleSeconds = 60.0

    /// Of pspd, by id.
    let roles: [pid_t: String]
    /// Of nginx's workers and pspd.
    let files: [pid_t: Int]
    let memoryBytes: [pid_t: Int]

    init(_ stack: Stack) throws {
        let processes = stack.pspdProcesses()
        roles = Dictionary(uniqueKeysWithValues: processes.map { ($0.pid, $0.role) })
        let nginx = try stack.program("nginx").pid
        let children = Self.text("/proc/\(nginx)/task/\(nginx)/children").split(separator: " ").compactMap { pid_t($0) }
        files = Dictionary(
            uniqueKeysWithValues: (processes.map(\.pid) + children).map { pid in
                (pid, ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []).count)
            })
        memoryBytes = Dictionary(
            uniqueKeysWithValues: processes.map { ($0.pid, Self.residentBytes($0.pid)) })
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    private static func residentBytes(_ pid: pid_t) -> Int {
        let line = text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) * 1_024
    }

    /// What differs from `before` and must not.
    func troubles(since before: Vitals) -> [String] {
        var troubles: [String] = []
        if roles != before.roles { troubles.append("other processes: \(before.roles), now \(roles)") }
        for (pid, count) in before.files where (files[pid] ?? .max) > count + Self.filesBesidesMax {
            troubles.append("\(before.roles[pid] ?? "nginx") had \(count) files, now \(files[pid] ?? -1)")
        }
        for (pid, bytes) in before.memoryBytes where (memoryBytes[pid] ?? .max) > bytes + Self.growthBytesMax {
            troubles.append("\(before.roles[pid] ?? "") had \(bytes) bytes, now \(memoryBytes[pid] ?? -1)")
        }
        return troubles
    }
}

/// Said once, from one task to others.
private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

extension Stack {
    /// Makes good calls while `attack` goes on, two at a time and each in turn checked, and sees to it that nothing but
    /// them is left of it afterwards.
    func enduring(_ attack: () async throws -> Void) async throws {
        // Readers of the store are opened, and memory taken, when they are first needed.
        for _ in 0..<4 { _ = try await calls(.create, try (0..<16).map { _ in try Sample.payment() }) }
        let before = try Vitals(self)
        let isOver = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var count = 0
                    while count < 10 || !isOver.isSet {
                        try await self.goodCalls()
                        count += 1
                    }
                }
            }
            defer { isOver.set() }
            try await attack()
        }
        try await goodCalls()
        var troubles: [String] = []
        _ = try await poll(within: Vitals.settleSeconds) {
            troubles = try Vitals(self).troubles(since: before)
            return troubles.isEmpty ? () : nil
        }
        #expect(troubles.isEmpty)
    }

    /// A payment, its repeat, a refund and a decline, each with its right answer and effect.
    private func goodCalls() async throws {
        let (payment, id) = try await approved()
        #expect(try await call(.create, payment).text == #"{"pluginTransactionId":"\#(id)"}"#)
        let refund = try await call(.refund, try Sample.refund(of: payment, id, 100))
        #expect(refund.status == 200 && refund.reason == nil, "\(refund)")
        let declined = try await call(.create, try Sample.payment("4000000000000002"))
        #expect(declined.status == 200 && declined.reason == 3000, "\(declined)")
        #expect(try effects(id).timeless == [effect("payment", id, 4250)])
    }
}
