// The pool's log lines.

import Logging

extension Logger {
    /// Writes what an operator should know.
    func record(_ report: PoolMachine.Report) {
        switch report {
        case .started(let child, let pid):
            info("started", metadata: ["child": "\(child.name)", "child-pid": .stringConvertible(pid)])
        case .allReady:
            notice("ready")
        case .replaced:
            notice("reloaded: new processes serve, the old ones finish")
        case .notReplaced(let reason):
            error("not reloaded: the new processes failed, the old ones go on", metadata: ["reason": "\(reason)"])
        case .ended(let child, let pid, let ending, let ranSeconds, let restartInSeconds):
            var metadata: Metadata = ["child": "\(child.name)", "ended": "\(ending)"]
            metadata["child-pid"] = pid.map { .stringConvertible($0) }
            metadata["ran-seconds"] = "\(Self.milliseconds(ranSeconds))"
            guard let restartInSeconds else {
                info("stopped", metadata: metadata)
                return
            }
            metadata["restart-in-seconds"] = "\(Self.milliseconds(restartInSeconds))"
            error("a child ended by itself and will be started again", metadata: metadata)
        case .stopping:
            notice("stopping")
        case .notStoppedInTime(let child, let pid):
            var metadata: Metadata = ["child": "\(child.name)"]
            metadata["child-pid"] = pid.map { .stringConvertible($0) }
            error("did not stop in time and is killed", metadata: metadata)
        }
    }

    /// Seconds rounded to milliseconds.
    private static func milliseconds(_ seconds: Double) -> Double {
        (seconds * 1000).rounded() / 1000
    }
}
