// One record as bytes: fixed fields first, then the metadata by name, cut so that the whole fits a limit.
// No I/O.

import Logging

/// A record of the log.
struct LogLine {
    /// Longest line with its newline, in bytes: below PIPE_BUF (4096), up to which a write to a pipe is never mixed with
    /// another's, by the level that `Journal` may put before it.
    static let lineBytesMax = 4093
    /// Longest text of one member, in bytes as they stand in the line.
    static let valueBytesMax = 1024
    /// Deepest nesting of metadata that is shown.
    static let depthMax = 4

    /// What is the same for every record of one logger.
    struct Origin {
        let label: String
        let role: String
        let pid: Int32
    }

    let time: WallTime
    let level: Logger.Level
    let message: String
    let origin: Origin
    let metadata: Logger.Metadata

    /// Names that a record has of its own; metadata of the same name is left out.
    private static let reserved: Set<String> = ["time", "level", "message", "label", "role", "pid", "cut"]

    /// `{"time":…,"level":…,"message":…,"label":…,"role":…,"pid":…,…}` and a newline. Members that don't fit are left
    /// out, which `"cut":true` tells.
    func json() -> [UInt8] {
        let cut = #","cut":true}"#
        var line = JSONText()
        line.open("{")
        line.member("time", text: time.rfc3339)
        line.member("level", text: level.rawValue)
        line.member("message", text: message)
        line.member("label", text: origin.label)
        line.member("role", text: origin.role)
        line.member("pid", number: Int(origin.pid))
        var isCut = false
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) where !Self.reserved.contains(name) {
            let before = line.mark
            line.member(name, value, depth: Self.depthMax)
            if line.bytes.count + cut.utf8.count >= Self.lineBytesMax {
                line.rewind(to: before)
                isCut = true
            }
        }
        return line.bytes + Array((isCut ? cut : "}").utf8) + [UInt8(ascii: "\n")]
    }

    /// `time level role[pid] label: message name=value …` and a newline, on one line whatever the values hold.
    func plain() -> [UInt8] {
        var text = "\(time.rfc3339) \(level.rawValue) \(origin.role)[\(origin.pid)] \(origin.label): "
        text += Self.cut(message, bytesMax: Self.valueBytesMax)
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            text += " \(name)=\(Self.cut("\(value)", bytesMax: Self.valueBytesMax))"
        }
        let line = Self.cut(text, bytesMax: Self.lineBytesMax - 1 - Self.ellipsis.utf8.count)
        return line.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 } + [UInt8(ascii: "\n")]
    }

    /// Stands where a text was cut.
    static let ellipsis = "…"

    /// The start of a text, not cut in the middle of a character, and then an ellipsis.
    private static func cut(_ text: String, bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: bytesMax)
        while UTF8.isContinuation(text.utf8[end]) { end = text.utf8.index(before: end) }
        return text[..<end] + ellipsis
    }
}
