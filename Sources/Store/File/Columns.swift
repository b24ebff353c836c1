// Reading rows where they lie. GRDB's `Row` copies every column and indexes their names, which costs a look-up twice its
// time; so what is looked up for every call is read straight from SQLite. The only file that calls SQLite's own functions.

import GRDB
import GRDBSQLite

/// The columns of a statement's current row, by number.
struct Columns {
    fileprivate let statement: SQLiteStatement

    func isNull(_ index: Int) -> Bool { sqlite3_column_type(statement, CInt(index)) == SQLITE_NULL }

    /// 0 for NULL; the tables are STRICT, so another type does not come.
    func integer(_ index: Int) -> Int64 { sqlite3_column_int64(statement, CInt(index)) }

    /// Empty for NULL.
    func text(_ index: Int) -> String {
        sqlite3_column_text(statement, CInt(index)).map { String(cString: $0) } ?? ""
    }

    func optionalInteger(_ index: Int) -> Int64? { isNull(index) ? nil : integer(index) }
    func optionalText(_ index: Int) -> String? {
        sqlite3_column_text(statement, CInt(index)).map { String(cString: $0) }
    }
}

extension Statement {
    /// What `read` makes of the first row; nil without one.
    func first<T>(_ arguments: StatementArguments, _ read: (Columns) throws -> T) throws -> T? {
        try setArguments(arguments)
        defer { sqlite3_reset(sqliteStatement) }
        return try step() ? try read(Columns(statement: sqliteStatement)) : nil
    }

    /// What `read` makes of each row.
    func all<T>(_ arguments: StatementArguments, _ read: (Columns) throws -> T) throws -> [T] {
        try setArguments(arguments)
        defer { sqlite3_reset(sqliteStatement) }
        var result: [T] = []
        while try step() { result.append(try read(Columns(statement: sqliteStatement))) }
        return result
    }

    private func step() throws -> Bool {
        switch sqlite3_step(sqliteStatement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let connection = sqlite3_db_handle(sqliteStatement)
            throw DatabaseError(
                resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
                message: String(cString: sqlite3_errmsg(connection)))
        }
    }
}
