// The notification protocol against a socket of the test's own.

import Foundation
import Logging
import Testing

@testable import pspd

@Suite("Service manager")
struct ServiceManagerTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("Messages reach a socket with a path and one with an abstract name", arguments: ["/tmp/", "@"])
    func names(_ prefix: String) throws {
        let name = "\(prefix)pspd-notify-\(UUID().uuidString)"
        let socket = try NotifySocket(path: name)
        defer { try? FileManager.default.removeItem(atPath: name) }
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": name], logger: quiet))
        manager.tell(.ready("serving"))
        #expect(socket.next() == ["READY=1", "STATUS=serving"])
        manager.tell(.alive)
        #expect(socket.next() == ["WATCHDOG=1"])
    }

    @Test(
        "Without the variable, or with no address in it, nobody is told",
        arguments: [nil, "", "relative", "@" + String(repeating: "n", count: 120)])
    func noManager(_ name: String?) {
        #expect(ServiceManager(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:], logger: quiet) == nil)
    }

    @Test("A socket that nobody holds any more is no trouble")
    func gone() throws {
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "/nonexistent"], logger: quiet))
        manager.tell(.stopping)
    }

    @Test(
        "The watchdog's time is ours unless it is meant for another process",
        arguments: [
            (["WATCHDOG_USEC": "30000000"], 30.0), (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"], nil),
            (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_USEC": "0"], nil), ([:], nil),
        ] as [([String: String], Double?)])
    func watchdog(_ variables: [String: String], _ seconds: Double?) throws {
        let environment = variables.merging(["NOTIFY_SOCKET": "@x"]) { $1 }
        #expect(try #require(ServiceManager(environment: environment, logger: quiet)).watchdogSeconds == seconds)
    }
}
