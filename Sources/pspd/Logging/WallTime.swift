// The wall clock.

import Glibc

/// A moment, in milliseconds since 1970 in UTC.
struct WallTime {
    let millisecondsSince1970: Int64

    static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// As RFC 3339 has it: `2026-11-21T09:05:00.042Z`.
    var rfc3339: String {
        var seconds = time_t(millisecondsSince1970 / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func add(_ number: Int, _ digits: Int, then separator: Unicode.Scalar) {
            var divisor = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: separator))
        }
        add(Int(parts.tm_year) + 1900, 4, then: "-")
        add(Int(parts.tm_mon) + 1, 2, then: "-")
        add(Int(parts.tm_mday), 2, then: "T")
        add(Int(parts.tm_hour), 2, then: ":")
        add(Int(parts.tm_min), 2, then: ":")
        add(Int(parts.tm_sec), 2, then: ".")
        add(Int(millisecondsSince1970 % 1000), 3, then: "Z")
        return String(decoding: text, as: UTF8.self)
    }
}

/// Milliseconds since 1970.
@Sendable func wallClock() -> Int64 { WallTime.now().millisecondsSince1970 }
