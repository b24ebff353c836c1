// The errors of the store, in the words of what a caller can do about them.

import GRDB

/// Why the store could not do what was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of trouble, and so what follows from it.
    public enum Code: String, Sendable {
        /// The disk is full or the reserve is used up: refuse new work, try again later.
        case full
        /// The file cannot be written (read-only disk, permissions): as `full`.
        case readOnly
        /// A sync failed: what is on disk is unknown, so this process must stop using the file.
        case untrusted
        /// The file is damaged or is no pspd store: an operator has to act.
        case damaged
        /// The file was written by a newer pspd.
        case newer
        /// Too many jobs wait for the writer.
        case overloaded
        /// Anything else from SQLite or the operating system.
        case failed
    }

    /// The kind of trouble.
    public let code: Code
    /// What happened, for the log; holds no data of payments.
    public let reason: String

    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// The code and the reason.
    public var description: String { "\(code.rawValue): \(reason)" }
}

extension StoreError {
    /// The error as met when the store at `path` was opened: with the file's name, and what to do next.
    func at(_ path: String) -> StoreError {
        let advice: String
        switch code {
        case .damaged:
            advice = """
                stop pspd, keep a copy of the file and of what lies beside it, then put the last backup in its place \
                (`pspd store check` says more)
                """
        case .full: advice = "make room on its disk"
        case .readOnly: advice = "its folder and files must be writable for this user"
        case .untrusted: advice = "look into the system's log for errors of the disk"
        case .newer, .overloaded, .failed: return reason.contains(path) ? self : StoreError(code, "\(path): \(reason)")
        }
        return reason.contains(path) ? self : StoreError(code, "\(path): \(reason); \(advice)")
    }

    /// Sorts an error from below the store into a code.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(error)
        default: self.init(.failed, "\(type(of: error))")
        }
    }

    private init(_ error: DatabaseError) {
        // The message comes from SQLite and names files and tables; arguments, which hold data, are left out.
        let text = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL: self.init(.full, text)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: self.init(.readOnly, text)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.damaged, text)
        case .SQLITE_IOERR: self.init(Self.code(ofInputOutput: error.extendedResultCode), text)
        default: self.init(.failed, text)
        }
    }

    private static func code(ofInputOutput code: ResultCode) -> Code {
        switch code {
        // A failed fsync may have dropped pages that later syncs report as written.
        case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC: .untrusted
        // The WAL's index could not grow: nothing was written, and with room it works again.
        case .SQLITE_IOERR_SHMSIZE: .full
        default: .failed
        }
    }
}
