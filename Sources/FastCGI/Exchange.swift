// One request and its answer through libfcgi, which reads and writes the FastCGI records. With Library.swift the only
// code that touches libfcgi. Called by `Acceptor` (begin, parameters, body) and then by whoever answers (finish).
//
// Who may write to the socket is trusted as nginx is: libfcgi 2.4.2 ends the process (an assert) on a parameter that
// claims more than 2 GiB, and writes past its buffer on a FCGI_GET_VALUES record with many names. nginx makes the
// records itself, so its clients can send neither; other programs are kept out by the socket's mode (design, libfcgi).

import CFastCGI
import Glibc

/// A pooled `FCGX_Request`. Every `begin` that returned true is followed by exactly one `finish`.
// @unchecked: the struct behind the pointer has one owner at a time: the accept thread until it calls the handler,
// then the one call of `Responder.send` that wins, then the pool. The handover orders their memory accesses.
struct Exchange: @unchecked Sendable {
    private let request: UnsafeMutablePointer<FCGX_Request>

    init() {
        request = .allocate(capacity: 1)
        FCGX_InitRequest(request, -1, 0)
    }

    func deallocate() {
        request.deallocate()
    }

    /// Hands an accepted connection to libfcgi and reads the request's parameters.
    ///
    /// The connection is accepted before, and given to `FCGX_Accept_r` as if it had been kept open from an earlier
    /// request. Its own accept would read the parameters without any time limit, leave the descriptor open in child
    /// processes, and wait two seconds on a silent client. With the listening socket set to -1 it never accepts.
    ///
    /// - Returns: false when no complete FastCGI request came; the connection is closed then.
    func begin(on connection: CInt) -> Bool {
        FCGX_InitRequest(request, -1, 0)
        request.pointee.ipcFd = connection
        // FCGX_Accept_r first finishes what the struct holds; this keeps it from closing the connection.
        request.pointee.keepConnection = 1
        // A connection that turns out bad is closed at once, without libfcgi's two-second wait for its end.
        FCGX_Detach(request)
        guard FCGX_Accept_r(request) == 0 else { return false }
        // It takes parameters that broke off between two pairs for all of them; the stream's error tells.
        guard FCGX_GetError(request.pointee.in) == 0 else {
            FCGX_Free(request, 1)
            return false
        }
        return true
    }

    /// Copies the parameters out; nil when there are more than `bytesMax` bytes of them.
    func parameters(bytesMax: Int) -> Parameters? {
        // The first entry is FCGI_ROLE, which libfcgi adds.
        guard let sent = request.pointee.envp?.advanced(by: 1) else { return Parameters([]) }
        var bytes = 0
        var next = sent
        while let entry = next.pointee {
            bytes += strlen(entry) + 1
            guard bytes <= bytesMax else { return nil }
            next += 1
        }
        let block = [UInt8](unsafeUninitializedCapacity: bytes) { block, count in
            block.withMemoryRebound(to: CChar.self) { block in
                guard var end = block.baseAddress else { return }
                var next = sent
                while let entry = next.pointee {
                    end = stpcpy(end, entry) + 1
                    next += 1
                }
            }
            count = bytes
        }
        return Parameters(block: block)
    }

    /// Reads the body that `contentLength` announces.
    func body(contentLength: String?, limits: Limits) -> Request.Body {
        guard let announced = Request.announcedBytes(contentLength) else { return .truncated }
        guard announced <= limits.bodyBytesMax else { return .tooLarge }
        guard let input = request.pointee.in else { return .truncated }
        let end = ContinuousClock.now + .seconds(limits.receiveSeconds)
        let bytes = [UInt8](unsafeUninitializedCapacity: announced) { buffer, count in
            buffer.withMemoryRebound(to: CChar.self) { buffer in
                guard let start = buffer.baseAddress else { return }
                while count < announced, ContinuousClock.now < end {
                    // Not more than is buffered, or one byte, which fills the buffer: so the clock is looked at
                    // between the reads, and a client that drips bytes can't hold the thread for ever.
                    let buffered = input.pointee.stop - input.pointee.rdNext
                    let wanted = CInt(min(max(1, buffered), announced - count))
                    let got = FCGX_GetStr(start + count, wanted, input)
                    count += Int(got)
                    guard got == wanted else { return }
                }
            }
        }
        // Reads the end mark too; one byte more is a body that CONTENT_LENGTH does not describe.
        guard bytes.count == announced, FCGX_GetChar(input) < 0 else { return .truncated }
        return .complete(bytes)
    }

    /// Writes the answer, closes the connection and frees what libfcgi holds. Returns whether all was written.
    func finish(_ response: Response) -> Bool {
        var isFlushed = put(response.head()) && put(response.body)
        if isFlushed {
            // stderr first: with nothing in it, everything then goes out in one write.
            _ = FCGX_FClose(request.pointee.err)
            isFlushed = FCGX_FClose(request.pointee.out) == 0
        }
        // FCGX_Finish_r would write once more after a failed write, and would keep the connection open where nginx asks
        // for it (fastcgi_keep_conn), which pins a thread. So it is taken apart: the streams above, the rest here.
        // What nginx still sends has to be taken in before the close, unless its end was seen or it has gone.
        if isFlushed, FCGX_HasSeenEOF(request.pointee.in) == 0 {
            FCGX_Attach(request)
        } else {
            FCGX_Detach(request)
        }
        FCGX_Free(request, 1)
        return isFlushed
    }

    private func put(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return true }
            return FCGX_PutStr(start.assumingMemoryBound(to: CChar.self), CInt(bytes.count), request.pointee.out) >= 0
        }
    }
}
