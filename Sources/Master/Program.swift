// Which file this process runs.

import Glibc

/// The running program.
public enum Program {
    /// The whole path of the executable, or nil when its file is gone. Children started with it run what is there then.
    public static func path() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
