// Binds a child process to its master, so that a killed master leaves no orphan.
// Called by worker and courier first of all, with the process id that the master gave them as `--parent-pid`.

import Glibc

/// The process that started this one.
public enum Parent {
    /// From here on the kernel sends this process SIGTERM when the parent dies. Ends the process at once when the parent
    /// is dead already: it is no longer `expected`, and no signal would come any more.
    ///
    /// The kernel watches the parent's *thread* that spawned (PR_SET_PDEATHSIG in prctl(2)). swift-subprocess spawns
    /// every process from one thread that lives as long as the master.
    public static func dieWithParent(expected: Int32) {
        // It fails only for a number that is no signal.
        precondition(setDeathSignal(SIGTERM), "prctl(PR_SET_PDEATHSIG) failed")
        guard getppid() == expected else { exit(EXIT_SUCCESS) }
    }

    /// What prctl(2) is called with; Glibc's module leaves out the variadic function, and the header's constants.
    private typealias Prctl = @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt

    static let setDeathSignalOption: CInt = 1  // PR_SET_PDEATHSIG of <linux/prctl.h>

    /// False when the system refused.
    static func setDeathSignal(_ signal: CInt) -> Bool {
        // prctl is declared `int prctl(int, ...)`. Calling it with fixed arguments is right where variadic integers are
        // passed just as fixed ones are: in the same registers on x86-64 (System V ABI §3.5.7: the callee looks at AL
        // only to save vector registers) and on arm64 (AAPCS64 §6.4.2; only Apple's variant puts them on the stack).
        // Four arguments after the option, all of register size, are what the kernel's five-argument call takes.
        #if !(arch(x86_64) || arch(arm64))
            #error("check how this architecture passes variadic arguments")
        #endif
        guard let symbol = dlsym(nil, "prctl") else { preconditionFailure("the C library has no prctl") }
        let prctl = unsafeBitCast(symbol, to: Prctl.self)
        return prctl(setDeathSignalOption, CUnsignedLong(signal), 0, 0, 0) == 0
    }
}
