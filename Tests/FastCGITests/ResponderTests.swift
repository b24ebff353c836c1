// Responders: one answer each, from anywhere.

import Glibc
import Synchronization
import Testing

@testable import FastCGI

@Suite struct ResponderTests {
    @Test("An answer may come from another thread while the only accept thread serves others")
    func otherThread() throws {
        let held = Log<Responder>()
        let holds = try Latch()
        let running = try RunningServer(threads: 1) { request, responder in
            guard request.path == "/slow" else { return _ = responder.send(Response(status: 204)) }
            held.append(responder)
            holds.open()
        }
        let client = try Client(running.path)
        client.write(Record.post("/slow", body: [1]))
        #expect(holds.wait(seconds: 10))
        for _ in 0..<5 { #expect(try running.probe() == 204) }
        #expect(held.entries.first?.send(Response(status: 200, body: Array("late".utf8))) == true)
        #expect(client.answer()?.text == "late")
    }

    @Test("A responder that is dropped answers 500")
    func dropped() throws {
        let running = try RunningServer { _, _ in }
        #expect(try running.probe() == 500)
    }

    @Test("Only the first answer counts")
    func twice() throws {
        let results = Log<Bool>()
        let running = try RunningServer(threads: 1) { _, responder in
            results.append(responder.send(Response(status: 200)))
            results.append(responder.send(Response(status: 500)))
        }
        #expect(try running.probe() == 200)
        #expect(try running.probe() == 200)  // the one thread has left the first handler
        #expect(results.entries.prefix(2) == [true, false])
    }

    @Test("A client that has gone is a false, and the server lives on")
    func clientGone() throws {
        let mayAnswer = try Latch()
        let result = Log<Bool>()
        let entered = try Latch()
        let running = try RunningServer(threads: 1) { request, responder in
            if request.path == "/gone" {
                entered.open()
                mayAnswer.wait(seconds: 10)
            }
            result.append(responder.send(Response(status: 200, body: [1, 2, 3])))
        }
        let client = try Client(running.path)
        client.write(Record.post("/gone", body: [1]))
        #expect(entered.wait(seconds: 10))
        client.close()
        mayAnswer.open()
        #expect(try running.probe() == 200)
        #expect(result.entries.first == false)
    }

    @Test("A client that takes nothing of a large answer is a false after sendSeconds")
    func clientStalls() throws {
        var limits = Limits()
        limits.sendSeconds = 1
        let result = Log<Bool>()
        let answered = try Latch()
        let running = try RunningServer(threads: 1, limits: limits) { _, responder in
            result.append(responder.send(Response(status: 200, body: [UInt8](repeating: 7, count: 5_000_000))))
            answered.open()
        }
        let client = try Client(running.path)
        client.write(Record.post("/", body: []))
        #expect(answered.wait(seconds: 8))
        #expect(result.entries == [false])
    }

    @Test("Many at once: every client gets its own answer")
    func many() throws {
        let (clients, requests) = (16, 40)
        let running = try RunningServer(threads: 8) { request, responder in
            guard case .complete(let body) = request.body else { return }
            if body.first?.isMultiple(of: 2) == true {
                try? startThread { responder.send(Response(status: 200, body: body)) }
            } else {
                responder.send(Response(status: 200, body: body))
            }
        }
        let wrong = Log<String>()
        let work = try OpenWork()
        for _ in 0..<clients { work.begin() }
        let path = running.path
        for client in 0..<clients {
            try startThread {
                for number in 0..<requests {
                    let body = [UInt8(client), UInt8(number)] + [UInt8](repeating: UInt8(number), count: number * 100)
                    let answer = try? Client.exchange(path, Record.post("/", body: body))
                    if answer?.body != body { wrong.append("\(client) \(number)") }
                }
                work.end()
            }
        }
        #expect(work.allDone.wait(seconds: 60))
        #expect(wrong.entries == [])
        #expect(running.warnings.entries == [])
    }

    @Test("No more threads are at work than allowed, and connections without a request take no one's place")
    func workingThreads() throws {
        let (silent, clients, requests, most) = (4, 6, 30, 2)
        var limits = Limits()
        limits.workingThreadsMax = most
        limits.receiveSeconds = 600  // no silent one is given up before the test's end
        let working = Atomic<Int>(0)
        let atOnce = Log<Int>()
        let running = try RunningServer(threads: 8, limits: limits) { _, responder in
            atOnce.append(working.add(1, ordering: .relaxed).newValue)
            usleep(500)
            working.subtract(1, ordering: .relaxed)
            responder.send(Response(status: 204))
        }
        let waiting = try (0..<silent).map { _ in try Client(running.path) }
        let answers = Log<Int?>()
        let work = try OpenWork()
        for _ in 0..<clients { work.begin() }
        let path = running.path
        for _ in 0..<clients {
            try startThread {
                for _ in 0..<requests {
                    answers.append((try? Client.exchange(path, Record.post("/", body: [1])))?.status)
                }
                work.end()
            }
        }
        #expect(work.allDone.wait(seconds: 60))
        #expect(answers.entries == Array(repeating: 204, count: clients * requests))
        #expect(atOnce.entries.max() == most)
        for client in waiting { client.close() }
    }
}
