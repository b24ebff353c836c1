// System calls: the one place that turns their results into Swift. A call interrupted by a signal is made again, -1
// becomes a `SystemError`, and what only a bug in this process can cause (EBADF, EFAULT) traps. Other files of this
// target call the kernel through here, but for calls whose failure changes nothing; libfcgi reads and writes itself.

import Glibc

/// A system call that failed: its name and errno. The description holds no data of a request.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    private let name: StaticString
    /// errno as the call left it.
    public let code: CInt

    init(_ name: StaticString, _ code: CInt) {
        self.name = name
        self.code = code
    }

    /// The call's name, e.g. `accept`.
    public var call: String { name.description }

    /// E.g. `accept: Too many open files (errno 24)`.
    public var description: String {
        var text = [CChar](repeating: 0, count: 128)
        _ = strerror_r(code, &text, text.count)
        let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(call): \(message) (errno \(code))"
    }

    /// Same call, same errno.
    public static func == (left: SystemError, right: SystemError) -> Bool {
        left.code == right.code && left.call == right.call
    }
}

/// Makes a system call: again after EINTR; throws on -1, except EBADF and EFAULT, which trap.
@inline(__always)
@discardableResult
func system<Result: FixedWidthInteger & SignedInteger>(
    _ name: StaticString, _ call: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = call()
        guard result == -1 else { return result }
        let code = errno
        guard code != EINTR else { continue }
        precondition(code != EBADF && code != EFAULT, "\(name): errno \(code) is a bug in this process")
        throw SystemError(name, code)
    }
}

/// Closes a descriptor. Never again after EINTR: on Linux it is closed by then, and its number may be another's.
func closeDescriptor(_ descriptor: CInt) {
    let result = Glibc.close(descriptor)
    precondition(result == 0 || errno != EBADF, "close: descriptor \(descriptor) is not open")
}

/// Bounds every read and every write on a connection: the call fails with EAGAIN after that long without progress.
func setTimeouts(_ descriptor: CInt, receiveSeconds: Int, sendSeconds: Int) throws(SystemError) {
    for (option, seconds) in [(SO_RCVTIMEO, receiveSeconds), (SO_SNDTIMEO, sendSeconds)] {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        try system("setsockopt") { setsockopt(descriptor, SOL_SOCKET, option, &time, size) }
    }
}

/// Takes one waiting connection, close-on-exec and blocking; nil when none waits.
func acceptConnection(on listener: CInt) throws(SystemError) -> CInt? {
    let connection: CInt
    do throws(SystemError) {
        connection = try system("accept") { accept(listener, nil, nil) }
    } catch {
        guard error.code == EAGAIN else { throw error }
        return nil
    }
    setCloseOnExec(connection)
    return connection
}

/// Keeps a descriptor from programs started later. (Swift's Glibc shows neither accept4 nor pipe2, which would set it
/// at once; a worker starts no programs.)
func setCloseOnExec(_ descriptor: CInt) {
    let result = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    precondition(result != -1, "fcntl(F_SETFD): errno \(errno)")
}

/// Sets O_NONBLOCK on the open file that `descriptor` refers to, so for every process that shares it.
func setNonBlocking(_ descriptor: CInt) throws(SystemError) {
    let status = try system("fcntl") { fcntl(descriptor, F_GETFL) }
    try system("fcntl") { fcntl(descriptor, F_SETFL, status | O_NONBLOCK) }
}

/// True for an open descriptor of a stream socket that listens. Asks without a trap: the number comes from outside.
func isListening(_ descriptor: CInt) -> Bool {
    func option(_ name: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
    return option(SO_ACCEPTCONN) == 1 && option(SO_TYPE) == CInt(SOCK_STREAM.rawValue)
}
