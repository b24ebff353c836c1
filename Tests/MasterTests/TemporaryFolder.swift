// A folder for one test, gone with it.

import Foundation

final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "pspd-master-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The text of a file that another process writes: waits until it is there. The test's time limit ends the wait.
    func contents(_ name: String) async throws -> String {
        while !FileManager.default.fileExists(atPath: "\(path)/\(name)") {
            try await Task.sleep(for: .milliseconds(5))
        }
        return try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
}
