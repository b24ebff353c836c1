// `/healthz` and `/readyz`.

import Foundation
import Glibc
import Metrics
import Testing

@testable import Endpoints
@testable import Store

@Suite("Health and readiness", .timeLimit(.minutes(1))) struct ReadinessTests {
    private func reasons(_ response: EndpointResponse) throws -> [String] {
        try #require(try response.object["reasons"] as? [String])
    }

    @Test("A worker that can answer is alive, whatever else is wrong")
    func health() async throws {
        let test = try TestService(minFreeMegabytes: 1_000_000_000)
        let response = await test.get("/healthz")
        #expect(response.status == 200 && response.text == "ok\n")
    }

    @Test(
        "Operators' pages are for this machine alone, whatever the web server lets through",
        arguments: [
            (nil, 200), ("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("unix:", 200),
            ("203.0.113.9", 403), ("10.0.0.1", 403), ("::2", 403), ("2001:db8::1", 403), ("fe80::1", 403),
        ])
    func callers(_ address: String?, _ status: Int) async throws {
        let test = try TestService()
        for page in ["/healthz", "/status", "/metrics"] {
            #expect(await test.get(page, from: address).status == status, "\(page)")
        }
    }

    @Test("With a store that can be written, a courier and room on the disk it is ready")
    func ready() async throws {
        let test = try TestService()
        let turn = try #require(try test.store.takeCourierTurn())
        let response = await test.get("/readyz")
        #expect(response.status == 200)
        #expect(try response.object["ready"] as? Bool == true)
        #expect(try reasons(response) == [])
        turn.end()
    }

    @Test("Without a courier it is not ready")
    func noCourier() async throws {
        let test = try TestService()
        let response = await test.get("/readyz")
        #expect(response.status == 503)
        #expect(try reasons(response) == ["No courier is running: events are not being delivered."])
    }

    @Test("With less room on the disk than has to stay free it is not ready")
    func noRoom() async throws {
        let test = try TestService(minFreeMegabytes: 1_000_000_000)
        let turn = try #require(try test.store.takeCourierTurn())
        let response = await test.get("/readyz")
        #expect(response.status == 503)
        #expect(try reasons(response).count == 1)
        #expect(try reasons(response)[0].hasSuffix("fewer than min-free-megabytes (1000000000)."))
        turn.end()
    }

    @Test("With a disk that does not take a commit in time it is not ready")
    func slowDisk() async throws {
        let test = try TestService()
        let turn = try #require(try test.store.takeCourierTurn())
        // Whoever holds these two writes; all others wait for them.
        let writing = open(test.path + ".lock", O_RDWR | O_CLOEXEC)
        #expect(ByteLock.tryTake(writing, 0) && ByteLock.tryTake(writing, 1))
        let response = await test.get("/readyz")
        close(writing)
        #expect(response.status == 503)
        #expect(try reasons(response) == ["The store can't be written: a commit takes too long."])
        turn.end()
    }

    @Test("A crowd that asks at once costs one commit, which leaves nothing behind")
    func crowd() async throws {
        let test = try TestService()
        let before = test.metrics.value(.storeJob)
        let request = EndpointRequest(
            method: "GET", path: "/readyz", contentType: nil, digests: [], body: .complete([]), requestID: "r")
        await withTaskGroup { group in
            for _ in 0..<50 {
                guard case .work(let work) = test.service.admit(request) else { continue }
                group.addTask { _ = await work() }
            }
        }
        #expect(test.metrics.value(.storeJob) == before + 1)
    }

    @Test("A courier is not mistaken for dead or alive by those who look")
    func lookers() async throws {
        let test = try TestService()
        #expect(try !test.store.isCourierAlive())
        let turn = try #require(try test.store.takeCourierTurn())
        #expect(try test.store.isCourierAlive())
        turn.end()
        #expect(try !test.store.isCourierAlive())
    }
}
