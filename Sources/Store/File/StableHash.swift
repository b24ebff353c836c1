// A hash that is the same in every process and on every machine, unlike Swift's seeded one.

extension String {
    /// FNV-1a of the text's UTF-8, 64 bits.
    var stableHash: UInt64 {
        utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
