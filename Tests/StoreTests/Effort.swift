// How long the tests with chance in them run: short by default, long with PSPD_LONG=1. PSPD_SEED repeats a run.

import Foundation

enum Effort {
    static let isLong = ProcessInfo.processInfo.environment["PSPD_LONG"] == "1"

    static func rounds(short: Int, long: Int) -> Int { isLong ? long : short }

    /// Printed, so that a failure can be repeated.
    static func seed(_ test: String) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["PSPD_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 1...999_999_999)
        print("\(test): PSPD_SEED=\(seed)")
        return seed
    }
}
