// `pspd store backup FILE`: a copy that is whole, taken while pspd works.

import GRDB
import Glibc

/// A backup that was made.
public struct StoreBackup: Sendable, Hashable {
    /// The new file.
    public let path: String
    /// Its size.
    public let bytes: Int64
}

extension StoreInspector {
    /// Copies the store as it is at this moment to `target`, which must not exist; on disk when this returns.
    ///
    /// The copy is made under another name and appears under its own when it is complete.
    public func backUp(to target: String) throws(StoreError) -> StoreBackup {
        // Takes the name, so that of two backups to one file the second is refused.
        try create(target)
        let partial = target + ".partial"
        do {
            try copy(to: partial)
            guard rename(partial, target) == 0 else {
                throw StoreError(.failed, "cannot rename \(partial): \(SystemText.ofErrno())")
            }
            try StoreFile.syncFolder(of: target)
        } catch {
            for path in [partial, partial + "-wal", partial + "-shm", partial + "-journal", target] { unlink(path) }
            throw StoreError(error)
        }
        var status = stat()
        guard stat(target, &status) == 0 else { throw StoreError(.failed, "\(target) is gone") }
        return StoreBackup(path: target, bytes: Int64(status.st_size))
    }

    private func copy(to partial: String) throws {
        unlink(partial)
        try create(partial)
        let copy = try DatabaseQueue(path: partial)
        // All pages in one step: a copy in several would begin again with each commit of the store.
        try database.backup(to: copy)
        // A file of its own, without a WAL beside it.
        let mode = try copy.inDatabase { try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
        guard mode == "delete" else { throw StoreError(.failed, "the copy kept a WAL") }
        try copy.close()
        let file = open(partial, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw StoreError(.failed, "cannot open \(partial): \(SystemText.ofErrno())") }
        defer { Glibc.close(file) }
        guard fsync(file) == 0 else { throw StoreError(.failed, "cannot sync \(partial): \(SystemText.ofErrno())") }
    }

    /// An empty file for nobody but its owner: a store says who bought what.
    private func create(_ path: String) throws(StoreError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            let reason = errno == EEXIST ? "it exists already" : SystemText.ofErrno()
            throw StoreError(.failed, "cannot create \(path): \(reason)")
        }
        Glibc.close(file)
    }
}
