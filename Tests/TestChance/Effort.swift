// How long the tests with chance in them run: short by default, long with TESTS_LONG=1. TESTS_SEED repeats a run.

import Foundation

package enum Effort {
    /// Whether `deploy/test --long` runs.
    package static let isLong = ProcessInfo.processInfo.environment["TESTS_LONG"] == "1"

    /// How many rounds a test plays.
    package static func rounds(short: Int, long: Int) -> Int { isLong ? long : short }

    /// Printed, so that a failure can be repeated.
    package static func seed(_ test: String) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["TESTS_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 1...999_999_999)
        print("\(test): TESTS_SEED=\(seed)")
        return seed
    }
}
