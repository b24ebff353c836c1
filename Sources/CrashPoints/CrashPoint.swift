// Named places at which a process can be made to die, so that tests can prove what a crash there leaves behind. Only in
// debug builds: in a release build a point is an empty function.

#if DEBUG
    import Foundation
    import Glibc
    import Synchronization
#endif

/// A place between two steps of the work.
public enum CrashPoint: String, Sendable, CaseIterable {
    /// Nothing is stored yet.
    case beforeClaim = "before-claim"
    /// The claim is on disk.
    case afterClaim = "after-claim"
    /// The processor is about to be called.
    case beforeProcessor = "before-processor"
    /// The processor has answered; nothing of it is stored.
    case afterProcessor = "after-processor"
    /// The outcome is about to be committed.
    case beforeSettle = "before-settle"
    /// Outcome and event are on disk.
    case afterSettle = "after-settle"
    /// The answer is about to be sent.
    case beforeAnswer = "before-answer"
    /// The answer is out; its event is not released.
    case afterAnswer = "after-answer"
    /// The courier is about to fetch a token.
    case beforeToken = "before-token"
    /// The token is there.
    case beforeSubmit = "before-submit"
    /// Wix has answered; the store does not know.
    case afterSubmit = "after-submit"
    /// The attempt's result is on disk.
    case afterRecord = "after-record"

    /// Kills this process if the environment's `CRASH_POINT=NAME:N` names this point, at the Nth pass.
    @inline(__always)
    public func reach() {
        #if DEBUG
            Self.armed?.pass(self)
        #endif
    }

    #if DEBUG
        private static let armed = Armed(ProcessInfo.processInfo.environment["CRASH_POINT"])

        private final class Armed: Sendable {
            private let point: CrashPoint
            private let passesMax: Int
            private let passes = Atomic(0)

            init?(_ text: String?) {
                let parts = text?.split(separator: ":") ?? []
                guard parts.count == 2, let point = CrashPoint(rawValue: String(parts[0])), let count = Int(parts[1])
                else { return nil }
                self.point = point
                passesMax = count
            }

            func pass(_ reached: CrashPoint) {
                guard reached == point, passes.add(1, ordering: .relaxed).newValue == passesMax else { return }
                kill(getpid(), SIGKILL)
            }
        }
    #endif
}
