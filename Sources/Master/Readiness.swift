// How a child tells the master that it does its work: a line on its standard output, which is a pipe to the master.

import Glibc

/// A child's word to its master.
public enum Readiness {
    /// Says it. To be called once, by a process that a master has started. Without a reader it does nothing.
    public static func tellMaster() {
        // A master that has just died closes the pipe: the end of this process is on its way already.
        signal(SIGPIPE, SIG_IGN)
        _ = "ready\n".withCString { write(STDOUT_FILENO, $0, strlen($0)) }
    }
}
