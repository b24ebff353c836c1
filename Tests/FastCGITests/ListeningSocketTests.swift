// Listening sockets: made, replaced, refused, taken over.

import Glibc
import Testing

@testable import FastCGI

@Suite struct ListeningSocketTests {
    private let folder: Folder
    private var path: String { folder.file("socket") }

    init() throws { folder = try Folder() }

    private func listen(mode: UInt32 = 0o660, group: String? = nil, backlog: Int = 16) throws -> CInt {
        try ListeningSocket.unix(path: path, mode: mode, group: group, backlog: backlog)
    }

    private func status() -> stat {
        var status = stat()
        lstat(path, &status)
        return status
    }

    @Test("A new socket has exactly its mode, whatever the umask", arguments: [0o600, 0o660, 0o666, 0o777])
    func mode(mode: UInt32) throws {
        let listener = try listen(mode: mode)
        defer { closeDescriptor(listener) }
        #expect(status().st_mode == S_IFSOCK | mode)
        #expect(fcntl(listener, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(listener, F_GETFD) == FD_CLOEXEC)
    }

    @Test("A new socket belongs to its group", .enabled(if: geteuid() == 0))
    func group() throws {
        let listener = try listen(group: "www-data")
        defer { closeDescriptor(listener) }
        #expect(status().st_gid == getgrnam("www-data").pointee.gr_gid)
        #expect(status().st_mode == S_IFSOCK | 0o660)
    }

    @Test("An unknown group is refused, and nothing is left behind")
    func unknownGroup() throws {
        #expect(throws: ListeningSocketError.unknownGroup("no-such-group")) { try listen(group: "no-such-group") }
        #expect(access(path, F_OK) == -1)
    }

    @Test("A stale socket file is replaced")
    func stale() throws {
        closeDescriptor(try listen(mode: 0o600))
        let listener = try listen()
        defer { closeDescriptor(listener) }
        #expect(status().st_mode == S_IFSOCK | 0o660)
        _ = try Client(path)
    }

    @Test("A socket that is being served is refused and left alone", arguments: [0, 16])
    func inUse(backlog: Int) throws {
        let listener = try listen(backlog: backlog)
        defer { closeDescriptor(listener) }
        let waiting = try Client(path)  // with a backlog of 0 it fills it
        let before = status().st_ino
        #expect(throws: ListeningSocketError.inUse(path: path)) { try listen() }
        #expect(status().st_ino == before)
        waiting.close()
    }

    @Test("A file that is not a socket is refused and left alone")
    func notASocket() throws {
        closeDescriptor(open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: ListeningSocketError.notASocket(path: path)) { try listen() }
        #expect(status().st_mode & S_IFMT == S_IFREG)
    }

    @Test("A link is not followed to a file")
    func link() throws {
        symlink("/etc/passwd", path)
        #expect(throws: ListeningSocketError.notASocket(path: path)) { try listen() }
    }

    @Test("A path has 1 to 107 bytes", arguments: [0, 108, 4_000])
    func pathTooLong(bytes: Int) {
        let path = String(repeating: "p", count: bytes)
        #expect(throws: ListeningSocketError.pathTooLong(path: path, bytesMax: 107)) {
            try ListeningSocket.unix(path: path, mode: 0o600, group: nil, backlog: 1)
        }
    }

    @Test("A missing folder is a system error that names its call")
    func missingFolder() {
        #expect(throws: SystemError("open", ENOENT)) {
            try ListeningSocket.unix(path: folder.file("none/socket"), mode: 0o600, group: nil, backlog: 1)
        }
        #expect(SystemError("open", ENOENT).description == "open: No such file or directory (errno 2)")
    }

    @Test("Of many that start at once on a stale socket, one serves", arguments: 0..<50)
    func race(round: Int) throws {
        closeDescriptor(try listen())
        let results = Log<CInt?>()
        let start = try Latch()
        let work = try OpenWork()
        let path = path
        for _ in 0..<8 { work.begin() }
        for _ in 0..<8 {
            try startThread {
                start.wait(seconds: 10)
                results.append(try? ListeningSocket.unix(path: path, mode: 0o600, group: nil, backlog: 16))
                work.end()
            }
        }
        start.open()
        #expect(work.allDone.wait(seconds: 10))
        let listeners = results.entries.compactMap { $0 }
        #expect(listeners.count == 1)
        for listener in listeners { closeDescriptor(listener) }
    }

    @Test("A listening socket is adopted, non-blocking and close-on-exec")
    func adopt() throws {
        let listener = try listen()
        defer { closeDescriptor(listener) }
        _ = fcntl(listener, F_SETFL, 0)
        _ = fcntl(listener, F_SETFD, 0)
        #expect(try ListeningSocket.adopt(listener) == listener)
        #expect(fcntl(listener, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(listener, F_GETFD) == FD_CLOEXEC)
    }

    @Test("What does not listen is not adopted, nor served")
    func notListening() throws {
        let listener = try listen()
        defer { closeDescriptor(listener) }
        let client = try Client(path)
        let file = open("/dev/null", O_RDONLY)
        defer { closeDescriptor(file) }
        for descriptor in [client.descriptor, file, 4_000, -1] {
            #expect(throws: ListeningSocketError.notListening(descriptor: descriptor)) {
                try ListeningSocket.adopt(descriptor)
            }
            #expect(throws: ListeningSocketError.notListening(descriptor: descriptor)) {
                try Server(listeningOn: descriptor, threads: 1)
            }
        }
    }

    @Test(
        "A socket passed by systemd is taken only by the process it was passed to",
        arguments: [
            (0, 1, true), (0, 2, true), (1, 1, false), (nil, 1, false), (0, 0, false), (0, nil, false), (0, -1, false),
        ] as [(Int?, Int?, Bool)])
    func inherited(processOffset: Int?, count: Int?, isTaken: Bool) throws {
        let listener = try listen()
        defer { closeDescriptor(listener) }
        let process = processOffset.map { Int(getpid()) + $0 }
        let taken = ListeningSocket.inherited(listenPID: process, listenFDs: count, first: listener)
        #expect(taken == (isTaken ? listener : nil))
    }

    @Test("Without systemd's variables nothing is inherited")
    func notInherited() { #expect(ListeningSocket.inherited() == nil) }
}
