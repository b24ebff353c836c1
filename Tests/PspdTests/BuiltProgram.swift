// The program that was built next to the tests, for tests of whole commands.

import Foundation
import Master
import Testing

/// One run of `pspd`.
final class BuiltProgram {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    /// Starts `pspd` with nothing else in its environment.
    ///
    /// - Parameter launcher: a command that becomes `pspd`, which is appended to it.
    init(_ arguments: [String], environment: [String: String] = [:], launcher: [String] = []) throws {
        let tests = URL(fileURLWithPath: try #require(Program.path()))
        let pspd = tests.deletingLastPathComponent().appendingPathComponent("pspd")
        process.executableURL = launcher.isEmpty ? pspd : URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = (launcher.isEmpty ? [] : launcher + [pspd.path]) + arguments
        process.environment = environment
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var pid: pid_t { process.processIdentifier }

    /// Waits for the end. What it prints must fit a pipe's buffer of 64 KiB.
    func outcome() -> (status: Int32, output: String, errors: String) {
        let outputText = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, outputText, errorText)
    }

    /// Lines of its log, as they come, up to and with the first that `isLast`.
    func log(until isLast: ([String: Any]) -> Bool) throws -> [[String: Any]] {
        var records: [[String: Any]] = []
        var rest = Data()
        while true {
            let data = errors.fileHandleForReading.availableData
            try #require(!data.isEmpty, "the program ended: \(records)")
            rest += data
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[..<end]
                rest = rest[(end + 1)...]
                let record = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
                records.append(record)
                if isLast(record) { return records }
            }
        }
    }
}
