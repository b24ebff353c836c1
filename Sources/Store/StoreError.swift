// The errors of the store, in the words of what a caller can do about them.

internal import GRDB

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
        case .SQLITE_IOERR:
            // A failed fsync may have dropped pages that later syncs report as written.
            let isSync = error.extendedResultCode == .SQLITE_IOERR_FSYNC
                || error.extendedResultCode == .SQLITE_IOERR_DIR_FSYNC
            self.init(isSync ? .untrusted : .failed, text)
        default: self.init(.failed, text)
        }
    }
}
