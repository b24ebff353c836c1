// How a master hands the configuration that it has checked to its processes, in their environment: one that is started
// again runs with it, and not with what an operator is writing at that moment. The text holds no secret, only the names
// of files; those are read anew by every process.

import Foundation

enum CheckedConfiguration {
    private static let variable = "CHECKED_CONFIGURATION"
    /// The kernel's limit for one variable, with its name (MAX_ARG_STRLEN in execve(2)), in bytes.
    private static let bytesMax = 131_072 - 64

    /// What a child gets. One whose text is longer than a variable can be reads the file.
    static func environment(_ text: String) -> [String: String] {
        let fits = text.utf8.count <= bytesMax && !text.utf8.contains(0)
        return fits ? [variable: text] : [:]
    }

    /// What this process was given.
    static func given() -> String? { ProcessInfo.processInfo.environment[variable] }
}
