// The file itself: made, found again, replaced.

import Foundation
import Glibc
import Testing

@testable import Metrics

@Suite("The file of metrics") struct MetricsFileTests {
    @Test("It is open to its owner and group alone, whatever the umask")
    func mode() throws {
        let store = try TemporaryStore()
        _ = try Metrics(store: store.path)
        var status = stat()
        #expect(stat(store.file, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o660)
    }

    @Test("Numbers outlive the process that counted them")
    func reopening() throws {
        let store = try TemporaryStore()
        try Metrics(store: store.path).count(.idempotencyMismatch, 3)
        try Metrics(store: store.path).set(.digestIssuedSecondsAgo, -2)
        let metrics = try #require(try Metrics.reading(store: store.path))
        #expect(metrics.value(.idempotencyMismatch) == 3)
        #expect(metrics.value(.digestIssuedSecondsAgo) == -2)
    }

    enum Damage: CaseIterable {
        case otherLayout, otherMagic, tooShort, empty
    }

    @Test("A file of another layout, a damaged or a short one is replaced", arguments: Damage.allCases)
    func replacing(_ damage: Damage) throws {
        let store = try TemporaryStore()
        let old = try Metrics(store: store.path)
        old.count(.storeJob, 7)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: store.file))
        switch damage {
        case .otherLayout:
            try file.seek(toOffset: 8)
            try file.write(contentsOf: Data([1]))
        case .otherMagic: try file.write(contentsOf: Data([1]))
        case .tooShort: try file.truncate(atOffset: 8_192)
        case .empty: try file.truncate(atOffset: 0)
        }
        #expect(throws: MetricsFileError.self) { try Metrics.reading(store: store.path) }
        let new = try Metrics(store: store.path)
        #expect(new.value(.storeJob) == 0)
        new.count(.storeJob)
        #expect(try Metrics(store: store.path).value(.storeJob) == 1)
        #expect(try store.names == ["pspd.db.metrics"])
    }

    @Test("A process of the old version goes on counting in its own file")
    func oldVersion() throws {
        let store = try TemporaryStore()
        let old = try Metrics(store: store.path)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: store.file))
        try file.seek(toOffset: 8)
        try file.write(contentsOf: Data([1]))
        let new = try Metrics(store: store.path)
        old.count(.storeJob, 5)
        #expect(old.value(.storeJob) == 5)
        #expect(new.value(.storeJob) == 0)
    }

    @Test("To look at a store without metrics makes no file")
    func reading() throws {
        let store = try TemporaryStore()
        #expect(try Metrics.reading(store: store.path) == nil)
        #expect(try store.names.isEmpty)
    }

    @Test("A folder that does not exist is an error that names the file")
    func noFolder() throws {
        let error = #expect(throws: MetricsFileError.self) { try Metrics(store: "/nowhere/pspd.db") }
        let description = try #require(error?.description)
        #expect(description.hasPrefix("create /nowhere/pspd.db.metrics.new-\(getpid())-"))
        #expect(description.hasSuffix(": No such file or directory"))
    }
}
