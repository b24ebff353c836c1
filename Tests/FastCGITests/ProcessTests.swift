// What belongs to the process as a whole: signals and descriptors. Each test runs in a process of its own.

import Glibc
import Testing

@testable import FastCGI

/// The descriptors of the kinds that a server has. Others come and go with the test library.
private func socketsAndPipes() -> [CInt] {
    (0..<1024).filter { descriptor in
        var status = stat()
        return fstat(descriptor, &status) == 0 && [S_IFSOCK, S_IFIFO].contains(status.st_mode & S_IFMT)
    }
}

private func withListener(_ body: (CInt) throws -> Void) throws {
    let folder = try Folder()
    let listener = try ListeningSocket.unix(path: folder.file("socket"), mode: 0o600, group: nil, backlog: 1)
    defer { closeDescriptor(listener) }
    try body(listener)
}

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

    @Test("Accept threads take no signals from outside, which would break off a read, but do take faults")
    func signalsOfThreads() throws {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let blocked = Log<[CInt]>()
        let seen = try Latch()
        try startThread {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            blocked.append(
                [SIGTERM, SIGUSR2, SIGCHLD, SIGSEGV, SIGILL, SIGTRAP].filter { sigismember(&mask, $0) == 1 })
            seen.open()
        }
        #expect(seen.wait(seconds: 10))
        #expect(blocked.entries == [[SIGTERM, SIGUSR2, SIGCHLD]])
        var after = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &after)
        #expect(sigismember(&after, SIGTERM) == 0)
    }

    @Test("Without free descriptors the server reports once, waits, and serves when there are some again")
    func noDescriptors() async {
        await #expect(processExitsWith: .success) {
            let reported = try Latch()
            var limits = Limits()
            limits.acceptPauseSeconds = 0.01
            let running = try RunningServer(threads: 4, limits: limits, onWarning: reported)
            let client = try Client(running.path, connected: false)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var none = limit
            none.rlim_cur = 3  // standard input, output and error, which are open
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
            try client.connect(running.path)
            client.write(Record.post("/", body: []))
            #expect(reported.wait(seconds: 10))
            poll(nil, 0, 100)  // some ten more tries, of which nothing may be heard
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            #expect(client.answer()?.status == 200)
            #expect(running.warnings.entries == [.acceptFailed(SystemError("accept", EMFILE))])
        }
    }

    @Test("More than FD_SETSIZE requests may wait for their answers at once")
    func manyOpen() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(4_096, limit.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let held = Log<Responder>()
            let holdsAll = try Latch()
            let count = 1_100
            let running = try RunningServer(threads: 4) { _, responder in
                held.append(responder)
                if held.entries.count == count { holdsAll.open() }
            }
            var clients: [Client] = []
            for _ in 0..<count {
                clients.append(try Client(running.path))
                clients.last?.write(Record.post("/", body: [1]))
            }
            #expect(holdsAll.wait(seconds: 30))
            for responder in held.entries { #expect(responder.send(Response(status: 200))) }
            for client in clients { #expect(client.answer()?.status == 200) }
        }
    }

    @Test("No descriptor is left open, however a request ended")
    func descriptorsAreClosed() async {
        await #expect(processExitsWith: .success) {
            let before = socketsAndPipes()
            do {
                let running = try RunningServer(threads: 2)
                try withListener { _ = try Server(listeningOn: $0, threads: 1) }  // never run
                let whenIdle = socketsAndPipes().count
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
                #expect(socketsAndPipes().count <= whenIdle)
            }
            // The threads let go of the server's own descriptors just after `run` has returned.
            let end = ContinuousClock.now + .seconds(10)
            while socketsAndPipes() != before, ContinuousClock.now < end { sched_yield() }
            #expect(socketsAndPipes() == before)
        }
    }

    @Test("No descriptor of a server reaches the programs that the process starts")
    func closeOnExec() async {
        await #expect(processExitsWith: .success) {
            let before = socketsAndPipes().filter { fcntl($0, F_GETFD) == 0 }
            let open = Log<[CInt]>()
            let running = try RunningServer { _, responder in
                open.append(socketsAndPipes().filter { fcntl($0, F_GETFD) == 0 })
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
