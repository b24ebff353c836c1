// What must happen at the end of the test run, whoever forgot it: programs end, folders go. Stacks that many tests
// share have no other end.

import Foundation
import Glibc
import Synchronization

/// The end of the test process.
package enum RunEnd {
    private struct State {
        var isArmed = false
        var hasFailed = false
        var stacks: [ObjectIdentifier: Stack] = [:]
        var folders: [String] = []
    }

    private static let state = Mutex(State())

    /// A test has failed: logs are kept from now on.
    package static func noteFailure() { state.withLock { $0.hasFailed = true } }

    /// Whether logs are to be kept.
    package static var keepsLogs: Bool { state.withLock { $0.hasFailed } }

    /// Removes a folder at the end.
    static func remove(_ folder: String) {
        arm()
        state.withLock { $0.folders.append(folder) }
    }

    /// Stops a stack at the end, unless it was stopped before.
    static func add(_ stack: Stack) {
        arm()
        state.withLock { $0.stacks[ObjectIdentifier(stack)] = stack }
    }

    static func forget(_ stack: Stack) {
        state.withLock { _ = $0.stacks.removeValue(forKey: ObjectIdentifier(stack)) }
    }

    private static func arm() {
        let wasArmed = state.withLock { state in
            defer { state.isArmed = true }
            return state.isArmed
        }
        guard !wasArmed else { return }
        atexit {
            let (stacks, folders) = RunEnd.state.withLock { ($0.stacks.values, $0.folders) }
            for stack in stacks { stack.stopAtExit() }
            for folder in folders { try? FileManager.default.removeItem(atPath: folder) }
        }
    }
}
