// FastCGI records as nginx writes them, and as it should not. Own code on purpose: libfcgi must not test itself.

/// A parameter's name and value.
typealias Pair = (name: String, value: String)

enum Record {
    static let beginRequest: UInt8 = 1
    static let abortRequest: UInt8 = 2
    static let endRequest: UInt8 = 3
    static let params: UInt8 = 4
    static let stdin: UInt8 = 5
    static let stdout: UInt8 = 6

    static func bytes(
        _ type: UInt8, _ content: [UInt8] = [], id: UInt16 = 1, padding: Int = 0, version: UInt8 = 1
    ) -> [UInt8] {
        precondition(content.count <= 0xFFFF)
        let header = [
            version, type, UInt8(id >> 8), UInt8(id & 0xFF), UInt8(content.count >> 8), UInt8(content.count & 0xFF),
            UInt8(padding), 0,
        ]
        return header + content + [UInt8](repeating: 0, count: padding)
    }

    static func begin(role: UInt8 = 1, keepsConnection: Bool = false) -> [UInt8] {
        bytes(beginRequest, [0, role, keepsConnection ? 1 : 0, 0, 0, 0, 0, 0])
    }

    /// The stream of all parameters in records of at most `recordBytesMax`, without its end mark.
    static func parameters(_ pairs: [Pair], recordBytesMax: Int = 0xFFFF) -> [UInt8] {
        var content: [UInt8] = []
        for (name, value) in pairs {
            content += length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
        }
        return stream(params, content, recordBytesMax: recordBytesMax)
    }

    static func stream(_ type: UInt8, _ content: [UInt8], recordBytesMax: Int = 0xFFFF, padding: Int = 0) -> [UInt8] {
        stride(from: 0, to: content.count, by: recordBytesMax).flatMap { start in
            bytes(type, Array(content[start..<min(start + recordBytesMax, content.count)]), padding: padding)
        }
    }

    /// One byte up to 127, else four with the top bit set.
    static func length(_ count: Int) -> [UInt8] {
        guard count > 127 else { return [UInt8(count)] }
        return [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }

    /// A whole request.
    static func request(_ pairs: [Pair], body: [UInt8] = []) -> [UInt8] {
        begin() + parameters(pairs) + bytes(params) + stream(stdin, body) + bytes(stdin)
    }

    /// A whole POST with its CONTENT_LENGTH.
    static func post(_ path: String, body: [UInt8]) -> [UInt8] {
        request(
            [("REQUEST_METHOD", "POST"), ("DOCUMENT_URI", path), ("CONTENT_LENGTH", "\(body.count)")], body: body)
    }
}
