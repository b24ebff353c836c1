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
            precondition(prctl(setDeathSignal, CUnsignedLong(SIGTERM)) == 0, "prctl(PR_SET_PDEATHSIG) failed")
            _ = threadName.withCString { prctl(setName, CUnsignedLong(UInt(bitPattern: $0))) }
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

    // From <linux/prctl.h>: Glibc's module leaves out the header, and the variadic function.
    private static let setDeathSignal: CInt = 1
    private static let setName: CInt = 15

    private typealias Prctl = @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt

    /// prctl(2) for the calling thread.
    private static func prctl(_ option: CInt, _ argument: CUnsignedLong) -> CInt {
        // It is declared `int prctl(int, ...)`. Calling it with fixed arguments is right where variadic integers are
        // passed just as fixed ones are: in the same registers on x86-64 (System V ABI §3.5.7: the callee looks at AL
        // only to save vector registers) and on arm64 (AAPCS64 §6.4.2; only Apple's variant puts them on the stack).
        // Four arguments after the option, all of register size, are what the kernel's five-argument call takes.
        #if !(arch(x86_64) || arch(arm64))
            #error("check how this architecture passes variadic arguments")
        #endif
        guard let symbol = dlsym(nil, "prctl") else { preconditionFailure("the C library has no prctl") }
        return unsafeBitCast(symbol, to: Prctl.self)(option, argument, 0, 0, 0)
    }
}
