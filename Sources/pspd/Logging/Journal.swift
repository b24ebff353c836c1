// systemd's journal as the reader of the log: it takes a line's level from a number in angle brackets at its start
// (sd-daemon(3)), so that `journalctl --priority` can choose. Everybody else gets lines without it.

import Foundation
import Glibc
import Logging

/// What the journal is told of a line.
enum Journal {
    /// Whether a descriptor leads to the journal: systemd names its device and inode in JOURNAL_STREAM (systemd.exec(5)),
    /// a variable that a program started by another with its output elsewhere has too.
    static func reads(
        _ descriptor: CInt, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Bool {
        var status = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// `<6>` for info: the levels of syslog(3).
    static func prefix(_ level: Logger.Level) -> [UInt8] {
        let priority =
            switch level {
            case .critical: LOG_CRIT
            case .error: LOG_ERR
            case .warning: LOG_WARNING
            case .notice: LOG_NOTICE
            case .info: LOG_INFO
            case .debug, .trace: LOG_DEBUG
            }
        return Array("<\(priority)>".utf8)
    }
}
