// Where the listening socket comes from: made here, passed by systemd, or passed by a master as standard input.
// All are close-on-exec: a child process gets the socket only by being given it on purpose (a duplicate onto
// descriptor 0 is without the flag). All are non-blocking, at the latest when a `Server` is made with them.

import Glibc

/// Why there is no listening socket. A failed call is thrown as `SystemError`.
public enum ListeningSocketError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path has more bytes than a socket's address holds.
    case pathTooLong(path: String, bytesMax: Int)
    /// Something other than a socket is at the path; it was left alone.
    case notASocket(path: String)
    /// Another process serves this socket; it was left alone.
    case inUse(path: String)
    /// No such group.
    case unknownGroup(String)
    /// The descriptor is closed, or not a listening stream socket.
    case notListening(descriptor: CInt)

    /// One line for an operator.
    public var description: String {
        switch self {
        case .pathTooLong(let path, let bytesMax): "\(path): longer than \(bytesMax) bytes, the most a socket can have"
        case .notASocket(let path): "\(path): exists and is not a socket"
        case .inUse(let path): "\(path): another process is serving this socket"
        case .unknownGroup(let name): "no group is called \(name)"
        case .notListening(let descriptor): "descriptor \(descriptor) is not a listening socket"
        }
    }
}

/// Makes or takes over listening sockets.
public enum ListeningSocket {
    /// Makes a unix socket that listens at `path`. A socket file that nobody answers on is replaced.
    ///
    /// It has its mode and group before anyone can connect. Two processes that start at once are kept apart by a lock
    /// on the folder: one serves, the other gets `inUse`.
    ///
    /// - Parameters:
    ///   - mode: permission bits, e.g. 0o660. Set on the socket itself, not through the umask, which other threads see.
    ///   - group: the group that may connect, e.g. `www-data`; nil leaves the process's own.
    ///   - backlog: connections that may wait to be accepted; the kernel caps it at net.core.somaxconn.
    /// - Throws: `ListeningSocketError`, `SystemError`.
    public static func unix(path: String, mode: UInt32, group: String?, backlog: Int) throws -> CInt {
        let address = try SocketAddress(path: path)
        let groupID = try group.map(identifier(ofGroup:))
        let folder = try system("open") { open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { closeDescriptor(folder) }
        try system("flock") { flock(folder, LOCK_EX) }
        try removeStale(address)

        let descriptor = try makeSocket()
        do {
            // Before bind, so that the file never has more than these bits; after it, because the umask takes some.
            try system("fchmod") { fchmod(descriptor, mode) }
            try address.withPointer { pointer, size in
                try system("bind") { bind(descriptor, pointer, size) }
            }
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
        do {
            try system("chmod") { chmod(path, mode) }
            if let groupID { try system("lchown") { lchown(path, uid_t.max, groupID) } }
            // Until here every connect is refused.
            try system("listen") { listen(descriptor, CInt(clamping: backlog)) }
        } catch {
            closeDescriptor(descriptor)
            unlink(path)
            throw error
        }
        return descriptor
    }

    /// The first socket passed by systemd (LISTEN_PID, LISTEN_FDS; descriptor 3), or nil when none was passed to this
    /// process. All passed descriptors are made close-on-exec. The mode and group are systemd's. One that does not
    /// listen is returned too, so that `adopt` or `Server.init` says what is wrong with it.
    public static func inherited() -> CInt? {
        func variable(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
        return inherited(listenPID: variable("LISTEN_PID"), listenFDs: variable("LISTEN_FDS"), first: 3)
    }

    static func inherited(listenPID: Int?, listenFDs: Int?, first: CInt) -> CInt? {
        guard listenPID == Int(getpid()), let count = listenFDs, (1...1024).contains(count) else { return nil }
        for descriptor in first..<(first + CInt(count)) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        return first
    }

    /// Takes over a listening socket that the process was started with: non-blocking, close-on-exec. By default
    /// descriptor 0, where FastCGI programs find it.
    ///
    /// - Returns: `descriptor`.
    /// - Throws: `ListeningSocketError.notListening`, `SystemError`.
    @discardableResult
    public static func adopt(_ descriptor: CInt = 0) throws -> CInt {
        guard isListening(descriptor) else { throw ListeningSocketError.notListening(descriptor: descriptor) }
        try setNonBlocking(descriptor)
        setCloseOnExec(descriptor)
        return descriptor
    }

    private static func makeSocket() throws(SystemError) -> CInt {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        return try system("socket") { socket(AF_UNIX, CInt(type), 0) }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Removes the socket file of a process that has gone.
    private static func removeStale(_ address: SocketAddress) throws {
        let path = address.path
        var status = stat()
        do throws(SystemError) {
            try system("lstat") { lstat(path, &status) }
        } catch {
            guard error.code == ENOENT else { throw error }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw ListeningSocketError.notASocket(path: path) }
        let probe = try makeSocket()
        defer { closeDescriptor(probe) }
        do {
            try address.withPointer { pointer, size in
                try system("connect") { connect(probe, pointer, size) }
            }
            throw ListeningSocketError.inUse(path: path)
        } catch let error as SystemError where error.code == EAGAIN {
            throw ListeningSocketError.inUse(path: path)  // its backlog is full
        } catch let error as SystemError where error.code == ECONNREFUSED {
            try system("unlink") { unlink(path) }
        }
    }

    /// Refuses a group that `unix` would refuse.
    ///
    /// - Throws: `ListeningSocketError.unknownGroup`, `SystemError`.
    public static func check(group: String) throws { _ = try identifier(ofGroup: group) }

    private static func identifier(ofGroup name: String) throws -> gid_t {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var text = [CChar](repeating: 0, count: 65_536)
        let code = getgrnam_r(name, &entry, &text, text.count, &found)
        guard code == 0 else { throw SystemError("getgrnam_r", code) }
        guard let found else { throw ListeningSocketError.unknownGroup(name) }
        return found.pointee.gr_gid
    }
}
