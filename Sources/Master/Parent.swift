// Binds a child process to its master, so that a killed master leaves no orphan.
// Called by worker and courier first of all, with the process id that the master gave them as `--parent-pid`.

import Dispatch
import Foundation
import Glibc

/// The process that started this one.
public enum Parent {
    /// From here on the kernel sends this process SIGTERM when the parent dies. Ends the process at once when the parent
    /// is dead already: it is no longer `expected`, and no signal would come any more. May be called on any thread.
    ///
    /// Both ends of the kernel's promise are threads (PR_SET_PDEATHSIG in prctl(2)). The one that is watched is the
    /// parent's that spawned: swift-subprocess spawns every process from one thread that lives as long as the master.
    /// The one that must be alive to be told is ours that asked: Swift's tasks run on threads that libdispatch ends
    /// after seconds without work, and its main thread runs tasks only at first, so the asking gets a thread of its own.
    public static func dieWithParent(expected: Int32) {
        let asked = DispatchSemaphore(value: 0)
        let asker = Thread {
            // It fails only for a number that is no signal.
            precondition(Prctl.set(.deathSignal, CUnsignedLong(SIGTERM)) == 0, "prctl(PR_SET_PDEATHSIG) failed")
            _ = threadName.withCString { Prctl.set(.name, CUnsignedLong(UInt(bitPattern: $0))) }
            asked.signal()
            while true { pause() }
        }
        asker.stackSize = threadStackBytes
        asker.start()
        asked.wait()
        guard getppid() == expected else { exit(EXIT_SUCCESS) }
    }

    /// Name of the thread that the kernel tells of the parent's death; at most 15 bytes.
    static let threadName = "parent-death"
    /// The thread only waits.
    private static let threadStackBytes = 65_536
}
