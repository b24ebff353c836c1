// Who calls, as far as the network tells: the address that nginx saw.

import Glibc

/// An address of a caller, as something that many of can be kept. Of IPv6 only the first 64 bits: whoever has one such
/// address has all that begin alike.
struct CallerAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// - Parameter text: as in REMOTE_ADDR. Nil for anything but an address, such as nginx's `unix:`.
    init?(_ text: String) {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: UInt32(bigEndian: v4.s_addr))
            return
        }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        let (first, second) = withUnsafeBytes(of: v6) {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        if first == 0, second >> 32 == Self.mappedPrefix {
            self.init(v4: UInt32(truncatingIfNeeded: second))
        } else {
            // Only ::/64 holds addresses that mean different callers: this machine's own is one of them.
            self.init(high: first, low: first == 0 ? second : 0)
        }
    }

    /// Whether it is one of this machine's own (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
    var isLoopback: Bool {
        high == 0 && (low == 1 || low >> 32 == Self.mappedPrefix && UInt8(truncatingIfNeeded: low >> 24) == 127)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address stands as IPv6 maps it (RFC 4291 §2.5.5.2).
    private init(v4: UInt32) {
        self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(v4))
    }

    private static let mappedPrefix: UInt64 = 0xFFFF
}
