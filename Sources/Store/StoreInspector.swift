// Looking at a store without being part of it: for `pspd store check`, `stats` and `backup`. Reads only, works on a
// store that pspd refuses to open, and on a backup.

internal import Foundation
internal import GRDB
internal import Glibc

/// Reads the store's file beside whoever else uses it. A long look holds the WAL: it grows until the look is over.
public final class StoreInspector: Sendable {
    /// The file.
    public let path: String
    let database: DatabaseQueue

    /// Opens the file at `path`, which has to be there and to be a store of this or an older version.
    public init(path: String) throws(StoreError) {
        self.path = path
        guard access(path, F_OK) == 0 else { throw StoreError(.failed, "there is no store at \(path)") }
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

    private static let cacheKibibytes = 64 * 1_024

    /// `key_hash(plugin id)`, for the check's SQL.
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
