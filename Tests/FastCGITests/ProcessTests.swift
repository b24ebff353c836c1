// What belongs to the process as a whole: signals and descriptors. Each test runs in a process of its own.

import Glibc
import Testing

@testable import FastCGI

@Suite struct ProcessTests {
    @Test("libfcgi's signal handlers are not left behind, and SIGPIPE is ignored")
    func signals() async {
        await #expect(processExitsWith: .success) {
            func handler(_ signal: CInt) -> UInt {
                var action = sigaction()
                sigaction(signal, nil, &action)
                return unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
            }
            signal(SIGUSR1) { _ in }
            let own = handler(SIGUSR1)
            Server.prepareLibrary()
            #expect(handler(SIGTERM) == 0)
            #expect(handler(SIGUSR1) == own && own > 1)
            #expect(handler(SIGPIPE) == 1)
        }
    }

    @Test("Signals that the program handles do not break a request that is being read")
    func signalsWhileReading() async {
        await #expect(processExitsWith: .success) {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in }
            sigaction(SIGUSR2, &action, nil)  // without SA_RESTART
            let running = try RunningServer(threads: 2)
            let client = try Client(running.path)
            for byte in Record.post("/", body: [1, 2, 3]) {
                kill(getpid(), SIGUSR2)
                client.write([byte])
            }
            #expect(client.answer()?.status == 200)
        }
    }

    @Test("Without free descriptors the server reports once, waits, and serves when there are some again")
    func noDescriptors() async {
        await #expect(processExitsWith: .success) {
            let reported = try Latch()
            var limits = Limits()
            limits.acceptPauseSeconds = 0.01
            let running = try RunningServer(threads: 4, limits: limits, onTrouble: reported)
            let client = try Client(running.path, connected: false)
            let lowestFree = dup(client.descriptor)
            closeDescriptor(lowestFree)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var none = limit
            none.rlim_cur = rlim_t(lowestFree)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
            try client.connect(running.path)
            client.write(Record.post("/", body: []))
            #expect(reported.wait(seconds: 10))
            let pause = try? Latch()
            #expect(pause == nil)  // nothing can be opened; and meanwhile the server tries again, without a word
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            #expect(client.answer()?.status == 200)
            #expect(running.troubles.entries == [.acceptFailed(SystemError("accept", EMFILE))])
        }
    }

    @Test("No descriptor is left open, however a request ended")
    func descriptorsAreClosed() async {
        await #expect(processExitsWith: .success) {
            func openDescriptors() -> [CInt] { (0..<1024).filter { fcntl($0, F_GETFD) != -1 } }
            let before = openDescriptors()
            do {
                let running = try RunningServer(threads: 2)
                let whenIdle = openDescriptors().count
                for round in 0..<20 {
                    for (_, bytes) in BrokenClientTests.garbage {
                        let client = try Client(running.path)
                        client.write(bytes)
                    }
                    let gone = try Client(running.path)
                    gone.write(Record.post("/", body: [1]))
                    gone.close()
                    _ = try Client.exchange(running.path, Record.post("/", body: [UInt8](repeating: 1, count: 300_000)))
                    #expect(try running.probe() == 200, "round \(round)")
                }
                running.server.stop()
                #expect(running.ended.wait(seconds: 10))
                #expect(openDescriptors().count <= whenIdle)
            }
            // The threads let go of the server's own descriptors just after `run` has returned.
            let end = ContinuousClock.now + .seconds(10)
            while openDescriptors() != before, ContinuousClock.now < end { sched_yield() }
            if openDescriptors() != before { for d in Set(openDescriptors()).symmetricDifference(before) { var b=[CChar](repeating:0,count:200); readlink("/proc/self/fd/\(d)", &b, 199); let t = "DIFF \(d) \(String(cString: b)) before=\(before)\n"; let f = open("/tmp/fastcgi/diff", O_WRONLY|O_CREAT|O_APPEND, 0o600); _ = t.withCString { write(f, $0, strlen($0)) }; close(f) } }
            #expect(openDescriptors() == before)
        }
    }

    @Test("No descriptor of a server reaches the programs that the process starts")
    func closeOnExec() async {
        await #expect(processExitsWith: .success) {
            let before = (0..<1024).filter { fcntl($0, F_GETFD) == 0 }
            let open = Log<[CInt]>()
            let running = try RunningServer { _, responder in
                open.append((0..<1024).filter { fcntl($0, F_GETFD) == 0 })
                responder.send(Response(status: 200))
            }
            let client = try Client(running.path)
            setCloseOnExec(client.descriptor)
            client.write(Record.post("/", body: []))
            #expect(client.answer()?.status == 200)
            #expect(open.entries == [before])
        }
    }
}
