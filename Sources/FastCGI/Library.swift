// libfcgi's global state: initialised once in a process, without leaving its signal handlers behind.

import CFastCGI
import Glibc

extension Server {
    /// Initialises libfcgi and ignores SIGPIPE. `Server.init` does it too; a second call does nothing.
    ///
    /// `FCGX_Init` puts its own handlers on SIGPIPE, SIGUSR1 and SIGTERM where there are none. The one on SIGPIPE makes
    /// every later read and write of the process fail, so one client that went away would end the worker's service.
    /// All three are put back here as they were, so it does not matter when a program installs its own; the safe habit
    /// is still to call this first. Ignored SIGPIPE is inherited by programs started later.
    public static func prepareLibrary() {
        _ = isPrepared
    }

    private static let isPrepared: Bool = {
        let signals = [SIGPIPE, SIGUSR1, SIGTERM]
        let before = signals.map { signal in
            var action = sigaction()
            sigaction(signal, nil, &action)
            return action
        }
        let code = FCGX_Init()
        precondition(code == 0, "FCGX_Init: \(code)")  // only memory can fail it
        for (signal, var action) in zip(signals, before) { sigaction(signal, &action, nil) }
        signal(SIGPIPE, SIG_IGN)
        return true
    }()
}
