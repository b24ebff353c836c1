// The courier's turn and the checkpoints that come with it (design, The store).

internal import GRDB
internal import Glibc

/// Held by the one courier that works on a store; the kernel drops it when its process dies, `end` before that.
public final class CourierTurn: Sendable {
    private let file: LockFile

    init(file: consuming LockFile) { self.file = file }

    /// Lets the next courier work.
    public func end() { flock(file.descriptor, LOCK_UN) }
}

extension Store {
    /// Takes the courier's turn; nil while another one works.
    public func takeCourierTurn() throws(StoreError) -> CourierTurn? {
        let file = try LockFile(path: path + ".courier-lock")
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return nil
            default: throw StoreError(.failed, "cannot lock the courier's file, errno \(errno)")
            }
        }
        return CourierTurn(file: file)
    }

    /// Brings the WAL's pages back into the file. SQLite's automatic checkpoints hide their errors, so they are off;
    /// an error here counts as a failed sync.
    public func checkpoint() async throws(StoreError) {
        try await checkpointWAL()
    }
}
