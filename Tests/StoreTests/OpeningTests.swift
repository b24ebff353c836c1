import Foundation
import GRDB
import Payments
import Testing

@testable import Store

@Suite("Opening")
struct OpeningTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func refusal(_ code: StoreError.Code, _ words: String...) {
        do {
            _ = try Store(path: folder.store)
            Issue.record("it was opened")
        } catch {
            #expect(error.code == code)
            for word in words + [folder.store] { #expect(error.reason.contains(word), "\(error)") }
        }
    }

    @Test("A new store is made with files for two users of one group")
    func new() throws {
        let before = umask(0o077)
        defer { umask(before) }
        let store = try Store(path: folder.store)
        for name in ["pspd.db", "pspd.db.lock", "pspd.db.owners", "pspd.db-wal", "pspd.db-shm"] {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.file(name))[.posixPermissions] as? Int
            #expect(mode == 0o660, "\(name)")
        }
        store.close()
    }

    @Test("Each writer syncs fully, and no checkpoint happens by itself")
    func durable() async throws {
        let store = try Store(path: folder.store)
        let settings = try await store.write { db in
            try ["synchronous", "wal_autocheckpoint", "journal_mode"].map {
                try String.fetchOne(db, sql: "PRAGMA \($0)")
            }
        }
        #expect(settings == ["2", "0", "wal"])
    }

    @Test("A file that is no database is refused, and stays as it is")
    func noDatabase() throws {
        let bytes = Array("not a database, but long enough to be looked at as one".utf8)
        try folder.write(bytes, to: "pspd.db")
        refusal(.damaged, "not a database", "backup")
        #expect(try folder.read("pspd.db") == bytes)
    }

    @Test("Another program's database is refused, and stays as it is")
    func foreign() throws {
        let other = try DatabaseQueue(path: folder.store)
        try other.write { try $0.execute(sql: "CREATE TABLE t (x)") }
        try other.close()
        let bytes = try folder.read("pspd.db")
        refusal(.damaged, "another program")
        #expect(try folder.read("pspd.db") == bytes)
    }

    @Test("A newer version's store is refused")
    func newer() async throws {
        let store = try Store(path: folder.store)
        try await store.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')") }
        store.close()
        refusal(.newer, "newer pspd")
    }

    @Test("A store of the first version is taken, with what is in it")
    func older() async throws {
        do {
            let store = try Store(path: folder.store)
            try await store.make("a", Sample.approved)
            try await store.write { db in
                try db.execute(sql: "ALTER TABLE payments DROP COLUMN unattended")
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '2'")
            }
            store.close()
        }
        let store = try Store(path: folder.store)
        #expect(try store.state("a") == "approved")
        _ = try await store.claimNew(Sample.payment("b"))
    }

    @Test("A truncated store is refused")
    func truncated() async throws {
        let store = try Store(path: folder.store)
        try await store.make("a", Sample.approved)
        store.close()
        try folder.write(Array(try folder.read("pspd.db").prefix(8_192)), to: "pspd.db")
        refusal(.damaged, "backup")
    }

    @Test("A store that is gone is not replaced by an empty one", arguments: [false, true])
    func gone(_ isEmpty: Bool) throws {
        try Store(path: folder.store).close()
        try folder.remove("pspd.db")
        if isEmpty { try folder.write([], to: "pspd.db") }
        refusal(.damaged, isEmpty ? "empty" : "gone", "pspd.db.owners")
        #expect(folder.exists("pspd.db") == isEmpty)
    }

    @Test("A WAL without its file is refused")
    func strayWAL() throws {
        try folder.write([1], to: "pspd.db-wal")
        refusal(.damaged, "pspd.db-wal")
    }

    @Test("Empty files that were made beforehand are taken")
    func prepared() throws {
        for name in ["pspd.db", "pspd.db.lock", "pspd.db.owners"] { try folder.write([], to: name) }
        try Store(path: folder.store).close()
    }

    @Test("A store that was being made when the power went is made in full")
    func halfMade() throws {
        let half = try DatabaseQueue(path: folder.store)
        try half.inDatabase { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
        try half.close()
        let store = try Store(path: folder.store)
        #expect(try store.state("a") == nil)
    }

    @Test("A folder that is not there is told")
    func noFolder() {
        #expect { try Store(path: folder.file("no/pspd.db")) } throws: { error in
            (error as? StoreError)?.code == .readOnly && "\(error)".contains("no/pspd.db")
        }
    }

    @Test("After close nothing is taken, and what was written is there")
    func closed() async throws {
        let store = try Store(path: folder.store)
        try await store.make("a", Sample.approved)
        store.close()
        store.close()
        await #expect(throws: StoreError.self) { try await store.claimNew(Sample.payment("b")) }
        #expect(throws: StoreError.self) { try store.state("a") }
        #expect(try Store(path: folder.store).state("a") == "approved")
    }

    @Test(
        "A file that can't be seen is told with its path and the reason",
        arguments: [
            (ENOENT, "there is no store at /x/pspd.db"), (ENOTDIR, "there is no store at /x/pspd.db"),
            (EACCES, "permission denied: this user can't enter the folder of /x/pspd.db, or one above it"),
            (ELOOP, "cannot look at /x/pspd.db: Too many levels of symbolic links"),
        ])
    func unseen(number: CInt, reason: String) {
        #expect(StoreError(noFileAt: "/x/pspd.db", because: number).reason == reason)
    }
}
