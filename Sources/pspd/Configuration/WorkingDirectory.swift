// Makes relative paths whole, so that child processes and messages mean the same file.

import Foundation

/// The folder that the process was started in.
enum WorkingDirectory {
    /// `path` itself when it is whole, else below the working directory.
    static func whole(path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
