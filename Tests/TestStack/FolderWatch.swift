// Sees every file that comes to be in a folder, however soon it goes again: inotify(7).

import Glibc

/// A watch over some folders, from its making on.
package final class FolderWatch {
    private let descriptor: CInt

    package init(_ folders: [String]) throws {
        descriptor = inotify_init1(CInt(O_NONBLOCK | O_CLOEXEC))
        for folder in folders {
            guard inotify_add_watch(descriptor, folder, UInt32(IN_CREATE | IN_MOVED_TO)) >= 0 else {
                throw StackError("inotify_add_watch(\(folder)): \(String(cString: strerror(errno)))")
            }
        }
    }

    deinit { close(descriptor) }

    /// Whether a file was made since the last call.
    package func hasSeenFile() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64 * 1_024)
        var hasSeen = false
        while read(descriptor, &bytes, bytes.count) > 0 { hasSeen = true }
        return hasSeen
    }
}
