// prctl(2), which Glibc's module leaves out: its header, and the variadic function.

import Glibc

/// Settings of the calling thread or its process.
enum Prctl {
    /// Numbers from <linux/prctl.h>.
    enum Option: CInt {
        case deathSignal = 1
        case dumpable = 4
        case name = 15
    }

    private typealias Function =
        @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt

    /// 0, or -1 with errno.
    static func set(_ option: Option, _ argument: CUnsignedLong) -> CInt {
        // It is declared `int prctl(int, ...)`. Calling it with fixed arguments is right where variadic integers are
        // passed just as fixed ones are: in the same registers on x86-64 (System V ABI §3.5.7: the callee looks at AL
        // only to save vector registers) and on arm64 (AAPCS64 §6.4.2; only Apple's variant puts them on the stack).
        // Four arguments after the option, all of register size, are what the kernel's five-argument call takes.
        #if !(arch(x86_64) || arch(arm64))
            #error("check how this architecture passes variadic arguments")
        #endif
        guard let symbol = dlsym(nil, "prctl") else { preconditionFailure("the C library has no prctl") }
        return unsafeBitCast(symbol, to: Function.self)(option.rawValue, argument, 0, 0, 0)
    }
}
