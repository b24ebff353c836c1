// How many files a process may have open: calls that wait for a gateway hold a connection each.

import Glibc

enum OpenFiles {
    /// Raises the soft limit, often 1024, to the hard one, which is the administrator's. A refusal is no trouble: what
    /// does not fit is refused call by call.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
