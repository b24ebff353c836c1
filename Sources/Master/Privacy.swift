// Keeps what a process has in memory, card numbers and secrets, to itself. Called by master, workers and courier first
// of all: an exec takes it back, so that every one has to ask for itself.

import Glibc

/// The process's memory.
public enum Privacy {
    /// What a fault in the program raises, and what Swift's runtime catches in order to describe it.
    private static let faults = [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

    /// From here on no crash of this process leaves a core file or is handed to a crash reporter, and no process of the
    /// same user can attach to it or read its memory (PR_SET_DUMPABLE in prctl(2), ptrace(2)).
    public static func protectMemory() {
        // Where Swift's backtracer is installed, the runtime writes registers and the memory that they point to, a card
        // number perhaps, to standard error; that is the log. A fault ends the process at once instead. What a
        // precondition says is written all the same.
        for fault in faults { signal(fault, SIG_DFL) }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        // Lowering a limit is always allowed; the other fails only for a number that is not known.
        precondition(setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0, "setrlimit(RLIMIT_CORE) failed")
        precondition(Prctl.set(.dumpable, 0) == 0, "prctl(PR_SET_DUMPABLE) failed")
    }
}
