// The sandbox acquirer's book: one JSON line per real effect, appended and never changed. Written by the sandbox, read
// by look-ups after a crash and by tests that count effects (design, Sandbox).

import Foundation
import Glibc

/// One thing that really happened to money.
public struct SandboxEffect: Sendable, Hashable, Codable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Money was taken.
        case payment
        /// Money was reserved.
        case authorization
        /// Reserved money was taken.
        case capture
        /// A reservation was given up.
        case void
        /// Money went back.
        case refund
        /// An id will never be charged.
        case cancel
    }

    /// What happened.
    public var kind: Kind
    /// The plugin id it happened to: the payment's or the refund's.
    public var id: String
    /// Minor units.
    public var amount: Int64
    /// ISO 4217.
    public var currency: String
    /// RFC 3339.
    public var time: String
}

/// The file. Several processes append; each line is one `write`, which `O_APPEND` keeps whole.
struct EffectsFile: Sendable {
    /// The file is read to its end at most up to this many bytes; a sandbox that grew beyond it is cut by its operator.
    static let readBytesMax = 512 * 1024 * 1024

    let path: String

    /// Appends an effect; throws when it could not be written whole.
    func append(_ effect: SandboxEffect) throws(OutcomeUnknown) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(effect) else { throw OutcomeUnknown("an effect did not encode") }
        line.append(0x0A)
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o660)
        guard descriptor >= 0 else { throw OutcomeUnknown("cannot open the effects file, errno \(errno)") }
        defer { Glibc.close(descriptor) }
        let written = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written == line.count else { throw OutcomeUnknown("cannot write the effects file, errno \(errno)") }
    }

    /// Appends `effect` unless the id's past, which `refuses` is shown, forbids it. Returns that past when it does.
    /// No other process decides on any id meanwhile: of an approval and a cancel at the same moment one wins.
    func append(
        _ effect: SandboxEffect, unless refuses: ([SandboxEffect]) -> Bool
    ) throws(OutcomeUnknown) -> [SandboxEffect]? {
        let lock = Glibc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o660)
        guard lock >= 0 else { throw OutcomeUnknown("cannot open the effects file, errno \(errno)") }
        defer { Glibc.close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw OutcomeUnknown("cannot lock the effects file, errno \(errno)") }
        }
        let past = try effects(of: effect.id)
        if refuses(past) { return past }
        try append(effect)
        return nil
    }

    /// The effects on an id, oldest first.
    func effects(of id: String) throws(OutcomeUnknown) -> [SandboxEffect] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe),
            data.count <= Self.readBytesMax
        else { throw OutcomeUnknown("cannot read the effects file") }
        let needle = Data("\"\(id)\"".utf8)
        var effects: [SandboxEffect] = []
        var from = data.startIndex
        while let hit = data.range(of: needle, in: from..<data.endIndex) {
            let start = data[..<hit.lowerBound].lastIndex(of: 0x0A).map { $0 + 1 } ?? data.startIndex
            let end = data[hit.upperBound...].firstIndex(of: 0x0A) ?? data.endIndex
            // A line that does not decode is the torn tail of a writer that died.
            if let effect = try? JSONDecoder().decode(SandboxEffect.self, from: data[start..<end]), effect.id == id {
                effects.append(effect)
            }
            from = end
        }
        return effects
    }
}
