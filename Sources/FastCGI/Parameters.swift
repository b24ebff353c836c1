// The CGI parameters of one request, e.g. REQUEST_METHOD or HTTP_DIGEST. A value: it may outlive its request.

import Glibc

/// CGI parameters in the order sent, duplicates kept.
///
/// Kept as one block of bytes, `name=value` and a zero byte each, and searched on demand: a request has some forty
/// parameters, of which a handler reads five.
public struct Parameters: Sendable {
    private let block: [UInt8]

    /// Parameters made by hand. A name holds neither `=` nor a zero byte, a value no zero byte.
    public init(_ pairs: [(name: String, value: String)]) {
        var block: [UInt8] = []
        for (name, value) in pairs {
            precondition(!name.utf8.contains { $0 == 0x3D || $0 == 0 }, "not a parameter's name")
            precondition(!value.utf8.contains(0), "not a parameter's value")
            block += name.utf8
            block.append(0x3D)
            block += value.utf8
            block.append(0)
        }
        self.block = block
    }

    /// Takes over a block in the form said above.
    init(block: [UInt8]) {
        precondition(block.last ?? 0 == 0)
        self.block = block
    }

    /// The first parameter of that name, or nil. Bytes that are not UTF-8 are replaced by U+FFFD.
    public subscript(name: String) -> String? { values(of: name, countMax: 1).first }

    /// Every parameter of that name in the order sent: a header that the client sent twice is here twice.
    public func all(_ name: String) -> [String] { values(of: name, countMax: .max) }

    private func values(of name: String, countMax: Int) -> [String] {
        // `A=B` is the name of none, though `A=B=C` begins with it.
        guard !name.utf8.contains(0x3D) else { return [] }
        var name = name
        return name.withUTF8 { name in
            block.withUnsafeBytes { block in
                var found: [String] = []
                guard var entry = block.baseAddress, let wanted = name.baseAddress else { return found }
                let end = entry + block.count
                while entry < end, found.count < countMax {
                    let length = strlen(entry.assumingMemoryBound(to: CChar.self))
                    if length > name.count, memcmp(entry, wanted, name.count) == 0,
                        entry.load(fromByteOffset: name.count, as: UInt8.self) == 0x3D
                    {
                        let valueStart = name.count + 1
                        let value = UnsafeRawBufferPointer(start: entry + valueStart, count: length - valueStart)
                        found.append(String(decoding: value, as: UTF8.self))
                    }
                    entry += length + 1
                }
                return found
            }
        }
    }
}
