// The end of a server: prompt when idle, patient when busy, bounded in any case.

import Testing

@testable import FastCGI

@Suite struct StopTests {
    @Test("An idle server ends at once", arguments: [1, 16])
    func idle(threads: Int) throws {
        let running = try RunningServer(threads: threads)
        #expect(try running.probe() == 200)
        running.server.stop()
        #expect(running.ended.wait(seconds: 0.5))
    }

    @Test("A server stopped before it runs ends at once")
    func beforeRun() throws {
        let folder = try Folder()
        let listener = try ListeningSocket.unix(path: folder.file("socket"), mode: 0o600, group: nil, backlog: 1)
        defer { closeDescriptor(listener) }
        let server = try Server(listeningOn: listener, threads: 4)
        server.stop()
        server.stop()
        server.run(graceSeconds: 60) { _, _ in }
    }

    @Test("A busy server answers its open requests first")
    func busy() throws {
        let held = Log<Responder>()
        let holds = try Latch()
        let running = try RunningServer(threads: 2) { _, responder in
            held.append(responder)
            if held.entries.count == 2 { holds.open() }
        }
        let clients = [try Client(running.path), try Client(running.path)]
        for client in clients { client.write(Record.post("/", body: [])) }
        #expect(holds.wait(seconds: 10))
        running.server.stop()
        #expect(!running.ended.wait(seconds: 0.2))
        for responder in held.entries { #expect(responder.send(Response(status: 200))) }
        #expect(running.ended.wait(seconds: 0.5))
        for client in clients { #expect(client.answer()?.status == 200) }
    }

    @Test("A handler that is still running is waited for")
    func inHandler() throws {
        let entered = try Latch()
        let mayLeave = try Latch()
        let running = try RunningServer(threads: 1) { _, responder in
            responder.send(Response(status: 200))
            entered.open()
            mayLeave.wait(seconds: 10)
        }
        #expect(try running.probe() == 200)
        #expect(entered.wait(seconds: 10))
        running.server.stop()
        #expect(!running.ended.wait(seconds: 0.2))
        mayLeave.open()
        #expect(running.ended.wait(seconds: 0.5))
    }

    @Test("graceSeconds bounds the wait, and an answer after that still works")
    func grace() throws {
        let held = Log<Responder>()
        let holds = try Latch()
        let running = try RunningServer(threads: 1, graceSeconds: 0.1) { _, responder in
            held.append(responder)
            holds.open()
        }
        let client = try Client(running.path)
        client.write(Record.post("/", body: []))
        #expect(holds.wait(seconds: 10))
        running.server.stop()
        #expect(running.ended.wait(seconds: 1))
        #expect(held.entries.first?.send(Response(status: 200)) == true)
        #expect(client.answer()?.status == 200)
    }

    @Test("Two servers on one socket both serve, and one goes on alone")
    func twoServers() throws {
        let folder = try Folder()
        let path = folder.file("socket")
        let listener = try ListeningSocket.unix(path: path, mode: 0o600, group: nil, backlog: 16)
        defer { closeDescriptor(listener) }
        let servers = [try Server(listeningOn: listener, threads: 1), try Server(listeningOn: listener, threads: 1)]
        let busy = [try Latch(), try Latch()]
        let mayAnswer = try Latch()
        let ended = [try Latch(), try Latch()]
        for index in 0..<2 {
            try startThread {
                servers[index].run(graceSeconds: 10) { _, responder in
                    busy[index].open()
                    mayAnswer.wait(seconds: 10)
                    responder.send(Response(status: 200, body: [UInt8(index)]))
                }
                ended[index].open()
            }
        }
        // Each has one thread, which stays in its handler: the second request can only go to the other server.
        let clients = [try Client(path), try Client(path)]
        for client in clients { client.write(Record.post("/", body: [])) }
        for latch in busy { #expect(latch.wait(seconds: 10)) }
        mayAnswer.open()
        #expect(Set(clients.map { $0.answer()?.body ?? [] }) == [[0], [1]])

        servers[0].stop()
        #expect(ended[0].wait(seconds: 1))
        for _ in 0..<5 { #expect(try Client.exchange(path, Record.post("/", body: []))?.body == [1]) }
        servers[1].stop()
        #expect(ended[1].wait(seconds: 1))
    }
}
