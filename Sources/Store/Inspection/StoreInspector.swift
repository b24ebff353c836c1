// Looking at a store without being part of it: for `pspd store check`, `stats` and `backup`. Reads only, works on a
// store that pspd refuses to open, and on a backup.

import GRDB
import Glibc

/// Reads the store's file beside whoever else uses it. A long look holds the WAL: it grows until the look is over.
public final class StoreInspector: Sendable {
    /// The file.
    public let path: String
    let database: DatabaseQueue

    /// Opens the file at `path`, which has to be there and to be a store of this or an older version.
    public init(path: String) throws(StoreError) {
        self.path = path
        try Self.demandFile(at: path)
        var configuration = StoreFile.configuration(cacheKibibytes: Self.cacheKibibytes)
        configuration.readonly = true
        configuration.prepareDatabase { $0.add(function: Self.keyHash) }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.inDatabase { db in
                guard try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0 > 0 else {
                    throw StoreError(.damaged, "\(path) is empty")
                }
                try StoreFile.recognize(db, path)
            }
        } catch {
            throw StoreError(error).at(path)
        }
    }

    /// Throws, with what keeps it from being there in the error's reason, unless a file that is not empty is at `path`.
    /// For commands that must not make a store: opening an empty file would.
    public static func demandFile(at path: String) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw StoreError(noFileAt: path, because: errno) }
        guard status.st_size > 0 else { throw StoreError(.damaged, "\(path) is empty") }
    }

    private static let cacheKibibytes = 64 * 1_024

    /// `key_hash_of(plugin id)`, for the check's SQL.
    private static let keyHash = DatabaseFunction("key_hash_of", argumentCount: 1, pure: true) { values in
        String.fromDatabaseValue(values[0]).flatMap(OperationKind.hash(ofPluginID:))
    }

    /// Runs `body` on one snapshot.
    func snapshot<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        do {
            return try database.read(body)
        } catch {
            throw StoreError(error).at(path)
        }
    }
}

extension StoreError {
    /// Why a file can't be seen; `number` is errno's.
    init(noFileAt path: String, because number: CInt) {
        switch number {
        case ENOENT, ENOTDIR: self.init(.failed, "there is no store at \(path)")
        case EACCES:
            self.init(.failed, "permission denied: this user can't enter the folder of \(path), or one above it")
        default: self.init(.failed, "cannot look at \(path): \(String(cString: strerror(number)))")
        }
    }
}
