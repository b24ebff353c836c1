// What the kernel keeps to a process of pspd: no core file, and no other process of the same user that reads its memory.

import Foundation
import Glibc
import Testing

@Suite("Privacy", .timeLimit(.minutes(1)))
struct PrivacyTests {
    /// Root may look at everything, by its capabilities. Without them it is a user like any other.
    private static let plainUser = geteuid() == 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : []

    /// Whether a process of the same user gets at what only ptrace's rules guard: the kernel gives /proc/PID/environ to
    /// whoever may read the process's memory.
    private static func isOpen(_ pid: pid_t) throws -> Bool {
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        reader.arguments = plainUser + ["cat", "/proc/\(pid)/environ"]
        reader.standardOutput = FileHandle.nullDevice
        reader.standardError = FileHandle.nullDevice
        try reader.run()
        reader.waitUntilExit()
        return reader.terminationStatus == 0
    }

    /// The soft and the hard limit of core files, in bytes.
    private static func coreLimits(_ pid: pid_t) throws -> [Substring] {
        let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        return line.dropFirst("Max core file size".count).split(separator: " ").prefix(2).map { $0 }
    }

    @Test("Master, workers and courier leave no core file and can't be read by others of their user")
    func pool() throws {
        let fixture = try ConfigurationFixture()
        // Only root may give the socket to a group that is not its own.
        let group = String(cString: try #require(getgrgid(getegid())).pointee.gr_name)
        let (program, children) = try ServeTests.serve(
            fixture, environment: ["PSPD_SOCKET_GROUP": group], launcher: Self.plainUser)
        #expect(children.count == 3)
        for (name, pid) in children.merging(["master": program.pid], uniquingKeysWith: { $1 }) {
            #expect(try Self.coreLimits(pid) == ["0", "0"], "\(name)")
            #expect(try !Self.isOpen(pid), "\(name)")
        }
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test("A courier that is a service of its own as well")
    func courier() throws {
        let fixture = try ConfigurationFixture()
        let socket = try NotifySocket(path: "\(fixture.folder)/notify")
        let program = try BuiltProgram(
            ["courier", "--config", fixture.file(ServeTests.yaml)],
            environment: ["NOTIFY_SOCKET": "\(fixture.folder)/notify"], launcher: Self.plainUser)
        #expect(socket.next().first == "READY=1")
        #expect(try Self.coreLimits(program.pid) == ["0", "0"])
        #expect(try !Self.isOpen(program.pid))
        kill(program.pid, SIGTERM)
        #expect(program.outcome().status == 0)
    }

    @Test(
        "A fault ends a process at once, and nothing of its memory is described", arguments: [SIGSEGV, SIGABRT, SIGILL])
    func fault(_ signal: CInt) throws {
        let fixture = try ConfigurationFixture()
        let socket = try NotifySocket(path: "\(fixture.folder)/notify")
        let program = try BuiltProgram(
            ["courier", "--config", fixture.file(ServeTests.yaml)],
            environment: ["NOTIFY_SOCKET": "\(fixture.folder)/notify"])
        #expect(socket.next().first == "READY=1")
        kill(program.pid, signal)
        let outcome = program.outcome()
        #expect(outcome.status == signal)
        // Its log, and nothing between the lines.
        #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("{") }, "\(outcome.errors)")
    }

    @Test("A process that does not protect itself is open: the tests above can fail")
    func plain() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = Self.plainUser + ["cat"]
        process.standardInput = Pipe()
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        // Once cat echoes, the programs before it are gone.
        let input = try #require(process.standardInput as? Pipe)
        try input.fileHandleForWriting.write(contentsOf: Data("x".utf8))
        #expect(output.fileHandleForReading.availableData == Data("x".utf8))
        #expect(try Self.isOpen(process.processIdentifier))
    }
}
